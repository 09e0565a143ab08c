package io.kiln.cluster;

import io.kiln.cache.ExecutableCache;
import io.kiln.cache.HostRecord;
import io.kiln.cache.PersistentCache;
import java.nio.file.Path;

/** The node's disk cache for a process without Spark: the disk tier alone, in a folder that several processes may use at once. */
public final class DiskCache implements PersistentCache {
    /** For the service loader. */
    public DiskCache() {}

    @Override
    public ExecutableCache open(Path folder, String pluginSha256) {
        HostRecord host = HostRecord.local();
        return TieredExecutableCache.open(
                CacheConf.standard().withDisk(folder.toString()), new Target(pluginSha256, host, host), null);
    }
}
