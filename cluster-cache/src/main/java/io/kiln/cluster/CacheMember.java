package io.kiln.cluster;

import com.hazelcast.cluster.ClusterState;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.config.ClassFilter;
import com.hazelcast.config.Config;
import com.hazelcast.config.EvictionConfig;
import com.hazelcast.config.EvictionPolicy;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MaxSizePolicy;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The Hazelcast member that holds an application's executables, on its driver. It listens on one address, is found by nobody, is joined by
 * nobody, reads no Java object and calls home to nobody. It knows no key: what it holds is signed by its clients.
 */
public final class CacheMember implements AutoCloseable {
    /** The most bytes of executables that a member holds by default, 512 MiB. */
    public static final long DEFAULT_MAX_BYTES = 512L << 20;

    private static final int FOREIGN_MAP_MEGABYTES = 16;
    private static final int FOREIGN_MAP_SECONDS = 60;

    private final HazelcastInstance hazelcast;
    private final AtomicInteger uninvited;

    private CacheMember(HazelcastInstance hazelcast, AtomicInteger uninvited) {
        this.hazelcast = hazelcast;
        this.uninvited = uninvited;
    }

    /** A member of 512 MiB at most; see {@link #start(String, long)}. */
    public static CacheMember start(String bindHost) {
        return start(bindHost, DEFAULT_MAX_BYTES);
    }

    /**
     * A member that listens on a free port of one host address.
     *
     * @param bindHost the host's name or address, as the driver's {@code spark.driver.host}; not a wildcard
     * @param maxBytes the most bytes of executables, rounded up to MiB; those used longest ago go first
     * @throws KilnException ENVIRONMENT when it cannot start; the caller then goes on with private caches
     */
    public static CacheMember start(String bindHost, long maxBytes) {
        try {
            HazelcastLogs.quieten();
            InetAddress host = InetAddress.getByName(bindHost);
            if (host.isAnyLocalAddress()) {
                throw failed(bindHost, "one address is required, got a wildcard", null);
            }
            AtomicInteger uninvited = new AtomicInteger();
            HazelcastInstance hazelcast = Hazelcast.newHazelcastInstance(config(host.getHostAddress(), maxBytes));
            hazelcast.getCluster().addMembershipListener(new Uninvited(uninvited));
            // Assigns the partitions, which a frozen cluster no longer does; frozen, it takes in no other member.
            int _ = hazelcast.getMap(HazelcastNames.EXECUTABLES).size();
            hazelcast.getCluster().changeClusterState(ClusterState.FROZEN);
            return new CacheMember(hazelcast, uninvited);
        } catch (UnknownHostException e) {
            throw failed(bindHost, "an address of this host is required, got an unknown name", e);
        } catch (KilnException e) {
            throw e;
        } catch (RuntimeException | LinkageError e) {
            throw failed(bindHost, "a running Hazelcast member is required, got " + e, e);
        }
    }

    private static KilnException failed(String host, String problem, @Nullable Throwable cause) {
        return new KilnException(
                ErrorCategory.ENVIRONMENT,
                "starting the shared executable cache on " + host + ": " + problem,
                "set spark.driver.host to an address of the driver that executors reach, and keep Hazelcast's jar on the class path",
                cause);
    }

    private static Config config(String host, long maxBytes) {
        Config config = new Config();
        config.setClusterName("kiln-" + HexFormat.of().formatHex(Tokens.random()));
        config.setClassLoader(CacheMember.class.getClassLoader());
        config.setProperty("hazelcast.socket.bind.any", "false");
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.setProperty("hazelcast.shutdownhook.enabled", "false");
        config.setProperty("hazelcast.logging.type", "jdk");
        config.setProperty("hazelcast.health.monitoring.level", "OFF");
        config.setProperty("hazelcast.slow.operation.detector.enabled", "false");
        config.setProperty("hazelcast.io.thread.count", "1");
        config.setProperty("hazelcast.event.thread.count", "1");
        // One partition makes the bound by bytes hold: Hazelcast evicts only in the partition that grows.
        config.setProperty("hazelcast.partition.count", "1");
        config.setProperty("hazelcast.map.eviction.batch.size", "4");

        NetworkConfig network = config.getNetworkConfig();
        network.setPort(0).setPortAutoIncrement(false);
        network.getInterfaces().setEnabled(true).addInterface(host);
        network.getMemcacheProtocolConfig().setEnabled(false);
        JoinConfig join = network.getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(false);

        config.getJetConfig().setEnabled(false);
        config.getMetricsConfig().setEnabled(false);
        config.getManagementCenterConfig()
                .setScriptingEnabled(false)
                .setConsoleEnabled(false)
                .setDataAccessEnabled(false)
                // An address that no client has: the management protocol could undo what is set here.
                .setTrustedInterfaces(Set.of("0.0.0.0"));
        config.getSerializationConfig()
                .setJavaSerializationFilterConfig(new JavaSerializationFilterConfig()
                        .setDefaultsDisabled(true)
                        .setWhitelist(new ClassFilter().addClasses(HazelcastNames.NO_CLASS)));

        long megabytes = Math.max(1, (maxBytes + (1 << 20) - 1) >> 20);
        config.addMapConfig(map(HazelcastNames.EXECUTABLES, (int) Math.min(megabytes, Integer.MAX_VALUE)));
        config.addMapConfig(map(HazelcastNames.LEASES, FOREIGN_MAP_MEGABYTES));
        // Any other map is somebody else's doing; it stays small and short-lived.
        config.addMapConfig(map("default", FOREIGN_MAP_MEGABYTES).setTimeToLiveSeconds(FOREIGN_MAP_SECONDS));
        return config;
    }

    private static MapConfig map(String name, int megabytes) {
        return new MapConfig(name)
                .setInMemoryFormat(InMemoryFormat.BINARY)
                .setBackupCount(0)
                .setStatisticsEnabled(true)
                .setEvictionConfig(new EvictionConfig()
                        .setEvictionPolicy(EvictionPolicy.LRU)
                        .setMaxSizePolicy(MaxSizePolicy.USED_HEAP_SIZE)
                        .setSize(megabytes));
    }

    /** {@code host:port} that clients connect to. */
    public String address() {
        InetSocketAddress address = hazelcast.getCluster().getLocalMember().getSocketAddress();
        String host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /** The cluster's random name. It keeps applications apart; it is no secret, since it travels in the clear. */
    public String clusterName() {
        return hazelcast.getConfig().getClusterName();
    }

    /** Executables held now. */
    public int entries() {
        return hazelcast.getMap(HazelcastNames.EXECUTABLES).size();
    }

    /** Bytes of executables held now. */
    public long bytes() {
        return hazelcast.getMap(HazelcastNames.EXECUTABLES).getLocalMapStats().getOwnedEntryMemoryCost();
    }

    /** Members that joined though nobody invited them; above zero, somebody is in the network who should not be. */
    public int uninvitedMembers() {
        return uninvited.get();
    }

    /** Stops the member; what it held is gone. Idempotent. */
    @Override
    public void close() {
        hazelcast.getLifecycleService().terminate();
    }

    /** The address, which is no secret. */
    @Override
    public String toString() {
        return "CacheMember[" + address() + "]";
    }

    private record Uninvited(AtomicInteger count) implements MembershipListener {
        private static final System.Logger LOG = System.getLogger("io.kiln.cache");

        @Override
        public void memberAdded(MembershipEvent event) {
            count.incrementAndGet();
            LOG.log(
                    System.Logger.Level.WARNING,
                    "an uninvited Hazelcast member joined the executable cache from "
                            + event.getMember().getAddress() + "; what it stores is refused unless it is signed");
        }

        @Override
        public void memberRemoved(MembershipEvent event) {}
    }
}
