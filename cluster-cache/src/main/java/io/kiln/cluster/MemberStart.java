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
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** Starts the Hazelcast instance of a {@link CacheMember}, with everything off that the cache does not need. */
final class MemberStart {
    private static final int FOREIGN_MAP_MEGABYTES = 16;
    private static final int FOREIGN_MAP_SECONDS = 60;

    private MemberStart() {}

    /** A running instance on one address, which counts members that join uninvited. */
    static HazelcastInstance start(String host, int port, String clusterName, long maxBytes, AtomicInteger uninvited) {
        HazelcastLogs.quieten();
        HazelcastInstance hazelcast = Hazelcast.newHazelcastInstance(config(host, port, clusterName, maxBytes));
        try {
            hazelcast.getCluster().addMembershipListener(new Uninvited(uninvited));
            // Assigns the partitions, which a frozen cluster no longer does; frozen, it takes in no other member.
            int _ = hazelcast.getMap(HazelcastNames.EXECUTABLES).size();
            hazelcast.getCluster().changeClusterState(ClusterState.FROZEN);
            return hazelcast;
        } catch (RuntimeException e) {
            // An open member is worse than none.
            hazelcast.getLifecycleService().terminate();
            throw e;
        }
    }

    private static Config config(String host, int port, String clusterName, long maxBytes) {
        Config config = new Config();
        config.setClusterName(clusterName);
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
        network.setPort(port).setPortAutoIncrement(false);
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
