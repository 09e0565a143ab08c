package io.kiln.jobs;

import io.kiln.cluster.CacheConf;
import io.kiln.cluster.CacheMember;
import io.kiln.cluster.CacheUsage;
import io.kiln.error.KilnException;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code kiln cache}: a cache of executables that many applications share. Its class path has neither Spark nor Scala. */
@Command(
        name = "cache",
        mixinStandardHelpOptions = true,
        description = "Serve compiled programs to many applications, or see what a cache holds.")
public final class CacheCommand implements Runnable {
    private static final int LAST_PORT = 65_535;

    @Spec
    private CommandSpec spec;

    /** For the launcher, which starts it without Spark. */
    public static void main(String[] args) {
        System.exit(Main.executeAlone(new CacheCommand(), args));
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "serve or stat is required");
    }

    @Command(
            name = "serve",
            mixinStandardHelpOptions = true,
            description =
                    "Hold executables in memory until this process is ended. Entries are signed by publishers: see"
                            + " docs/cluster-cache.md.")
    int serve(
            @Option(
                            names = "--host",
                            defaultValue = "127.0.0.1",
                            paramLabel = "ADDRESS",
                            description =
                                    "the address to listen on, which executors reach; no wildcard (${DEFAULT-VALUE})")
                    String host,
            @Option(names = "--port", defaultValue = "5701", description = "the port; 0: a free one (${DEFAULT-VALUE})")
                    int port,
            @Option(
                            names = "--cluster",
                            defaultValue = "kiln",
                            paramLabel = "NAME",
                            description = "the name that applications give (${DEFAULT-VALUE})")
                    String cluster,
            @Option(
                            names = "--max-mib",
                            defaultValue = "512",
                            paramLabel = "MIB",
                            description = "the most executables, those used longest ago go first (${DEFAULT-VALUE})")
                    int maxMib,
            @Option(names = "--debug", description = "stack traces") boolean debug)
            throws InterruptedException {
        if (port < 0 || port > LAST_PORT) {
            throw new ParameterException(spec.commandLine(), "--port: 0 to " + LAST_PORT + " is required, got " + port);
        }
        requireRoom(maxMib);
        try (CacheMember member = CacheMember.start(host, port, cluster, (long) maxMib << 20)) {
            PrintWriter out = spec.commandLine().getOut();
            out.printf(
                    "kiln cache: listening on %s, cluster %s, at most %d MiB%napplications read it with --conf"
                            + " spark.kiln.cache.member=%s --conf spark.kiln.cache.cluster=%s --conf"
                            + " spark.kiln.cache.published.trusted=KEYS%n",
                    member.address(), cluster, maxMib, member.address(), cluster);
            out.flush();
            CountDownLatch ended = new CountDownLatch(1);
            Runtime.getRuntime().addShutdownHook(new Thread(ended::countDown, "kiln-cache-end"));
            ended.await();
        }
        return 0;
    }

    @Command(
            name = "stat",
            mixinStandardHelpOptions = true,
            description =
                    "What the cache on this node's disk holds and what compiling it took, and a member. Hits, misses,"
                            + " rejects and compile seconds saved of a job are in its --metrics and in Spark's metrics.")
    int stat(
            @Option(
                            names = "--dir",
                            defaultValue = CacheConf.AUTO,
                            paramLabel = "FOLDER",
                            description = "spark.kiln.cache.dir (default: the user's cache folder)")
                    String folder,
            @Option(
                            names = "--member",
                            paramLabel = "HOST:PORT",
                            description = "spark.kiln.cache.member, to be asked too")
                    @Nullable
                    String member,
            @Option(
                            names = "--cluster",
                            defaultValue = "kiln",
                            paramLabel = "NAME",
                            description = "spark.kiln.cache.cluster (${DEFAULT-VALUE})")
                    String cluster,
            @Option(names = "--debug", description = "stack traces") boolean debug) {
        CacheUsage disk = CacheUsage.of(folder);
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
                Locale.ROOT,
                "disk %s: %d executables, %.1f MiB, compiled in %.1f s, %s, %s%n",
                disk.folder(),
                disk.entries(),
                disk.bytes() / (double) (1 << 20),
                disk.compileTime().toMillis() / 1e3,
                disk.lastUse().map(time -> "last used " + second(time)).orElse("never used"),
                disk.keySince().map(time -> "key of " + second(time)).orElse("no key"));
        if (member != null) {
            out.printf(
                    "member %s, cluster %s: %d executables%n", member, cluster, CacheUsage.entriesOf(member, cluster));
        }
        return 0;
    }

    private static String second(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** Hazelcast keeps entries on the heap, and copies one as it is stored and read. */
    private void requireRoom(int maxMib) {
        long heapMib = Runtime.getRuntime().maxMemory() >> 20;
        if (maxMib < 1) {
            throw new ParameterException(spec.commandLine(), "--max-mib: at least 1 is required, got " + maxMib);
        }
        if (maxMib > heapMib * 3 / 4) {
            throw KilnException.environment(
                    "serving the executable cache: a heap of %d MiB is required for %d MiB of executables, got %d MiB"
                            .formatted(maxMib * 4L / 3 + 1, maxMib, heapMib),
                    "give the JVM more, as KILN_JAVA_OPTS=-Xmx%dm kiln cache serve, or a smaller --max-mib"
                            .formatted(maxMib * 4L / 3 + 1));
        }
    }
}
