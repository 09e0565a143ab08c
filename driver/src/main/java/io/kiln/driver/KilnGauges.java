package io.kiln.driver;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.kiln.cache.ExecutableCache;
import io.kiln.cluster.TieredExecutableCache;
import io.kiln.worker.WorkerMetrics;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * Kiln's gauges in Spark's metric system. Each is there from the start, at zero: a scraper sees no series appear later. Reading one takes
 * a snapshot of counters; it opens nothing and waits for no task.
 */
final class KilnGauges {
    private final MetricRegistry registry;
    private final Supplier<WorkerMetrics> counts;

    private KilnGauges(MetricRegistry registry, Supplier<WorkerMetrics> counts) {
        this.registry = registry;
        this.counts = counts;
    }

    /** Adds all gauges to {@code registry}; {@code counts} is asked each time that one is read. */
    static void register(MetricRegistry registry, Supplier<WorkerMetrics> counts) {
        new KilnGauges(registry, counts).registerAll();
    }

    private void registerAll() {
        count("rows", WorkerMetrics::rows);
        count("batches", WorkerMetrics::batches);
        count("compile.count", WorkerMetrics::compiles);
        seconds("compile.seconds", WorkerMetrics::compileSeconds);
        seconds("compile.savedSeconds", WorkerMetrics::savedSeconds);
        hits(WorkerMetrics.JVM_TIER);
        TieredExecutableCache.tierNames().forEach(this::hits);
        count("cache.misses", WorkerMetrics::misses);
        count("cache.waits", WorkerMetrics::waits);
        count("cache.leasesLost", WorkerMetrics::leasesLost);
        TieredExecutableCache.rejectReasons().forEach(this::rejects);
        rejects(ExecutableCache.DID_NOT_LOAD);
        count("cache.bytes", WorkerMetrics::cacheBytes);
        count("native.handles", WorkerMetrics::liveHandles);
        count("native.weightBytes", WorkerMetrics::weightBytes);
        count("native.packedBytes", WorkerMetrics::packedBytes);
    }

    private void hits(String tier) {
        count("cache.hits." + tier, now -> now.hits().getOrDefault(tier, 0L));
    }

    private void rejects(String reason) {
        count("cache.rejects." + reason, now -> now.rejects().getOrDefault(reason, 0L));
    }

    private void count(String name, ToLongFunction<WorkerMetrics> value) {
        Gauge<Long> gauge = () -> value.applyAsLong(counts.get());
        registry.register(name, gauge);
    }

    private void seconds(String name, ToDoubleFunction<WorkerMetrics> value) {
        Gauge<Double> gauge = () -> value.applyAsDouble(counts.get());
        registry.register(name, gauge);
    }
}
