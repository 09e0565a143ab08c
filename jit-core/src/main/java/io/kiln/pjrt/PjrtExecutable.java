package io.kiln.pjrt;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.kiln.pjrt.PjrtStructs.ExecutableDestroy;
import io.kiln.pjrt.PjrtStructs.ExecutableGetCompiledMemoryStats;
import io.kiln.pjrt.PjrtStructs.ExecutableGetCostAnalysis;
import io.kiln.pjrt.PjrtStructs.ExecutableNumOutputs;
import io.kiln.pjrt.PjrtStructs.ExecutableOutputDimensions;
import io.kiln.pjrt.PjrtStructs.ExecutableOutputElementTypes;
import io.kiln.pjrt.PjrtStructs.ExecutableSerialize;
import io.kiln.pjrt.PjrtStructs.ExecuteOptions;
import io.kiln.pjrt.PjrtStructs.LoadedExecutableDestroy;
import io.kiln.pjrt.PjrtStructs.LoadedExecutableExecute;
import io.kiln.pjrt.PjrtStructs.LoadedExecutableGetExecutable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Arrays;
import java.util.Map;
import java.util.function.BiFunction;

/** A program loaded in a client, ready to run on each of its devices. Safe for concurrent use. */
public final class PjrtExecutable extends PjrtHandle {
    /** Room for the two structs of an execution and its three small arrays. */
    private static final long EXECUTE_BYTES = 2 * 256 + 64;

    private final PjrtClient client;
    private final PjrtApi api;
    private final long[] outputBytes;

    PjrtExecutable(PjrtClient client, PjrtApi api, MemorySegment loaded) {
        super(loaded, client);
        this.client = client;
        this.api = api;
        try {
            outputBytes = ask(this::outputBytes);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private MemorySegment unloaded(Arena arena, MemorySegment loaded) {
        PjrtArgs args = PjrtArgs.of(arena, LoadedExecutableGetExecutable.STRUCT_SIZE)
                .set(LoadedExecutableGetExecutable.LOADED_EXECUTABLE, loaded);
        api.call(PjrtFunction.LOADED_EXECUTABLE_GET_EXECUTABLE, args);
        return args.pointer(LoadedExecutableGetExecutable.EXECUTABLE);
    }

    private void destroyUnloaded(Arena arena, MemorySegment executable) {
        api.call(
                PjrtFunction.EXECUTABLE_DESTROY,
                PjrtArgs.of(arena, ExecutableDestroy.STRUCT_SIZE).set(ExecutableDestroy.EXECUTABLE, executable));
    }

    private long[] outputBytes(Arena arena, MemorySegment unloaded) {
        PjrtArgs count =
                PjrtArgs.of(arena, ExecutableNumOutputs.STRUCT_SIZE).set(ExecutableNumOutputs.EXECUTABLE, unloaded);
        api.call(PjrtFunction.EXECUTABLE_NUM_OUTPUTS, count);
        int outputs = Math.toIntExact(count.longAt(ExecutableNumOutputs.NUM_OUTPUTS));
        PjrtArgs types = PjrtArgs.of(arena, ExecutableOutputElementTypes.STRUCT_SIZE)
                .set(ExecutableOutputElementTypes.EXECUTABLE, unloaded);
        api.call(PjrtFunction.EXECUTABLE_OUTPUT_ELEMENT_TYPES, types);
        int[] codes = types.array(ExecutableOutputElementTypes.OUTPUT_TYPES, 4L * outputs)
                .toArray(JAVA_INT);
        PjrtArgs shapes = PjrtArgs.of(arena, ExecutableOutputDimensions.STRUCT_SIZE)
                .set(ExecutableOutputDimensions.EXECUTABLE, unloaded);
        api.call(PjrtFunction.EXECUTABLE_OUTPUT_DIMENSIONS, shapes);
        long[] ranks =
                shapes.array(ExecutableOutputDimensions.DIM_SIZES, 8L * outputs).toArray(JAVA_LONG);
        long[] dims = shapes.array(
                        ExecutableOutputDimensions.DIMS,
                        8L * Arrays.stream(ranks).sum())
                .toArray(JAVA_LONG);
        long[] bytes = new long[outputs];
        int at = 0;
        for (int i = 0; i < outputs; i++) {
            bytes[i] = PjrtTypes.byteSize(codes[i]);
            for (int d = 0; d < ranks[i]; d++) {
                bytes[i] *= dims[at++];
            }
        }
        return bytes;
    }

    /** The client that it is loaded in. */
    public PjrtClient client() {
        return client;
    }

    /** How many buffers an execution gives. */
    public int outputs() {
        return outputBytes.length;
    }

    /**
     * The executable as bytes, for {@link PjrtClient#load} of the same plugin on a processor with the same features.
     *
     * @throws PjrtException UNIMPLEMENTED if the plugin cannot
     */
    public byte[] serialize() {
        return ask((arena, unloaded) -> {
            PjrtArgs args =
                    PjrtArgs.of(arena, ExecutableSerialize.STRUCT_SIZE).set(ExecutableSerialize.EXECUTABLE, unloaded);
            api.call(PjrtFunction.EXECUTABLE_SERIALIZE, args);
            try {
                return args.bytesAt(ExecutableSerialize.SERIALIZED_BYTES, ExecutableSerialize.SERIALIZED_BYTES_SIZE);
            } finally {
                api.delete(
                        args.pointer(ExecutableSerialize.SERIALIZED_EXECUTABLE_DELETER),
                        args.pointer(ExecutableSerialize.SERIALIZED_EXECUTABLE));
            }
        });
    }

    /**
     * What the compiler counted in the program, by its own names, such as {@code flops} and {@code bytes accessed}: mostly floats.
     *
     * @throws PjrtException UNIMPLEMENTED if the plugin cannot say
     */
    public Map<String, Object> costAnalysis() {
        return ask((arena, unloaded) -> {
            PjrtArgs args = PjrtArgs.of(arena, ExecutableGetCostAnalysis.STRUCT_SIZE)
                    .set(ExecutableGetCostAnalysis.EXECUTABLE, unloaded);
            api.call(PjrtFunction.EXECUTABLE_GET_COST_ANALYSIS, args);
            return PjrtNamedValues.read(
                    args.pointer(ExecutableGetCostAnalysis.PROPERTIES),
                    args.longAt(ExecutableGetCostAnalysis.NUM_PROPERTIES));
        });
    }

    /**
     * The memory that the compiler laid out for it, in bytes: {@code code}, {@code arguments}, {@code outputs}, {@code aliased} (of the
     * arguments, what results take) and {@code temporary}.
     *
     * @throws PjrtException UNIMPLEMENTED if the plugin cannot say
     */
    public Map<String, Long> memoryStats() {
        return ask((arena, unloaded) -> {
            PjrtArgs args = PjrtArgs.of(arena, ExecutableGetCompiledMemoryStats.STRUCT_SIZE)
                    .set(ExecutableGetCompiledMemoryStats.EXECUTABLE, unloaded);
            api.call(PjrtFunction.EXECUTABLE_GET_COMPILED_MEMORY_STATS, args);
            return Map.of(
                    "code", args.longAt(ExecutableGetCompiledMemoryStats.GENERATED_CODE_SIZE_IN_BYTES),
                    "arguments", args.longAt(ExecutableGetCompiledMemoryStats.ARGUMENT_SIZE_IN_BYTES),
                    "outputs", args.longAt(ExecutableGetCompiledMemoryStats.OUTPUT_SIZE_IN_BYTES),
                    "aliased", args.longAt(ExecutableGetCompiledMemoryStats.ALIAS_SIZE_IN_BYTES),
                    "temporary", args.longAt(ExecutableGetCompiledMemoryStats.TEMP_SIZE_IN_BYTES));
        });
    }

    /** What {@code question} finds out of the executable itself, which is not loaded and lives only as long as it is asked. */
    private <T> T ask(BiFunction<Arena, MemorySegment, T> question) {
        MemorySegment loaded = acquire();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment unloaded = unloaded(arena, loaded);
            try {
                return question.apply(arena, unloaded);
            } finally {
                destroyUnloaded(arena, unloaded);
            }
        } finally {
            release();
        }
    }

    /**
     * Starts one execution on the device that the inputs are on, the first one if there are none:
     * {@link #executeOn(PjrtDevice, PjrtBuffer...)}.
     */
    public PjrtBuffer[] execute(PjrtBuffer... inputs) {
        return executeOn(inputs.length == 0 ? client.devices().get(0) : inputs[0].device(), inputs);
    }

    /**
     * Starts one execution. Returns before it has finished; a fault of the execution itself is thrown where an output is read or awaited.
     *
     * @param device a device of this client, which all inputs are on
     * @param inputs open buffers in the order of the program's parameters; those that the program was compiled to donate are used up, and
     *     their owner still closes them
     * @return the outputs in order, each owned by the caller
     * @throws PjrtException what the plugin reported: a wrong count or shape, or a buffer that was donated before
     */
    public PjrtBuffer[] executeOn(PjrtDevice device, PjrtBuffer... inputs) {
        client.requireOwn(device);
        for (PjrtBuffer input : inputs) {
            if (input.device() != device) {
                throw new IllegalArgumentException(
                        "running a program on %s: all inputs there are required, got one on %s"
                                .formatted(device, input.device()));
            }
        }
        MemorySegment loaded = acquire();
        int outputs = outputs();
        int held = 0;
        try (Arena arena = Arena.ofConfined()) {
            SegmentAllocator memory = SegmentAllocator.slicingAllocator(
                    arena.allocate(EXECUTE_BYTES + 8L * (inputs.length + outputs), 8));
            MemorySegment arguments = memory.allocate(ADDRESS, inputs.length + 1L);
            for (PjrtBuffer input : inputs) {
                arguments.setAtIndex(ADDRESS, held, input.acquire());
                held++;
            }
            MemorySegment results = memory.allocate(ADDRESS, outputs + 1L);
            PjrtArgs args = PjrtArgs.of(memory, LoadedExecutableExecute.STRUCT_SIZE)
                    .set(LoadedExecutableExecute.EXECUTABLE, loaded)
                    .set(
                            LoadedExecutableExecute.OPTIONS,
                            PjrtArgs.of(memory, ExecuteOptions.STRUCT_SIZE).memory())
                    .set(LoadedExecutableExecute.ARGUMENT_LISTS, memory.allocateFrom(ADDRESS, arguments))
                    .set(LoadedExecutableExecute.NUM_DEVICES, 1)
                    .set(LoadedExecutableExecute.NUM_ARGS, inputs.length)
                    .set(LoadedExecutableExecute.OUTPUT_LISTS, memory.allocateFrom(ADDRESS, results))
                    .set(LoadedExecutableExecute.EXECUTE_DEVICE, device.address());
            api.call(PjrtFunction.LOADED_EXECUTABLE_EXECUTE, args);
            PjrtBuffer[] buffers = new PjrtBuffer[outputs];
            for (int i = 0; i < outputs; i++) {
                buffers[i] = new PjrtBuffer(device, api, results.getAtIndex(ADDRESS, i), outputBytes[i], null);
            }
            return buffers;
        } finally {
            for (int i = 0; i < held; i++) {
                inputs[i].release();
            }
            release();
        }
    }

    @Override
    String what() {
        return "a PJRT executable";
    }

    @Override
    void destroy(MemorySegment object) {
        try (Arena arena = Arena.ofConfined()) {
            api.call(
                    PjrtFunction.LOADED_EXECUTABLE_DESTROY,
                    PjrtArgs.of(arena, LoadedExecutableDestroy.STRUCT_SIZE)
                            .set(LoadedExecutableDestroy.EXECUTABLE, object));
        }
    }
}
