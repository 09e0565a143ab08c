package io.kiln.cluster;

/**
 * A tier that processes share, with their leases. The only place that names Hazelcast's side, so that the other tiers work without its
 * classes.
 *
 * @param tier the entries
 * @param leases who compiles what
 * @param writes whether this process stores entries
 */
record SharedTier(Tier tier, LeaseTable leases, boolean writes) {
    static final String NAME = "hazelcast";

    /** A connection to the cluster of a {@link CacheMember}, or to another. */
    static SharedTier connect(CacheConf conf, String address, String clusterName, EntrySeal seal) throws TierFault {
        CacheClient client = CacheClient.connect(address, clusterName, conf.connectBudget());
        return new SharedTier(
                new HazelcastTier(client, seal, conf.getBudget(), conf.putBudget()),
                new HazelcastLeases(client, conf.getBudget()),
                seal.signs());
    }
}
