package io.kiln.driver;

import io.kiln.cluster.ApplicationKeys;
import io.kiln.cluster.CacheConf;
import io.kiln.worker.WorkerConf;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.jspecify.annotations.Nullable;

/**
 * How the executables of one application are cached: through a member on the driver where the network may be trusted with the key, else by
 * each executor for itself.
 *
 * @param address {@code host:port} of the member, or of several by commas; null when nothing is shared
 * @param clusterName the member's cluster; null when nothing is shared
 * @param note what to tell the user when a cluster shares nothing
 * @param keys what this application's entries are signed under; null when nothing is shared, or by publishers
 */
record SharedCache(
        @Nullable String address,
        @Nullable String clusterName,
        Optional<String> note,
        @Nullable ApplicationKeys keys) {
    private static final Map<SparkContext, SharedCache> APPLICATIONS = new WeakHashMap<>();

    /** What the channel must be, as the design names it. */
    private static final List<Map.Entry<String, String>> CHANNEL = List.of(
            Map.entry("spark.authenticate", "true"),
            Map.entry("spark.network.crypto.enabled", "true"),
            Map.entry("spark.network.crypto.cipher", "AES/GCM/NoPadding"),
            Map.entry("spark.network.crypto.authEngineVersion", "2"),
            Map.entry("spark.network.crypto.saslFallback", "false"));

    /** Nothing is shared. */
    static SharedCache none(Optional<String> note) {
        return new SharedCache(null, null, note, null);
    }

    /** The cluster that the configuration names, whose entries publishers sign; empty when it names none. */
    static Optional<SharedCache> named(KilnConf conf) {
        return Optional.ofNullable(conf.member())
                .map(member -> new SharedCache(member, conf.cluster(), Optional.empty(), null));
    }

    /** Remembers what the plugin decided for an application. */
    static void register(SparkContext context, SharedCache cache) {
        synchronized (APPLICATIONS) {
            APPLICATIONS.put(context, cache);
        }
    }

    /** What holds for an application: what its plugin decided, or nothing shared where there is no plugin. */
    static SharedCache of(SparkContext context) {
        synchronized (APPLICATIONS) {
            SharedCache known = APPLICATIONS.get(context);
            if (known != null) {
                return known;
            }
        }
        Optional<SharedCache> named = named(KilnConf.of(context.conf()));
        if (named.isPresent()) {
            return named.get();
        }
        return none(
                context.isLocal()
                        ? Optional.empty()
                        : Optional.of("Kiln's plugin is not in this application: every executor compiles for itself. To"
                                + " share compiled programs, start the application with --conf spark.plugins="
                                + KilnPlugin.class.getName()));
    }

    /** The settings that the channel lacks, as {@code key=value} to be set; none when the key may travel. */
    static List<String> missing(SparkConf conf) {
        List<String> missing = new ArrayList<>();
        for (Map.Entry<String, String> setting : CHANNEL) {
            if (!conf.get(setting.getKey(), "").strip().equalsIgnoreCase(setting.getValue())) {
                missing.add(setting.getKey() + "=" + setting.getValue());
            }
        }
        return missing;
    }

    /** The settings that tasks carry: no secret is among them. */
    WorkerConf workerConf(KilnConf conf) {
        CacheConf cache = CacheConf.standard()
                .withShared(address, clusterName)
                .withTrust(conf.cacheTrust())
                .withExplanations(conf.explain());
        String folder = conf.cacheDir();
        if (folder != null) {
            cache = cache.withDisk(folder.equals("none") ? null : folder);
        }
        return new WorkerConf(
                conf.plugin(),
                conf.install(),
                cache,
                conf.threads(),
                conf.executions(),
                conf.newest(),
                conf.quarantine(),
                conf.device());
    }
}
