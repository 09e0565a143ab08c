package io.kiln.driver;

import io.kiln.cluster.ApplicationKeys;
import io.kiln.cluster.CacheMember;
import io.kiln.error.KilnException;
import io.kiln.worker.WorkerMetrics;
import io.kiln.worker.WorkerRuntime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;
import org.apache.spark.resource.ResourceInformation;
import org.jspecify.annotations.Nullable;

/**
 * Kiln's part of an application's life: the driver holds the shared cache of compiled programs, and executors fetch the keys that its entries
 * are signed with by RPC, and again while they run, since a key is replaced when it is old. {@code spark.plugins=io.kiln.driver.KilnPlugin} switches it on.
 *
 * <p>A key is never in a configuration. It is handed out only over an authenticated and encrypted channel, or where
 * {@code spark.kiln.cache.trust=network} says that the network is trusted; otherwise every executor caches for itself.
 */
public final class KilnPlugin implements SparkPlugin {
    /** The question that an executor asks; the answer is the keys, or no bytes. JDK types alone cross the wire. */
    private static final String ASK_FOR_KEYS = "kiln: the keys of the shared cache";

    @Override
    public DriverPlugin driverPlugin() {
        return new Driver();
    }

    @Override
    public ExecutorPlugin executorPlugin() {
        return new Executor();
    }

    /** The driver's side. */
    private static final class Driver implements DriverPlugin {
        private @Nullable ApplicationKeys keys;
        private @Nullable CacheMember member;

        @Override
        public Map<String, String> init(SparkContext context, PluginContext plugin) {
            SharedCache.register(context, share(context));
            KilnGauges.register(plugin.metricRegistry(), () -> WorkerMetrics.sum(Kiln.workers(context)));
            // Nothing goes into the executors' configuration: it is shown in Spark's pages and logs.
            return Map.of();
        }

        private SharedCache share(SparkContext context) {
            SparkConf conf = context.conf();
            KilnConf kiln = KilnConf.of(conf);
            Optional<SharedCache> named = SharedCache.named(kiln);
            if (named.isPresent()) {
                return named.get();
            }
            if (context.isLocal()) {
                return SharedCache.none(Optional.empty());
            }
            List<String> missing = SharedCache.missing(conf);
            if (!missing.isEmpty() && !kiln.trustNetwork()) {
                return SharedCache.none(
                        Optional.of("Spark's RPC is not authenticated and encrypted, so executors do not share compiled"
                                + " programs: every executor compiles for itself. To share them set "
                                + String.join(", ", missing)
                                + " (and spark.authenticate.secret where the cluster manager does not make one), or "
                                + KilnConf.TRUST.key() + "=network where anyone on the network may be trusted"));
            }
            try {
                CacheMember started = CacheMember.start(conf.get("spark.driver.host"));
                ApplicationKeys fresh = new ApplicationKeys(kiln.cacheTrust().keyLifetime());
                member = started;
                keys = fresh;
                WorkerRuntime.sharedKeys(fresh);
                return new SharedCache(started.address(), started.clusterName(), Optional.empty(), fresh);
            } catch (KilnException e) {
                // The cache can never fail a job.
                return SharedCache.none(Optional.of(
                        "the shared cache of compiled programs did not start: every executor compiles for itself ("
                                + e.problem() + ")"));
            }
        }

        @Override
        public Object receive(Object message) {
            ApplicationKeys held = keys;
            return ASK_FOR_KEYS.equals(message) && held != null ? held.ask() : new byte[0];
        }

        @Override
        public void shutdown() {
            ApplicationKeys held = keys;
            if (held != null) {
                held.close();
            }
            CacheMember started = member;
            if (started != null) {
                started.close();
            }
        }
    }

    /** An executor's side. Its init never throws: Spark would end the executor and start it again, for ever. */
    private static final class Executor implements ExecutorPlugin {
        private boolean remote;

        @Override
        public void init(PluginContext plugin, Map<String, String> extra) {
            remote = !plugin.executorID().equals("driver");
            if (!remote) {
                return; // the driver's side counts for this JVM
            }
            KilnGauges.register(plugin.metricRegistry(), WorkerRuntime::jvmMetrics);
            ResourceInformation gpus = plugin.resources().get("gpu");
            if (gpus != null) {
                WorkerRuntime.executorGpus(List.of(gpus.addresses()));
            }
            WorkerRuntime.sharedKeys(() -> ask(plugin));
        }

        private static byte[] ask(PluginContext plugin) {
            try {
                return plugin.ask(ASK_FOR_KEYS) instanceof byte[] keys ? keys : new byte[0];
            } catch (Exception e) {
                throw new IllegalStateException("the driver gave no key of the shared cache: " + e, e);
            }
        }

        @Override
        public void shutdown() {
            if (remote) {
                WorkerRuntime.closeAll();
            }
        }
    }
}
