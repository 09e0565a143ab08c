package io.kiln.driver;

import io.kiln.cache.InstructionSet;
import io.kiln.cluster.CacheConf;
import io.kiln.cluster.CacheTrust;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.plugin.DeviceConf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.jspecify.annotations.Nullable;

/**
 * Every {@code spark.kiln.*} setting: its key, its default and what it does, in one place.
 *
 * @param plugin {@link #PLUGIN}; null for the first plugin that is found
 * @param install {@link #INSTALL}
 * @param batchRows {@link #BATCH_ROWS}; 0 for auto
 * @param threads {@link #THREADS}
 * @param executions {@link #EXECUTIONS}
 * @param newest {@link #NEWEST}; null for what the compiling processor has
 * @param trustNetwork whether {@link #TRUST} is {@code network}
 * @param cacheDir {@link #CACHE_DIR}; null for the user's cache folder
 * @param cacheTrust {@link #READ_ONLY}, {@link #ENCRYPT}, {@link #KEY_DAYS}, {@link #PUBLISHED_DIR} and what belongs to it
 * @param member {@link #MEMBER}
 * @param cluster {@link #CLUSTER}
 * @param explain {@link #EXPLAIN}
 * @param quarantine {@link #QUARANTINE}; null for none
 * @param offHeapVectors {@link #OFF_HEAP}
 * @param device {@code spark.kiln.device.*}: {@link DeviceConf}
 */
public record KilnConf(
        @Nullable String plugin,
        boolean install,
        int batchRows,
        boolean threads,
        int executions,
        @Nullable InstructionSet newest,
        boolean trustNetwork,
        @Nullable String cacheDir,
        CacheTrust cacheTrust,
        @Nullable String member,
        String cluster,
        boolean explain,
        @Nullable String quarantine,
        boolean offHeapVectors,
        DeviceConf device) {
    /**
     * One setting.
     *
     * @param key its name in Spark's configuration
     * @param byDefault what holds when it is not set; null where that depends on the machine
     * @param doc what it does
     */
    public record Setting(String key, @Nullable String byDefault, String doc) {}

    /** The PJRT plugin. */
    public static final Setting PLUGIN = new Setting(
            "spark.kiln.plugin",
            null,
            "The PJRT plugin: cpu, cuda, cuda12, cuda13, a path on every node, or one among the files that Spark"
                    + " shipped. Not set: the first that is found.");

    /** Whether the CPU plugin may be installed by a job. */
    public static final Setting INSTALL = new Setting(
            "spark.kiln.plugin.install", "true", "Whether a job may fetch the CPU plugin with pip when none is found.");

    /** Rows of a batch. */
    public static final Setting BATCH_ROWS = new Setting(
            "spark.kiln.batchRows",
            "auto",
            "Rows of a batch when scoring: a number, or auto (what a batch holds at one time fits the processor's"
                    + " cache).");

    /** Threads of an execution. */
    public static final Setting THREADS = new Setting(
            "spark.kiln.threads",
            "false",
            "Whether one execution may use more than one thread; off, tasks share the cores among themselves.");

    /** Executions at a time. */
    public static final Setting EXECUTIONS = new Setting(
            "spark.kiln.executions",
            "0",
            "How many executions run on a device at a time; 0: no limit on a CPU, two on anything else.");

    /** The instruction set that code for a CPU is limited to. */
    public static final Setting NEWEST = new Setting(
            "spark.kiln.cpu.newest",
            "host",
            "The newest instructions that code for a CPU may use: SSE4_2, AVX, AVX2, AVX512 or NEON, so that the"
                    + " unlike machines of a cluster share it; or host: all that the compiling machine has.");

    /** What makes a shared cache trusted. */
    public static final Setting TRUST = new Setting(
            "spark.kiln.cache.trust",
            "rpc",
            "rpc: executors share compiled code only where Spark's RPC is authenticated and encrypted. network: they"
                    + " share it although anyone on the network could read the key.");

    /** The folder of the node's disk cache. */
    public static final Setting CACHE_DIR = new Setting(
            "spark.kiln.cache.dir",
            null,
            "The folder of the node's disk cache, or none. Not set: kiln's folder in the user's cache directory.");

    /** Whether the cache is only read. */
    public static final Setting READ_ONLY = new Setting(
            "spark.kiln.cache.readOnly",
            "false",
            "Whether executors only read the cache: they store, drop and lease nothing, and make no folder.");

    /** Whether shared executables are encrypted. */
    public static final Setting ENCRYPT = new Setting(
            "spark.kiln.cache.encrypt",
            "false",
            "Whether executables are encrypted (AES-GCM) on their way to and in the shared cache on the driver.");

    /** The lifetime of a key. */
    public static final Setting KEY_DAYS = new Setting(
            "spark.kiln.cache.keyDays",
            "30",
            "The days after which the keys of the disk cache and of the application's shared cache are replaced;"
                    + " entries of the one before are still read.");

    /** The folder of published executables. */
    public static final Setting PUBLISHED_DIR = new Setting(
            "spark.kiln.cache.published.dir",
            null,
            "A folder of executables that applications share, signed by publishers. Not set: none.");

    /** Whose executables are read. */
    public static final Setting PUBLISHED_TRUSTED = new Setting(
            "spark.kiln.cache.published.trusted",
            null,
            "The publishers whose executables are read from that folder: Ed25519 public keys in Base64, separated by"
                    + " commas.");

    /** The key to publish under. */
    public static final Setting PUBLISHED_KEY = new Setting(
            "spark.kiln.cache.published.key",
            null,
            "A PEM file of mode 0600 on every node with the Ed25519 key pair to publish under. Not set: the folder is"
                    + " only read.");

    /** A Hazelcast cluster of many applications. */
    public static final Setting MEMBER = new Setting(
            "spark.kiln.cache.member",
            null,
            "HOST:PORT of a kiln cache serve, or of members of a Hazelcast cluster by commas, through which"
                    + " applications share executables that publishers signed. Not set: a member on the driver.");

    /** Its name. */
    public static final Setting CLUSTER =
            new Setting("spark.kiln.cache.cluster", "kiln", "The name of that Hazelcast cluster.");

    /** Whether misses are explained. */
    public static final Setting EXPLAIN = new Setting(
            "spark.kiln.cache.explain",
            "false",
            "Whether an executor's log says of each executable that it does not find how its key differs from the"
                    + " nearest.");

    /** The folder that remembers which programs killed processes. */
    public static final Setting QUARANTINE = new Setting(
            "spark.kiln.quarantine.dir",
            null,
            "The folder that remembers which programs executors died of, so that such a program is refused; or none."
                    + " Not set: kiln's folder in the user's cache directory.");

    /** Off-heap column vectors. */
    public static final Setting OFF_HEAP = new Setting(
            "spark.kiln.offHeapVectors",
            "true",
            "Whether Spark's readers put columns outside the heap (spark.sql.columnVector.offheap.enabled), which are"
                    + " packed faster.");

    private static final String DEVICE = "spark.kiln.device.";

    private static final Pattern ADDRESSES =
            Pattern.compile("(\\[[0-9a-fA-F:]+\\]|[\\w.-]+):\\d{1,5}(,(\\[[0-9a-fA-F:]+\\]|[\\w.-]+):\\d{1,5})*");

    /** All settings. */
    public static List<Setting> settings() {
        List<Setting> settings = new ArrayList<>(List.of(
                PLUGIN,
                INSTALL,
                BATCH_ROWS,
                THREADS,
                EXECUTIONS,
                NEWEST,
                TRUST,
                CACHE_DIR,
                READ_ONLY,
                ENCRYPT,
                KEY_DAYS,
                PUBLISHED_DIR,
                PUBLISHED_TRUSTED,
                PUBLISHED_KEY,
                MEMBER,
                CLUSTER,
                EXPLAIN,
                QUARANTINE,
                OFF_HEAP));
        DeviceConf.settings().forEach(s -> settings.add(new Setting(DEVICE + s.key(), s.byDefault(), s.doc())));
        return List.copyOf(settings);
    }

    /**
     * The settings of an application.
     *
     * @throws KilnException of category USAGE for a value that is none, or a {@code spark.kiln} key that there is not
     */
    public static KilnConf of(SparkConf conf) {
        return of(
                key -> conf.contains(key) ? conf.get(key) : null,
                List.of(conf.getAllWithPrefix("spark.kiln.")).stream()
                        .map(entry -> "spark.kiln." + entry._1())
                        .toList());
    }

    static KilnConf of(Function<String, @Nullable String> conf, List<String> keys) {
        for (String key : keys) {
            if (settings().stream().noneMatch(setting -> setting.key().equals(key))) {
                throw KilnException.usage(
                        "reading the configuration: there is no setting " + key,
                        "use one of "
                                + String.join(
                                        ", ",
                                        settings().stream().map(Setting::key).toList()));
            }
        }
        return new KilnConf(
                conf.apply(PLUGIN.key()),
                bool(conf, INSTALL),
                rows(conf),
                bool(conf, THREADS),
                Math.toIntExact(whole(conf, EXECUTIONS, 0)),
                newest(conf),
                trust(conf),
                conf.apply(CACHE_DIR.key()),
                cacheTrust(conf),
                member(conf),
                value(conf, CLUSTER),
                bool(conf, EXPLAIN),
                quarantine(conf),
                bool(conf, OFF_HEAP),
                DeviceConf.of(DEVICE, conf));
    }

    private static @Nullable String quarantine(Function<String, @Nullable String> conf) {
        String folder = conf.apply(QUARANTINE.key());
        if (folder == null) {
            return CacheConf.AUTO;
        }
        return folder.strip().equals("none") ? null : folder.strip();
    }

    private static String value(Function<String, @Nullable String> conf, Setting setting) {
        String value = conf.apply(setting.key());
        return (value == null ? String.valueOf(setting.byDefault()) : value).strip();
    }

    private static boolean bool(Function<String, @Nullable String> conf, Setting setting) {
        return switch (value(conf, setting).toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw bad(setting, "true or false", value(conf, setting));
        };
    }

    private static @Nullable InstructionSet newest(Function<String, @Nullable String> conf) {
        String name = value(conf, NEWEST);
        if (name.equals("host")) {
            return null;
        }
        try {
            return InstructionSet.parse(name);
        } catch (KilnException e) {
            throw new KilnException(e.category(), "reading " + NEWEST.key() + ": " + e.problem(), e.fix(), e);
        }
    }

    private static boolean trust(Function<String, @Nullable String> conf) {
        return switch (value(conf, TRUST)) {
            case "rpc" -> false;
            case "network" -> true;
            default -> throw bad(TRUST, "rpc or network", value(conf, TRUST));
        };
    }

    private static CacheTrust cacheTrust(Function<String, @Nullable String> conf) {
        return new CacheTrust(
                bool(conf, READ_ONLY), bool(conf, ENCRYPT), Duration.ofDays(whole(conf, KEY_DAYS, 1)), published(conf));
    }

    private static CacheTrust.@Nullable Published published(Function<String, @Nullable String> conf) {
        String folder = conf.apply(PUBLISHED_DIR.key());
        String trusted = conf.apply(PUBLISHED_TRUSTED.key());
        String key = conf.apply(PUBLISHED_KEY.key());
        boolean member = conf.apply(MEMBER.key()) != null;
        if (folder == null && trusted == null && key == null && !member) {
            return null;
        }
        if ((folder == null && !member) || trusted == null) {
            throw KilnException.usage(
                    "reading the published executables' settings: %s, with %s or %s, is required"
                            .formatted(PUBLISHED_TRUSTED.key(), PUBLISHED_DIR.key(), MEMBER.key()),
                    "say whose executables are read and where they are, or set none of them and no "
                            + PUBLISHED_KEY.key());
        }
        try {
            return new CacheTrust.Published(
                    folder,
                    member,
                    Stream.of(trusted.split(","))
                            .map(String::strip)
                            .filter(each -> !each.isEmpty())
                            .toList(),
                    key);
        } catch (IllegalArgumentException e) {
            throw KilnException.usage(
                    "reading %s: %s".formatted(PUBLISHED_TRUSTED.key(), e.getMessage()),
                    "print a public key with: openssl pkey -in publisher.pem -pubout -outform DER | base64");
        }
    }

    private static @Nullable String member(Function<String, @Nullable String> conf) {
        String member = conf.apply(MEMBER.key());
        if (member != null && !ADDRESSES.matcher(member.strip()).matches()) {
            throw new KilnException(
                    ErrorCategory.USAGE,
                    "reading %s: required HOST:PORT, or several by commas, got %s".formatted(MEMBER.key(), member),
                    "take the address that kiln cache serve prints");
        }
        return member == null ? null : member.strip();
    }

    private static int rows(Function<String, @Nullable String> conf) {
        return value(conf, BATCH_ROWS).equals("auto") ? 0 : Math.toIntExact(whole(conf, BATCH_ROWS, 1));
    }

    private static long whole(Function<String, @Nullable String> conf, Setting setting, int least) {
        try {
            int value = Integer.parseInt(value(conf, setting));
            if (value >= least) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Reported below with the value.
        }
        throw bad(setting, "a whole number from " + least, value(conf, setting));
    }

    private static KilnException bad(Setting setting, String required, String got) {
        return new KilnException(
                ErrorCategory.USAGE,
                "reading %s: required %s, got %s".formatted(setting.key(), required, got),
                "set it to a value such as " + setting.byDefault());
    }
}
