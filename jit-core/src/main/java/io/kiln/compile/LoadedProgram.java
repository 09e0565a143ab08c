package io.kiln.compile;

import io.kiln.cache.CacheKey;
import io.kiln.cache.ExecutableCache;
import io.kiln.core.ConcreteArray;
import io.kiln.core.HostArray;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.core.TraceErrors;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.pjrt.PjrtBuffer;
import io.kiln.pjrt.PjrtClient;
import io.kiln.pjrt.PjrtDevice;
import io.kiln.pjrt.PjrtErrorCode;
import io.kiln.pjrt.PjrtException;
import io.kiln.pjrt.PjrtExecutable;
import java.lang.foreign.Arena;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A program whose executable is loaded on a device. The executable stays open as long as this is held and the {@link Compiler} that
 * loaded it is open. Safe for concurrent use.
 */
public final class LoadedProgram {
    private final String name;
    private final Program program;
    private final Set<Integer> donated;
    private final CacheKey key;
    /** Holding it keeps the executable open. */
    private final LoadedExecutables.Loaded loaded;

    private final PjrtExecutable executable;
    private final PjrtDevice device;
    private final List<ShapedArray> inputs;
    private final List<ShapedArray> outputs;

    LoadedProgram(String name, Program program, Set<Integer> donated, CacheKey key, LoadedExecutables.Loaded loaded) {
        this(
                name,
                program,
                donated,
                key,
                loaded,
                loaded.executable().client().devices().get(0));
    }

    private LoadedProgram(
            String name,
            Program program,
            Set<Integer> donated,
            CacheKey key,
            LoadedExecutables.Loaded loaded,
            PjrtDevice device) {
        this.name = name;
        this.program = program;
        this.donated = Set.copyOf(donated);
        this.key = key;
        this.loaded = loaded;
        this.executable = loaded.executable();
        this.device = device;
        this.inputs = program.inputs();
        this.outputs = program.outputs();
    }

    /** The same executable for calls on another device of its client: nothing is compiled or loaded again. */
    public LoadedProgram on(PjrtDevice other) {
        return new LoadedProgram(name, program, donated, key, loaded, other);
    }

    /** What the program is called in messages. */
    public String name() {
        return name;
    }

    /** The program. */
    public Program program() {
        return program;
    }

    /** The parameters whose arrays a call uses up. */
    public Set<Integer> donated() {
        return donated;
    }

    /** The executable's cache key. */
    public CacheKey key() {
        return key;
    }

    /** The key of its executable as text. */
    public String keyText() {
        return key.toString();
    }

    /** What differs between the keys of two executables. */
    public List<String> keyDifference(LoadedProgram other) {
        return key.difference(other.key);
    }

    /** Where the executable came from: {@code compile}, or a tier of the cache. */
    public String tier() {
        return loaded.tier();
    }

    /** The executable, owned by the compiler and open as long as this program is held. */
    public PjrtExecutable executable() {
        return executable;
    }

    /**
     * What the compiler counted, by its own names, such as {@code flops}.
     *
     * @throws KilnException ENVIRONMENT if the plugin cannot say
     */
    public Map<String, Object> costAnalysis() {
        return asked("costs", executable::costAnalysis);
    }

    /**
     * The memory of a call as the compiler laid it out.
     *
     * @throws KilnException ENVIRONMENT if the plugin cannot say
     */
    public MemoryAnalysis memoryAnalysis() {
        return MemoryAnalysis.of(asked("memory", executable::memoryStats));
    }

    private <T> T asked(String what, Supplier<T> question) {
        try {
            return question.get();
        } catch (PjrtException e) {
            throw KilnException.environment(
                    "asking the plugin for the %s of %s: it has to know them, got %s"
                            .formatted(what, name, e.getMessage()),
                    "use another plugin, or the estimate without one, trace(...).cost()");
        }
    }

    /** Whether this process compiled it, and no tier of the cache had it. */
    public boolean compiledHere() {
        return tier().equals(ExecutableCache.Cached.COMPILED);
    }

    /**
     * The results in the host's memory. Arrays of the host are given to the device without a copy where it reads the host's memory.
     *
     * @param arguments one array a parameter, of its type
     * @throws KilnException USER for arguments that do not fit, INTERNAL for a fault of the execution
     */
    public List<HostArray> call(List<? extends ConcreteArray> arguments) {
        List<DeviceArray> results = callOnDevice(arguments);
        try {
            return results.stream().map(DeviceArray::toHost).toList();
        } finally {
            results.forEach(DeviceArray::close);
        }
    }

    /**
     * The results in the device's memory. Where an argument is on the device already, this returns before the execution has ended, and a
     * fault of the execution is thrown where a result is read or awaited. It has ended where all arguments, or a large one, are the
     * host's: these are not copied but lent.
     *
     * @param arguments one array a parameter, of its type; device arrays of donated parameters cannot be used afterwards; an
     *     array on another device is copied by way of the host
     * @throws KilnException USER for arguments that do not fit, INTERNAL for a fault of the execution
     */
    public List<DeviceArray> callOnDevice(List<? extends ConcreteArray> arguments) {
        check(arguments);
        boolean awaited = arguments.stream().noneMatch(a -> isOn(device, a));
        List<PjrtBuffer> uploaded = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            try {
                PjrtBuffer[] inputs = new PjrtBuffer[arguments.size()];
                for (int i = 0; i < inputs.length; i++) {
                    if (arguments.get(i) instanceof DeviceArray array && array.isOn(device)) {
                        inputs[i] = array.buffer();
                    } else {
                        HostArray array = arguments.get(i).toHost();
                        inputs[i] = awaited ? Transfers.lend(device, array, arena) : Transfers.toDevice(device, array);
                        uploaded.add(inputs[i]);
                    }
                }
                PjrtBuffer[] buffers = executable.executeOn(device, inputs);
                boolean lent = uploaded.stream().anyMatch(PjrtBuffer::mayAlias);
                List<DeviceArray> results = lent ? ended(buffers) : running(buffers);
                for (int i : donated) {
                    if (arguments.get(i) instanceof DeviceArray array) {
                        array.donated(name);
                    }
                }
                return results;
            } catch (PjrtException e) {
                throw failed(e);
            } finally {
                uploaded.forEach(PjrtBuffer::close);
                Reference.reachabilityFence(arguments);
                Reference.reachabilityFence(loaded);
            }
        }
    }

    private static boolean isOn(PjrtDevice device, ConcreteArray argument) {
        return argument instanceof DeviceArray array && array.isOn(device);
    }

    private List<DeviceArray> running(PjrtBuffer[] buffers) {
        DeviceArray[] results = new DeviceArray[buffers.length];
        for (int i = 0; i < buffers.length; i++) {
            results[i] = new DeviceArray(outputs.get(i), buffers[i], name);
        }
        return List.of(results);
    }

    /** The results of an execution that reads lent memory of the host: when it is taken back, nobody may still read it. */
    private List<DeviceArray> ended(PjrtBuffer[] buffers) {
        DeviceArray[] results = new DeviceArray[buffers.length];
        int made = 0;
        try {
            for (PjrtBuffer buffer : buffers) {
                buffer.awaitReady();
            }
            boolean readable = executable.client().isCpu();
            while (made < results.length) {
                PjrtBuffer buffer = buffers[made];
                ShapedArray aval = outputs.get(made);
                if (readable && buffer.byteSize() <= HostArray.SMALL) {
                    results[made] = new DeviceArray(Transfers.toHost(aval, buffer), name);
                    buffer.close();
                } else {
                    results[made] = new DeviceArray(aval, buffer, name);
                }
                made++;
            }
            return List.of(results);
        } finally {
            for (int i = made; i < buffers.length; i++) {
                buffers[i].close();
            }
        }
    }

    private void check(List<? extends ConcreteArray> arguments) {
        if (arguments.size() != inputs.size()) {
            throw KilnException.user(
                    "calling %s: %d arguments are required, got %d".formatted(name, inputs.size(), arguments.size()),
                    "give one array for each of " + inputs);
        }
        for (int i = 0; i < inputs.size(); i++) {
            ShapedArray got = arguments.get(i).aval();
            if (!got.equals(inputs.get(i))) {
                throw KilnException.user(
                        "calling %s: argument %d must be %s, got %s".formatted(name, i, inputs.get(i), got),
                        "convert or reshape the argument, or trace the function for " + got);
            }
        }
        requireDonatedOnce(arguments);
    }

    private void requireDonatedOnce(List<? extends ConcreteArray> arguments) {
        if (donated.isEmpty()) {
            return;
        }
        IdentityHashMap<ConcreteArray, Integer> seen = new IdentityHashMap<>(2 * arguments.size());
        for (int i = 0; i < arguments.size(); i++) {
            Integer before = seen.putIfAbsent(arguments.get(i), i);
            if (before != null
                    && arguments.get(i) instanceof DeviceArray array
                    && (donated.contains(i) || donated.contains(before))) {
                throw TraceErrors.user(
                        "KILN-T015",
                        "calling %s: an array that is donated must be given once, got %s as parameter %d and as parameter %d"
                                .formatted(name, array.aval(), before, i),
                        "give a copy as the other argument, or do not donate the array");
            }
        }
    }

    private KilnException failed(PjrtException e) {
        return failed(name, executable.client(), e);
    }

    /** What went wrong in an execution of the program {@code name}. */
    static KilnException failed(String name, PjrtClient client, PjrtException e) {
        return new KilnException(
                ErrorCategory.INTERNAL,
                "running %s on %s: the execution has to succeed, got %s"
                        .formatted(name, client.platformName(), e.getMessage()),
                e.code() == PjrtErrorCode.RESOURCE_EXHAUSTED
                        ? "use fewer rows a batch, or a device with more memory"
                        : "report this with the program, which `kiln inspect` prints",
                e);
    }
}
