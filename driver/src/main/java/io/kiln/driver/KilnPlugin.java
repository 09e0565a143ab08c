package io.kiln.driver;

import io.kiln.cluster.CacheMember;
import io.kiln.error.KilnException;
import io.kiln.worker.WorkerMetrics;
import io.kiln.worker.WorkerRuntime;
import java.security.SecureRandom;
import java.util.Arrays;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kiln's part of an application's life: the driver holds the shared cache of compiled programs, and executors fetch the key that its entries
 * are signed with by RPC. {@code spark.plugins=io.kiln.driver.KilnPlugin} switches it on.
 *
 * <p>The key is never in a configuration. It is handed out only over an authenticated and encrypted channel, or where
 * {@code spark.kiln.cache.trust=network} says that the network is trusted; otherwise every executor caches for itself.
 */
public final class KilnPlugin implements SparkPlugin {
    private static final Logger LOG = LoggerFactory.getLogger(KilnPlugin.class);

    /** The question that an executor asks; the answer is the key, or no bytes. JDK types alone cross the wire. */
    private static final String ASK_FOR_KEY = "kiln: the key of the shared cache";

    private static final int KEY_BYTES = 32;

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
        private byte[] key = new byte[0];
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
                byte[] fresh = new byte[KEY_BYTES];
                new SecureRandom().nextBytes(fresh);
                member = started;
                key = fresh;
                WorkerRuntime.sharedKey(fresh);
                return new SharedCache(started.address(), started.clusterName(), Optional.empty());
            } catch (KilnException e) {
                // The cache can never fail a job.
                return SharedCache.none(Optional.of(
                        "the shared cache of compiled programs did not start: every executor compiles for itself ("
                                + e.problem() + ")"));
            }
        }

        @Override
        public Object receive(Object message) {
            return ASK_FOR_KEY.equals(message) ? key.clone() : new byte[0];
        }

        @Override
        public void shutdown() {
            Arrays.fill(key, (byte) 0);
            key = new byte[0];
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
            try {
                if (plugin.ask(ASK_FOR_KEY) instanceof byte[] key && key.length == KEY_BYTES) {
                    WorkerRuntime.sharedKey(key);
                    Arrays.fill(key, (byte) 0);
                }
            } catch (Exception e) {
                LOG.warn(
                        "The key of the shared cache could not be fetched; this executor compiles for itself: {}",
                        e.toString());
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
