package io.kiln.cluster;

import io.kiln.cache.CacheCounters;
import io.kiln.cache.CacheKey;
import io.kiln.cache.CacheStats;
import io.kiln.cache.ExecutableCache;
import io.kiln.cache.SerializedExecutable;
import io.kiln.cache.SingleFlight;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The executor's cache: node disk, published executables, Hazelcast, then one compile over the cluster. What a farther tier answers is kept in the nearer
 * ones. A tier that fails is left out and said once; the answer is then a local compile.
 */
public final class TieredExecutableCache implements ExecutableCache {
    private static final int REJECTS_UNTIL_PRIVATE = 2;

    private final List<Tier> tiers;
    private final @Nullable SharedTier shared;
    private final @Nullable LeaseFlight leases;
    private final RealTime time;
    private final boolean readOnly;
    private final @Nullable MissExplanation explanation;
    private final FaultLog log;
    private final CacheCounters counters;
    private final SingleFlight<CacheKey, Cached> flights = new SingleFlight<>();
    private final Map<CacheKey, Integer> rejected = new ConcurrentHashMap<>();
    private volatile boolean closed;

    private TieredExecutableCache(
            List<Tier> tiers, @Nullable SharedTier shared, CacheConf conf, FaultLog log, CacheCounters counters) {
        this.tiers = tiers;
        this.shared = shared;
        this.log = log;
        this.counters = counters;
        this.time = new RealTime();
        this.readOnly = conf.trust().readOnly();
        this.explanation = conf.explains() ? new MissExplanation(() -> recent(tiers)) : null;
        // Who cannot share a result is not to keep others from compiling it.
        this.leases = shared == null || !shared.writes()
                ? null
                : new LeaseFlight(shared.leases(), time, Tokens::random, conf.leaseTtl(), conf.maxWait());
    }

    /**
     * The cache of this process. A tier that cannot be opened is left out with one warning; this never fails for a fault of the cache.
     *
     * @param conf where the tiers are and their bounds
     * @param target what executables are compiled with and loaded on here
     * @param keys the MAC keys of the application's shared tier; null: nothing is shared but by publishers
     */
    public static TieredExecutableCache open(CacheConf conf, Target target, @Nullable SharedKeys keys) {
        FaultLog log = new FaultLog();
        CacheCounters counters = new CacheCounters();
        CacheTrust trust = conf.trust();
        List<Tier> tiers = new ArrayList<>();
        Path folder = conf.folder();
        if (folder != null && !(trust.readOnly() && Files.notExists(folder))) {
            Opening open = () -> DiskTier.open(folder, conf.diskBytes(), conf.entryBytes(), target, trust);
            add(tiers, DiskTier.NAME, "executables are not kept on this node", folder.toString(), open, log, counters);
        }
        CacheTrust.Published published = trust.published();
        String publishedFolder = published == null ? null : published.folder();
        if (publishedFolder != null) {
            Opening open = () -> PublishedTier.open(publishedFolder, trust, conf.entryBytes(), target);
            String without = "published executables are neither read nor written";
            add(tiers, PublishedTier.NAME, without, publishedFolder, open, log, counters);
        }
        SharedTier shared = connect(conf, target, keys, log, counters);
        if (shared != null) {
            tiers.add(shared.tier());
        }
        return new TieredExecutableCache(List.copyOf(tiers), shared, conf, log, counters);
    }

    /** How a tier of files is opened. */
    private interface Opening {
        Tier open() throws IOException;
    }

    private static void add(
            List<Tier> tiers,
            String name,
            String without,
            String where,
            Opening opening,
            FaultLog log,
            CacheCounters counters) {
        try {
            tiers.add(opening.open());
        } catch (IOException | RuntimeException e) {
            counters.fault(name);
            log.once("open " + name, "opening the executable cache in " + where + " failed, so " + without, e);
        }
    }

    private static @Nullable SharedTier connect(
            CacheConf conf, Target target, @Nullable SharedKeys keys, FaultLog log, CacheCounters counters) {
        String address = conf.address();
        String clusterName = conf.clusterName();
        if (address == null || clusterName == null) {
            return null;
        }
        try {
            KeySource source = sharedKeys(conf, keys);
            if (source == null) {
                return null;
            }
            EntrySeal seal = new EntrySeal(source, conf.trust().encrypts(), target, conf.entryBytes());
            return SharedTier.connect(conf, address, clusterName, seal);
        } catch (TierFault | IOException | RuntimeException | LinkageError e) {
            // A LinkageError is Hazelcast missing on the class path.
            counters.fault(SharedTier.NAME);
            log.once(
                    "connect",
                    "connecting to the shared executable cache at " + address
                            + " failed, so this process compiles for itself",
                    e);
            return null;
        }
    }

    /** The keys of the shared tier: the publishers' or the application's; null when there are none. */
    private static @Nullable KeySource sharedKeys(CacheConf conf, @Nullable SharedKeys keys)
            throws IOException, TierFault {
        CacheTrust trust = conf.trust();
        CacheTrust.Published published = trust.published();
        if (published != null && published.member()) {
            KeyRing ring = PublisherKey.ring(trust);
            return () -> ring;
        }
        return keys == null ? null : ApplicationRing.open(conf, keys, System::nanoTime);
    }

    private static List<CacheKey> recent(List<Tier> tiers) {
        for (Tier tier : tiers) {
            if (tier instanceof DiskTier disk) {
                return disk.recent();
            }
        }
        return List.of();
    }

    /** The names of the tiers that there can be, the nearest first: hits are counted under them. */
    public static List<String> tierNames() {
        return List.of(DiskTier.NAME, PublishedTier.NAME, SharedTier.NAME);
    }

    /** The names of the reasons for which tiers refuse entries: rejects are counted under them, and under a caller's own reasons. */
    public static List<String> rejectReasons() {
        return Stream.of(RejectReason.values()).map(RejectReason::text).toList();
    }

    /** Whether executables are shared with other processes through Hazelcast. */
    public boolean isShared() {
        return shared != null && !closed;
    }

    @Override
    public Cached get(CacheKey key, Compile compile) {
        return flights.run(key, () -> lead(key, compile), counters::waited);
    }

    private Cached lead(CacheKey key, Compile compile) {
        if (closed || rejected.getOrDefault(key, 0) >= REJECTS_UNTIL_PRIVATE) {
            counters.miss();
            return compiled(compile);
        }
        Lookup lookup = new Lookup(key, compile);
        Cached found = lookup.find();
        if (explanation != null) {
            if (found != null) {
                explanation.found(key);
            } else {
                log.say(explanation.missed(key));
            }
        }
        if (found != null) {
            return found;
        }
        counters.miss();
        if (leases == null || lookup.sharedFailed) {
            Cached own = compiled(compile);
            lookup.share(own);
            return own;
        }
        try {
            return leases.run(key.hex(), lookup);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw SingleFlight.interrupted(key, e);
        }
    }

    private Cached compiled(Compile compile) {
        return new Cached(counters.compile(compile), Cached.COMPILED);
    }

    /** One caller's way through the tiers. */
    private final class Lookup implements LeaseFlight.Steps<Cached> {
        private final CacheKey key;
        private final Compile compile;
        private volatile boolean sharedFailed;

        Lookup(CacheKey key, Compile compile) {
            this.key = key;
            this.compile = compile;
        }

        @Override
        public @Nullable Cached find() {
            for (int t = 0; t < tiers.size(); t++) {
                Tier tier = tiers.get(t);
                SerializedExecutable executable = find(tier);
                if (executable != null) {
                    counters.hit(tier.name(), executable);
                    for (Tier nearer : tiers.subList(0, t)) {
                        store(nearer, executable);
                    }
                    return new Cached(executable, tier.name());
                }
            }
            return null;
        }

        private @Nullable SerializedExecutable find(Tier tier) {
            if (skips(tier)) {
                return null;
            }
            try {
                return tier.find(key);
            } catch (RejectedEntry e) {
                String reason = e.reason().text();
                counters.reject(reason);
                log.once(
                        "reject " + tier.name() + reason,
                        "an executable from " + tier.name() + " was refused (" + e.getMessage()
                                + "), it is compiled again",
                        null);
                drop(tier);
                return null;
            } catch (TierFault e) {
                fault(tier.name(), e);
                return null;
            }
        }

        private void drop(Tier tier) {
            if (readOnly) {
                return;
            }
            try {
                tier.drop(key);
            } catch (TierFault e) {
                fault(tier.name(), e);
            }
        }

        @Override
        public Cached compile() {
            return compiled(compile);
        }

        @Override
        public boolean share(Cached result) {
            SerializedExecutable executable = result.executable();
            if (executable == null) {
                return false;
            }
            boolean stored = false;
            for (Tier tier : tiers) {
                stored = store(tier, executable);
            }
            return stored;
        }

        private boolean store(Tier tier, SerializedExecutable executable) {
            if (readOnly || skips(tier)) {
                return false;
            }
            try {
                boolean stored = tier.store(key, executable);
                if (stored) {
                    counters.store(tier.name(), executable.length());
                }
                return stored;
            } catch (TierFault e) {
                fault(tier.name(), e);
                return false;
            } catch (CancellationException e) {
                // The task is being killed; its flag is set again, and the compile's result is still good.
                return false;
            }
        }

        /** A shared tier that failed this caller is not asked again by it, so that a get waits for one budget at most. */
        private boolean skips(Tier tier) {
            return sharedFailed && tier.name().equals(SharedTier.NAME);
        }

        @Override
        public void waiting() {
            counters.waited();
        }

        @Override
        public void leaseLost() {
            counters.leaseLost();
        }

        @Override
        public void fault(TierFault fault) {
            fault(SharedTier.NAME, fault);
        }

        private void fault(String tier, TierFault fault) {
            if (tier.equals(SharedTier.NAME)) {
                sharedFailed = true;
            }
            TieredExecutableCache.this.fault(tier, fault);
        }
    }

    private void fault(String tier, TierFault fault) {
        if (fault.asked()) {
            counters.fault(tier);
            log.once(
                    tier,
                    "the executable cache's tier " + tier + " did not answer, so this process compiles for itself",
                    fault);
        }
    }

    @Override
    public void reject(CacheKey key, String reason) {
        counters.reject(reason);
        rejected.merge(key, 1, Integer::sum);
        for (Tier tier : readOnly ? List.<Tier>of() : tiers) {
            try {
                tier.drop(key);
            } catch (TierFault e) {
                fault(tier.name(), e);
            } catch (CancellationException e) {
                return; // the task is being killed, its flag is set
            }
        }
    }

    @Override
    public CacheStats stats() {
        return counters.snapshot();
    }

    @Override
    public void close() {
        closed = true;
        time.close();
        tiers.forEach(Tier::close);
    }

    /** Names of tiers and the counters, no addresses and no keys. */
    @Override
    public String toString() {
        return "TieredExecutableCache" + tiers.stream().map(Tier::name).toList() + counters.snapshot();
    }
}
