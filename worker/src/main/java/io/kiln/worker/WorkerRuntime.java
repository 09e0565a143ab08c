package io.kiln.worker;

import io.kiln.cache.CacheStats;
import io.kiln.cache.ExecutableCache;
import io.kiln.cache.HostRecord;
import io.kiln.cache.InstructionSet;
import io.kiln.cluster.Target;
import io.kiln.cluster.TieredExecutableCache;
import io.kiln.compile.CompileOptions;
import io.kiln.compile.Compiler;
import io.kiln.compile.CompilerStats;
import io.kiln.compile.LoadedProgram;
import io.kiln.core.HostArray;
import io.kiln.core.Program;
import io.kiln.core.ProgramFormat;
import io.kiln.pjrt.PjrtClient;
import io.kiln.pjrt.PjrtHandles;
import io.kiln.pjrt.PjrtPlugin;
import io.kiln.plugin.DeviceConf;
import io.kiln.plugin.PluginFile;
import io.kiln.plugin.PluginFinder;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import org.apache.spark.SparkEnv;
import org.apache.spark.SparkFiles;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the tasks of a JVM share: one client of one plugin, the compiler with its caches, weights and packed partitions on the device.
 * One a JVM and configuration, made when first asked for.
 */
public final class WorkerRuntime {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerRuntime.class);
    private static final String JVM = UUID.randomUUID().toString();
    private static final int IDLE_WEIGHTS = 8;

    /** Guards the two fields below. */
    private static final Object LOCK = new Object();

    private static final Map<WorkerConf, WorkerRuntime> RUNTIMES = new HashMap<>();
    private static byte @Nullable [] sharedKey;

    private final PjrtClient client;
    private final ExecutableCache cache;
    private final Compiler compiler;
    private final Semaphore turns;
    private final SharedResources<String, Weights> weights = new SharedResources<>(IDLE_WEIGHTS);
    private final SharedResources<PackedPartition.Key, PackedPartition> packed =
            new SharedResources<>(Integer.MAX_VALUE);
    private final Map<ByteBuffer, DeviceProgram> programs = new ConcurrentHashMap<>();
    private final LongAdder rows = new LongAdder();
    private final LongAdder batches = new LongAdder();
    private int users;
    private boolean closing;

    /** The right to use a runtime: it stays open until this is closed. Closing twice is once. */
    static final class Use implements AutoCloseable {
        private final WorkerRuntime runtime;
        private boolean ended;

        private Use(WorkerRuntime runtime) {
            this.runtime = runtime;
        }

        /** The runtime. */
        WorkerRuntime runtime() {
            return runtime;
        }

        @Override
        public void close() {
            boolean last;
            synchronized (LOCK) {
                if (ended) {
                    return;
                }
                ended = true;
                runtime.users--;
                last = runtime.closing && runtime.users == 0;
            }
            if (last) {
                runtime.close();
            }
        }
    }

    private WorkerRuntime(PjrtClient client, ExecutableCache cache, Compiler compiler, Semaphore turns) {
        this.client = client;
        this.cache = cache;
        this.compiler = compiler;
        this.turns = turns;
    }

    private static WorkerRuntime open(WorkerConf conf, byte @Nullable [] key) {
        PluginFile file = PluginFinder.find(shipped(conf.plugin()), conf.install(), line -> LOG.info("{}", line));
        PjrtPlugin plugin = file.load();
        PjrtClient client = plugin.createClient(file.createOptions(DeviceConf.standard()));
        try {
            HostRecord host = HostRecord.local();
            InstructionSet newest = conf.newest();
            HostRecord code = newest == null ? host : newest.needs(host);
            ExecutableCache cache =
                    TieredExecutableCache.open(conf.cache(), new Target(plugin.sha256(), host, code), key);
            CompileOptions options = CompileOptions.of(conf.threads()).upTo(newest);
            Compiler compiler = new Compiler(plugin, client, cache, options);
            LOG.info("Kiln's runtime: {}, {}", client.platformName(), file.source());
            return new WorkerRuntime(client, cache, compiler, turns(conf.executions()));
        } catch (RuntimeException | Error e) {
            client.close();
            throw e;
        }
    }

    /** A relative path that is not here may be one of an archive that Spark shipped: it unpacks them in a folder of its own. */
    static @Nullable String shipped(@Nullable String plugin) {
        boolean relative = plugin != null
                && plugin.contains("/")
                && !Path.of(plugin).isAbsolute()
                && !Files.exists(Path.of(plugin));
        if (!relative || SparkEnv.get() == null) {
            return plugin;
        }
        Path file = Path.of(SparkFiles.get(plugin));
        return Files.exists(file) ? file.toString() : plugin;
    }

    private static Semaphore turns(int executions) {
        return new Semaphore(executions == 0 ? Integer.MAX_VALUE : executions, true);
    }

    /** The runtime of {@code conf} in this JVM. */
    public static WorkerRuntime of(WorkerConf conf) {
        synchronized (LOCK) {
            return RUNTIMES.computeIfAbsent(conf, c -> open(c, sharedKey));
        }
    }

    /**
     * Sets the key under which cache entries are signed, 32 bytes. To be called before the first task: a runtime that is made without
     * keeps its cache to itself.
     */
    public static void sharedKey(byte[] key) {
        synchronized (LOCK) {
            sharedKey = key.clone();
        }
    }

    /** Closes the runtimes of this JVM, each when its last task has ended. The next use makes new ones. */
    public static void closeAll() {
        List<WorkerRuntime> idle = new ArrayList<>();
        synchronized (LOCK) {
            for (WorkerRuntime runtime : RUNTIMES.values()) {
                runtime.closing = true;
                if (runtime.users == 0) {
                    idle.add(runtime);
                }
            }
            RUNTIMES.clear();
            sharedKey = null;
        }
        idle.forEach(WorkerRuntime::close);
    }

    /** The counts of all runtimes of this JVM. */
    public static WorkerMetrics jvmMetrics() {
        List<WorkerRuntime> runtimes;
        synchronized (LOCK) {
            runtimes = List.copyOf(RUNTIMES.values());
        }
        WorkerMetrics sum = WorkerMetrics.none(JVM, PjrtHandles.live());
        for (WorkerRuntime runtime : runtimes) {
            sum = sum.plus(runtime.counts());
        }
        return sum;
    }

    /** The packed partitions of a data set are not needed any more: they are freed in every runtime of this JVM. */
    static void freePacked(String dataset) {
        List<WorkerRuntime> runtimes;
        synchronized (LOCK) {
            runtimes = List.copyOf(RUNTIMES.values());
        }
        runtimes.forEach(runtime -> runtime.packed.drop(key -> key.dataset().equals(dataset)));
    }

    /** Compiles and loads programs. */
    public Compiler compiler() {
        return compiler;
    }

    /** Runs {@code program} once on arrays of the host: for the small computations of a driver. */
    public List<HostArray> call(Program program, String name, List<HostArray> arguments) {
        return compiler.load(program, name, Set.of()).call(arguments);
    }

    /** The counts of this JVM. */
    public WorkerMetrics metrics() {
        return jvmMetrics();
    }

    static Use use(WorkerConf conf) {
        synchronized (LOCK) {
            WorkerRuntime runtime = of(conf);
            runtime.users++;
            return new Use(runtime);
        }
    }

    PjrtClient client() {
        return client;
    }

    /** The loaded program of {@code bytes}: decoded and loaded once. */
    DeviceProgram program(byte[] bytes, String name) {
        ByteBuffer key = ByteBuffer.wrap(bytes);
        DeviceProgram known = programs.get(key);
        if (known != null) {
            return known;
        }
        LoadedProgram loaded = compiler.load(ProgramFormat.read(bytes), name, Set.of());
        return programs.computeIfAbsent(key, k -> new DeviceProgram(turns, loaded));
    }

    /** The weights of {@code source} on the device: uploaded by the first task that asks. */
    SharedResources<String, Weights>.Lease weights(WeightSource source) throws InterruptedException {
        return weights.acquire(source.contentId(), () -> Weights.upload(client, source.load()));
    }

    /** The packed partitions of trainings. */
    SharedResources<PackedPartition.Key, PackedPartition> packed() {
        return packed;
    }

    /** Counts one execution. */
    void count(int batchRows) {
        rows.add(batchRows);
        batches.increment();
    }

    private WorkerMetrics counts() {
        CompilerStats compiles = compiler.stats();
        CacheStats tiers = cache.stats();
        Map<String, Long> hits = new TreeMap<>(compiles.hits());
        hits.put("jvm", compiles.jvmHits());
        return new WorkerMetrics(
                "",
                rows.sum(),
                batches.sum(),
                compiles.compiles(),
                compiles.seconds(),
                hits,
                tiers.rejects(),
                tiers.bytesRead() + tiers.bytesWritten(),
                0,
                weights.sum(Weights::bytes),
                packed.sum(PackedPartition::bytes));
    }

    private void close() {
        programs.clear();
        packed.close();
        weights.close();
        compiler.close();
        try {
            cache.close();
        } catch (Exception e) {
            LOG.warn("Closing the executable cache failed: {}", e.toString());
        }
        client.close();
    }
}
