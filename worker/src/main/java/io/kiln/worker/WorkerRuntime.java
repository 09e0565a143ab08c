package io.kiln.worker;

import io.kiln.cache.CacheStats;
import io.kiln.cache.ExecutableCache;
import io.kiln.cache.HostRecord;
import io.kiln.cache.InstructionSet;
import io.kiln.cluster.CacheConf;
import io.kiln.cluster.SharedKeys;
import io.kiln.cluster.Target;
import io.kiln.cluster.TieredExecutableCache;
import io.kiln.compile.CompileOptions;
import io.kiln.compile.Compiler;
import io.kiln.compile.CompilerStats;
import io.kiln.compile.LoadedModule;
import io.kiln.compile.LoadedProgram;
import io.kiln.compile.NativeGuard;
import io.kiln.core.HostArray;
import io.kiln.core.Program;
import io.kiln.core.ProgramFormat;
import io.kiln.isolate.LoadQuarantine;
import io.kiln.jaxexport.ExportedFunction;
import io.kiln.pjrt.PjrtClient;
import io.kiln.pjrt.PjrtHandles;
import io.kiln.pjrt.PjrtPlugin;
import io.kiln.plugin.DeviceConf;
import io.kiln.plugin.KilnHome;
import io.kiln.plugin.PluginFile;
import io.kiln.plugin.PluginFinder;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.apache.spark.SparkEnv;
import org.apache.spark.SparkFiles;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
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

    /** Spark's name for the resource. */
    private static final String GPU = "gpu";

    /** Guards the three fields below; only counting reads the first without it, because opening a runtime may take long. */
    private static final Object LOCK = new Object();

    private static final Map<WorkerConf, WorkerRuntime> RUNTIMES = new ConcurrentHashMap<>();
    private static @Nullable SharedKeys sharedKeys;
    private static List<String> executorGpus = List.of();

    private final PjrtClient client;
    private final ExecutableCache cache;
    private final Compiler compiler;
    private final DeviceChoice devices;
    private final ImportedModules imports;
    private final SharedResources<WeightKey, Weights> weights = new SharedResources<>(IDLE_WEIGHTS);
    private final SharedResources<PackedPartition.Key, PackedPartition> packed =
            new SharedResources<>(Integer.MAX_VALUE);
    private final Map<ByteBuffer, LoadedProgram> programs = new ConcurrentHashMap<>();
    private final LongAdder rows = new LongAdder();
    private final LongAdder batches = new LongAdder();
    private int users;
    private boolean closing;

    /** Weights are uploaded once a device. */
    record WeightKey(String content, WorkerDevice device) {}

    /** The right to use a runtime and one of its devices: it stays open until this is closed. Closing twice is once. */
    static final class Use implements AutoCloseable {
        private final WorkerRuntime runtime;
        private final WorkerDevice device;
        private boolean ended;

        private Use(WorkerRuntime runtime, WorkerDevice device) {
            this.runtime = runtime;
            this.device = device;
        }

        /** The task's device. */
        WorkerDevice device() {
            return device;
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
                runtime.devices.giveBack(device);
                runtime.users--;
                last = runtime.closing && runtime.users == 0;
            }
            if (last) {
                runtime.close();
            }
        }
    }

    private WorkerRuntime(
            PjrtClient client,
            ExecutableCache cache,
            Compiler compiler,
            DeviceChoice devices,
            ImportedModules imports) {
        this.client = client;
        this.cache = cache;
        this.compiler = compiler;
        this.devices = devices;
        this.imports = imports;
    }

    private static WorkerRuntime open(WorkerConf conf, @Nullable SharedKeys keys, List<String> executorGpus) {
        PluginFile file = PluginFinder.find(shipped(conf.plugin()), conf.install(), line -> LOG.info("{}", line));
        PjrtPlugin plugin = file.load();
        DeviceConf visible = DeviceChoice.visible(conf.device(), executorGpus);
        PjrtClient client = plugin.createClient(file.createOptions(visible));
        try {
            HostRecord host = HostRecord.local();
            InstructionSet newest = conf.newest();
            HostRecord code = newest == null ? host : newest.needs(host);
            ExecutableCache cache =
                    TieredExecutableCache.open(conf.cache(), new Target(plugin.sha256(), host, code), keys);
            CompileOptions options = CompileOptions.of(conf.threads()).upTo(newest);
            Compiler compiler = new Compiler(plugin, client, cache, options, guard(conf));
            LOG.info("Kiln's runtime: {}, {}", client.platformName(), file.source());
            return new WorkerRuntime(
                    client,
                    cache,
                    compiler,
                    DeviceChoice.of(client, conf),
                    new ImportedModules(file, visible, options, quarantine(conf)));
        } catch (RuntimeException | Error e) {
            client.close();
            throw e;
        }
    }

    private static NativeGuard guard(WorkerConf conf) {
        return conf.quarantine() == null ? NativeGuard.NONE : LoadQuarantine.in(quarantine(conf));
    }

    /** Where programs that killed a process are remembered; those from files also where the quarantine of all others is off. */
    private static Path quarantine(WorkerConf conf) {
        String folder = conf.quarantine();
        return folder == null || folder.equals(CacheConf.AUTO)
                ? KilnHome.standard().quarantine()
                : Path.of(folder);
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

    /** The runtime of {@code conf} in this JVM. */
    public static WorkerRuntime of(WorkerConf conf) {
        synchronized (LOCK) {
            return RUNTIMES.computeIfAbsent(conf, c -> open(c, sharedKeys, executorGpus));
        }
    }

    /**
     * Sets where the keys under which cache entries are signed come from. To be called before the first task: a runtime that is made without
     * keeps its cache to itself. No key is kept here.
     */
    public static void sharedKeys(SharedKeys keys) {
        synchronized (LOCK) {
            sharedKeys = keys;
        }
    }

    /** Sets the addresses of the GPUs that Spark gave to this executor. To be called before the first task. */
    public static void executorGpus(List<String> addresses) {
        synchronized (LOCK) {
            executorGpus = List.copyOf(addresses);
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
            sharedKeys = null;
            executorGpus = List.of();
        }
        idle.forEach(WorkerRuntime::close);
    }

    /** The counts of all open runtimes of this JVM: neither makes one nor waits for one that is being opened. */
    public static WorkerMetrics jvmMetrics() {
        WorkerMetrics sum = WorkerMetrics.none(JVM, PjrtHandles.live());
        for (WorkerRuntime runtime : RUNTIMES.values()) {
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

    /** The runtime of {@code conf} for a task, on the GPU that Spark assigned to it unless the configuration names the devices. */
    static Use use(WorkerConf conf, TaskContext context) {
        ResourceInformation gpu =
                conf.device().visible().isEmpty() ? context.resourcesJMap().get(GPU) : null;
        return use(conf, gpu == null ? List.of() : List.of(gpu.addresses()));
    }

    static Use use(WorkerConf conf, List<String> assigned) {
        synchronized (LOCK) {
            WorkerRuntime runtime = of(conf);
            WorkerDevice device = runtime.devices.take(assigned);
            runtime.users++;
            return new Use(runtime, device);
        }
    }

    /** The loaded program of {@code bytes}: decoded and loaded once, as long as the compiler keeps it. */
    DeviceProgram program(byte[] bytes, String name, WorkerDevice device) {
        ByteBuffer key = ByteBuffer.wrap(bytes);
        LoadedProgram known = programs.get(key);
        if (known != null && compiler.keeps(known)) {
            return new DeviceProgram(device, known);
        }
        LoadedProgram loaded = compiler.load(ProgramFormat.read(bytes), name, Set.of());
        programs.put(key, loaded);
        // What the compiler let go is to be closed when its last task ends.
        programs.values().removeIf(program -> !compiler.holds(program));
        return new DeviceProgram(device, loaded);
    }

    /** What a task runs, loaded once as long as the compiler keeps it. */
    DeviceProgram program(BatchProgram program, String name, WorkerDevice device) {
        return switch (program) {
            case TracedProgram traced -> program(traced.bytes(), name, device);
            case ExportedProgram exported -> new DeviceProgram(device, load(exported), exported.function());
        };
    }

    /** The platform of the plugin, such as {@code cpu}. */
    public String platform() {
        return client.platformName();
    }

    /**
     * Compiles an exported function where no cache has it, in a child process, and loads it: what is wrong with it is known then.
     *
     * @throws io.kiln.error.KilnException USER with what to change in the export
     */
    public void prepare(ExportedProgram program) {
        load(program);
    }

    private LoadedModule load(ExportedProgram program) {
        ExportedFunction function = program.function();
        function.requireRunnable(platform());
        return imports.load(function, compiler);
    }

    /** The weights of {@code source} on the device: uploaded by the first task that asks. */
    SharedResources<WeightKey, Weights>.Lease weights(WeightSource source, WorkerDevice device)
            throws InterruptedException {
        return weights.acquire(
                new WeightKey(source.contentId(), device), () -> Weights.upload(device.device(), source.load()));
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
        hits.put(WorkerMetrics.JVM_TIER, compiles.jvmHits());
        return new WorkerMetrics(
                "",
                rows.sum(),
                batches.sum(),
                compiles.compiles(),
                compiles.seconds(),
                tiers.savedNanos() / 1e9,
                hits,
                tiers.misses(),
                tiers.waits(),
                tiers.leasesLost(),
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
        imports.close();
        try {
            cache.close();
        } catch (Exception e) {
            LOG.warn("Closing the executable cache failed: {}", e.toString());
        }
        client.close();
    }
}
