package io.kiln.cluster;

import io.kiln.plugin.KilnHome;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What an executor's cache is made from. It travels in Spark's configuration, so it holds no secret: the MAC key of the shared tier is
 * handed to {@link TieredExecutableCache#open} apart.
 *
 * @param diskFolder the disk tier's folder; {@link #AUTO} is the user's cache folder on the node that opens it; null switches the tier off
 * @param diskBytes the most bytes that the disk tier keeps
 * @param entryBytes the most bytes of one entry, in any tier
 * @param address {@code host:port} of the Hazelcast member, or of several of one cluster by commas; null switches the shared tier off
 * @param clusterName the Hazelcast cluster's name; null switches the shared tier off
 * @param scope the domain that entries of the shared tier are good for; other scopes under the same key refuse them
 * @param getBudget the longest wait for a small answer or an entry
 * @param putBudget the longest wait for an entry to be stored
 * @param connectBudget the longest wait for the first connection
 * @param leaseTtl the time after which a dead compiler's lease is free
 * @param maxWait the longest wait for another's compile, after which this process compiles too
 * @param trust what is written, encrypted and published
 * @param explains whether every miss is explained in the log
 */
public record CacheConf(
        @Nullable String diskFolder,
        long diskBytes,
        int entryBytes,
        @Nullable String address,
        @Nullable String clusterName,
        String scope,
        Duration getBudget,
        Duration putBudget,
        Duration connectBudget,
        Duration leaseTtl,
        Duration maxWait,
        CacheTrust trust,
        boolean explains)
        implements Serializable {
    /** The disk folder's value for the user's own cache folder. */
    public static final String AUTO = "auto";

    /** The largest entry that is accepted anywhere by default, 64 MiB. */
    public static final int DEFAULT_ENTRY_BYTES = 64 << 20;

    private static final long DEFAULT_DISK_BYTES = 2L << 30;

    /** A configuration; sizes and times are positive. */
    public CacheConf {
        if (diskBytes <= 0 || entryBytes <= 0) {
            throw new IllegalArgumentException(
                    "configuring the executable cache: sizes of at least 1 byte are required, got disk " + diskBytes
                            + " and entry " + entryBytes);
        }
        for (Duration time : new Duration[] {getBudget, putBudget, connectBudget, leaseTtl, maxWait}) {
            if (time.isNegative() || time.isZero()) {
                throw new IllegalArgumentException(
                        "configuring the executable cache: times above zero are required, got " + time);
            }
        }
    }

    /** The user's cache folder on disk, nothing shared, and the budgets of the design. */
    public static CacheConf standard() {
        return new CacheConf(
                AUTO,
                DEFAULT_DISK_BYTES,
                DEFAULT_ENTRY_BYTES,
                null,
                null,
                "application",
                Duration.ofMillis(500),
                Duration.ofSeconds(2),
                Duration.ofSeconds(3),
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                CacheTrust.standard(),
                false);
    }

    /** This with another disk folder; null switches the tier off. */
    public CacheConf withDisk(@Nullable String folder) {
        return new CacheConf(
                folder,
                diskBytes,
                entryBytes,
                address,
                clusterName,
                scope,
                getBudget,
                putBudget,
                connectBudget,
                leaseTtl,
                maxWait,
                trust,
                explains);
    }

    /** This with other bounds of the disk tier and of one entry, in bytes. */
    public CacheConf withSizes(long newDiskBytes, int newEntryBytes) {
        return new CacheConf(
                diskFolder,
                newDiskBytes,
                newEntryBytes,
                address,
                clusterName,
                scope,
                getBudget,
                putBudget,
                connectBudget,
                leaseTtl,
                maxWait,
                trust,
                explains);
    }

    /** This with the Hazelcast cluster to share through; null for both switches sharing off. */
    public CacheConf withShared(@Nullable String newAddress, @Nullable String newClusterName) {
        return new CacheConf(
                diskFolder,
                diskBytes,
                entryBytes,
                newAddress,
                newClusterName,
                scope,
                getBudget,
                putBudget,
                connectBudget,
                leaseTtl,
                maxWait,
                trust,
                explains);
    }

    /** This with another scope. */
    public CacheConf withScope(String newScope) {
        return new CacheConf(
                diskFolder,
                diskBytes,
                entryBytes,
                address,
                clusterName,
                newScope,
                getBudget,
                putBudget,
                connectBudget,
                leaseTtl,
                maxWait,
                trust,
                explains);
    }

    /** This with other budgets of single calls. */
    public CacheConf withBudgets(Duration get, Duration put, Duration connect) {
        return new CacheConf(
                diskFolder,
                diskBytes,
                entryBytes,
                address,
                clusterName,
                scope,
                get,
                put,
                connect,
                leaseTtl,
                maxWait,
                trust,
                explains);
    }

    /** This with another lease time and longest wait. */
    public CacheConf withLease(Duration ttl, Duration longestWait) {
        return new CacheConf(
                diskFolder,
                diskBytes,
                entryBytes,
                address,
                clusterName,
                scope,
                getBudget,
                putBudget,
                connectBudget,
                ttl,
                longestWait,
                trust,
                explains);
    }

    /** This with other trust. */
    public CacheConf withTrust(CacheTrust newTrust) {
        return new CacheConf(
                diskFolder,
                diskBytes,
                entryBytes,
                address,
                clusterName,
                scope,
                getBudget,
                putBudget,
                connectBudget,
                leaseTtl,
                maxWait,
                newTrust,
                explains);
    }

    /** This with every miss explained in the log, or not. */
    public CacheConf withExplanations(boolean explain) {
        return new CacheConf(
                diskFolder,
                diskBytes,
                entryBytes,
                address,
                clusterName,
                scope,
                getBudget,
                putBudget,
                connectBudget,
                leaseTtl,
                maxWait,
                trust,
                explain);
    }

    /** The disk tier's folder on this node; null when the tier is off. */
    @Nullable
    Path folder() {
        return diskFolder == null ? null : folder(diskFolder);
    }

    /** The folder on this node that a value of {@link #diskFolder} names. */
    static Path folder(String diskFolder) {
        return diskFolder.equals(AUTO) ? KilnHome.standard().path().resolve("executables") : Path.of(diskFolder);
    }
}
