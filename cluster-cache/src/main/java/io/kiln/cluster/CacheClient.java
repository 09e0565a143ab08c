package io.kiln.cluster;

import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.client.config.ClientConnectionStrategyConfig.ReconnectMode;
import com.hazelcast.config.ClassFilter;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.ListenerConfig;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import com.hazelcast.core.LifecycleListener;
import com.hazelcast.map.IMap;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * An executor's connection to a {@link CacheMember}. Every call runs apart from the caller, who waits for its budget and no longer; after
 * three failures in a row nobody asks for 30 s. It opens no port. A lost connection is taken up again in the background.
 */
final class CacheClient implements AutoCloseable {
    private static final int FAILURES = 3;
    private static final Duration PAUSE = Duration.ofSeconds(30);

    private final HazelcastInstance hazelcast;
    private final Breaker breaker = new Breaker(FAILURES, PAUSE, System::nanoTime);
    // Hazelcast's blocking calls wait up to a minute for a member that hangs; a virtual thread may be left behind in
    // one.
    private final ExecutorService calls = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("kiln-cache-call-", 0).factory());

    private CacheClient(HazelcastInstance hazelcast) {
        this.hazelcast = hazelcast;
    }

    /**
     * A connection.
     *
     * @param address {@code host:port}, or several by commas: members of one cluster
     * @param budget the longest wait for the connection
     * @throws TierFault when there is none within the budget
     */
    static CacheClient connect(String address, String clusterName, Duration budget) throws TierFault {
        HazelcastLogs.quieten();
        CountDownLatch connected = new CountDownLatch(1);
        // Part of the configuration, since one that is added later may miss the event.
        LifecycleListener whenConnected = event -> {
            if (event.getState() == LifecycleState.CLIENT_CONNECTED) {
                connected.countDown();
            }
        };
        HazelcastInstance hazelcast = HazelcastClient.newHazelcastClient(
                config(address, clusterName).addListenerConfig(new ListenerConfig(whenConnected)));
        boolean inTime = false;
        try {
            inTime = connected.await(budget.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!inTime) {
            hazelcast.shutdown();
            throw TierFault.failed(
                    "no answer from a member of this application within " + budget.toMillis() + " ms", null);
        }
        return new CacheClient(hazelcast);
    }

    private static ClientConfig config(String address, String clusterName) {
        ClientConfig config = new ClientConfig();
        config.setClusterName(clusterName);
        config.setClassLoader(CacheClient.class.getClassLoader());
        config.setProperty("hazelcast.logging.type", "jdk");
        config.setProperty("hazelcast.client.invocation.timeout.seconds", "5");
        config.setProperty("hazelcast.client.heartbeat.interval", "2000");
        config.setProperty("hazelcast.client.heartbeat.timeout", "10000");
        config.setProperty("hazelcast.client.io.input.thread.count", "1");
        config.setProperty("hazelcast.client.io.output.thread.count", "1");
        config.setProperty("hazelcast.client.response.thread.count", "1");
        config.setProperty("hazelcast.client.event.thread.count", "1");
        config.getMetricsConfig().setEnabled(false);
        // A member that has a backup would tell this client itself; before it is connected to that one, a store waits
        // for
        // the word in vain, for longer than its budget.
        config.setBackupAckToClientEnabled(false);
        config.getNetworkConfig().addAddress(address.split(","));
        config.getNetworkConfig().getAutoDetectionConfig().setEnabled(false);
        config.getConnectionStrategyConfig().setAsyncStart(true).setReconnectMode(ReconnectMode.ASYNC);
        config.getConnectionStrategyConfig()
                .getConnectionRetryConfig()
                .setInitialBackoffMillis(200)
                .setMaxBackoffMillis(10_000)
                .setMultiplier(2)
                .setClusterConnectTimeoutMillis(-1);
        config.getSerializationConfig()
                .setJavaSerializationFilterConfig(new JavaSerializationFilterConfig()
                        .setDefaultsDisabled(true)
                        .setWhitelist(new ClassFilter().addClasses(HazelcastNames.NO_CLASS)));
        return config;
    }

    /** A map of the cluster; what strangers stored in it may be of any type. */
    <V> IMap<String, V> map(String name) {
        return hazelcast.getMap(name);
    }

    /**
     * The result of a call.
     *
     * @throws TierFault when it failed, took longer than the budget, or was not made because those before it failed
     * @throws CancellationException when this thread was interrupted; its flag is set
     */
    <T extends @Nullable Object> T call(String doing, Duration budget, Callable<T> work) throws TierFault {
        if (!breaker.permits()) {
            throw TierFault.notAsked(doing + ": not asked, since the calls before failed");
        }
        Future<T> answer;
        try {
            answer = calls.submit(work);
        } catch (RejectedExecutionException e) {
            throw TierFault.notAsked(doing + ": the cache is closed");
        }
        try {
            T value = answer.get(budget.toNanos(), TimeUnit.NANOSECONDS);
            breaker.succeeded();
            return value;
        } catch (TimeoutException e) {
            answer.cancel(true);
            breaker.failed();
            throw TierFault.failed(doing + ": no answer within " + budget.toMillis() + " ms", null);
        } catch (ExecutionException e) {
            breaker.failed();
            throw TierFault.failed(doing + ": " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            CancellationException killed = new CancellationException(doing + ": interrupted");
            killed.initCause(e);
            throw killed;
        }
    }

    @Override
    public void close() {
        calls.shutdownNow();
        hazelcast.shutdown();
    }
}
