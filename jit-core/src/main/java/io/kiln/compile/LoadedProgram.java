package io.kiln.compile;

import io.kiln.cache.CacheKey;
import io.kiln.cache.ExecutableCache;
import io.kiln.core.ConcreteArray;
import io.kiln.core.HostArray;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.error.KilnException;
import io.kiln.pjrt.PjrtBuffer;
import io.kiln.pjrt.PjrtException;
import io.kiln.pjrt.PjrtExecutable;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A program whose executable is loaded on a device. The {@link Compiler} that loaded it owns the executable. Safe for concurrent use.
 *
 * @param name what the program is called in messages
 * @param program the program
 * @param donated the parameters whose arrays a call uses up
 * @param key the executable's cache key
 * @param tier where the executable came from: {@code compile}, or a tier of the cache
 * @param executable the executable
 */
public record LoadedProgram(
        String name, Program program, Set<Integer> donated, CacheKey key, String tier, PjrtExecutable executable) {
    /** Whether this process compiled it, and no tier of the cache had it. */
    public boolean compiledHere() {
        return tier.equals(ExecutableCache.Cached.COMPILED);
    }

    /** A loaded program; the set is copied. */
    public LoadedProgram {
        donated = Set.copyOf(donated);
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
            return results.stream().map(this::read).toList();
        } finally {
            results.forEach(DeviceArray::close);
        }
    }

    /**
     * The results in the device's memory, when the execution has ended.
     *
     * @param arguments one array a parameter, of its type; device arrays of donated parameters cannot be used afterwards
     * @throws KilnException USER for arguments that do not fit, INTERNAL for a fault of the execution
     */
    public List<DeviceArray> callOnDevice(List<? extends ConcreteArray> arguments) {
        check(arguments);
        List<PjrtBuffer> uploaded = new ArrayList<>();
        try {
            PjrtBuffer[] inputs = new PjrtBuffer[arguments.size()];
            for (int i = 0; i < inputs.length; i++) {
                inputs[i] = buffer(arguments.get(i), uploaded);
            }
            List<DeviceArray> results = run(inputs);
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
        }
    }

    private PjrtBuffer buffer(ConcreteArray argument, List<PjrtBuffer> uploaded) {
        if (argument instanceof DeviceArray array && array.buffer().client() == executable.client()) {
            return array.buffer();
        }
        PjrtBuffer buffer = Transfers.toDevice(executable.client(), argument.toHost());
        uploaded.add(buffer);
        return buffer;
    }

    private List<DeviceArray> run(PjrtBuffer[] inputs) {
        PjrtBuffer[] outputs = executable.execute(inputs);
        try {
            for (PjrtBuffer output : outputs) {
                output.awaitReady();
            }
        } catch (RuntimeException | Error e) {
            for (PjrtBuffer output : outputs) {
                output.close();
            }
            throw e;
        }
        List<ShapedArray> types = program.outputs();
        List<DeviceArray> results = new ArrayList<>();
        for (int i = 0; i < outputs.length; i++) {
            results.add(new DeviceArray(types.get(i), outputs[i]));
        }
        return List.copyOf(results);
    }

    private HostArray read(DeviceArray result) {
        try {
            return result.toHost();
        } catch (PjrtException e) {
            throw failed(e);
        }
    }

    private void check(List<? extends ConcreteArray> arguments) {
        List<ShapedArray> inputs = program.inputs();
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
    }

    private KilnException failed(PjrtException e) {
        return new KilnException(
                io.kiln.error.ErrorCategory.INTERNAL,
                "running %s on %s: the execution has to succeed, got %s"
                        .formatted(name, executable.client().platformName(), e.getMessage()),
                switch (e.code()) {
                    case RESOURCE_EXHAUSTED -> "use fewer rows a batch, or a device with more memory";
                    default -> "report this with the program, which `kiln inspect` prints";
                },
                e);
    }
}
