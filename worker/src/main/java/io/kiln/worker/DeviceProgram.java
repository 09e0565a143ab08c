package io.kiln.worker;

import io.kiln.arrow.PackedInput;
import io.kiln.compile.LoadedModule;
import io.kiln.compile.LoadedProgram;
import io.kiln.compile.Transfers;
import io.kiln.core.DType;
import io.kiln.core.ShapedArray;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.jaxexport.ExportedFunction;
import io.kiln.pjrt.PjrtBuffer;
import io.kiln.pjrt.PjrtErrorCode;
import io.kiln.pjrt.PjrtException;
import io.kiln.pjrt.PjrtExecutable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A loaded program and the device it runs on: host memory in, buffers whose results are ready out. */
final class DeviceProgram {
    private final WorkerDevice device;
    private final String name;
    private final PjrtExecutable executable;
    /** Holding it keeps the executable open. */
    private final Object loaded;

    private final List<ShapedArray> inputs;
    private final List<ShapedArray> outputs;
    private final List<ShapedArray> rowOutputs;
    /** Null for a program of Kiln's own. */
    private final @Nullable ExportedFunction exported;

    private DeviceProgram(
            WorkerDevice device,
            String name,
            PjrtExecutable executable,
            Object loaded,
            List<ShapedArray> inputs,
            List<ShapedArray> outputs,
            @Nullable ExportedFunction exported) {
        this.device = device;
        this.name = name;
        this.executable = executable;
        this.loaded = loaded;
        this.inputs = inputs;
        this.outputs = outputs;
        this.rowOutputs = outputs.stream()
                .filter(output -> output.rank() > 0)
                .map(output -> output.withShape(output.shape().subList(1, output.rank())))
                .toList();
        this.exported = exported;
    }

    /** A program of Kiln's own. */
    DeviceProgram(WorkerDevice device, LoadedProgram loaded) {
        this(
                device,
                loaded.name(),
                loaded.executable(),
                loaded,
                loaded.program().inputs(),
                loaded.program().outputs(),
                null);
    }

    /** A function that {@code jax.export} serialized. */
    DeviceProgram(WorkerDevice device, LoadedModule loaded, ExportedFunction exported) {
        this(device, loaded.name(), loaded.executable(), loaded, exported.parameters(), exported.results(), exported);
    }

    /** The types of the program's inputs. */
    List<ShapedArray> inputs() {
        return inputs;
    }

    /** The types of the program's results. */
    List<ShapedArray> outputs() {
        return outputs;
    }

    /** The types of one row of the results, of a program whose results all have rows on their first axis. */
    List<ShapedArray> rowOutputs() {
        return rowOutputs;
    }

    /** A buffer over {@code data}, which must stay as it is until the buffer is closed. */
    PjrtBuffer upload(ShapedArray aval, MemorySegment data) {
        return Transfers.upload(device.device(), aval, data, true);
    }

    /**
     * A buffer over a packed input of a batch, which must stay as it is until the buffer is closed. A program of Kiln's own takes it as it
     * lies; an exported one has the rows on its first axis, so columns are put in order.
     */
    PjrtBuffer upload(PackedInput input, int rows, MemorySegment data) {
        if (exported == null || input.batchAxis() == 0) {
            return upload(input.batch(rows), data);
        }
        List<Integer> shape = new ArrayList<>(List.of(rows));
        shape.addAll(input.row().shape());
        return Transfers.uploadColumns(
                device.device(), new ShapedArray(input.row().dtype(), shape), data);
    }

    /**
     * Runs the program and waits until its results are ready. The caller closes inputs and results.
     *
     * @param in the program's inputs; of an exported function all of its inputs, also those that its module does not take
     * @throws KilnException INTERNAL for a fault of the execution
     */
    List<PjrtBuffer> run(List<PjrtBuffer> in) {
        if (exported == null) {
            return runModule(in);
        }
        List<PjrtBuffer> kept = exported.kept().stream().map(in::get).toList();
        DType index = exported.platformIndex().orElse(null);
        if (index == null) {
            return runModule(kept);
        }
        try (Arena arena = Arena.ofConfined();
                PjrtBuffer platform = upload(ShapedArray.of(index), platformIndex(arena, index))) {
            List<PjrtBuffer> all = new ArrayList<>(List.of(platform));
            all.addAll(kept);
            return runModule(all);
        }
    }

    /** The position of this plugin's platform among those that the function was exported for. */
    private MemorySegment platformIndex(Arena arena, DType index) {
        int at = java.util.Objects.requireNonNull(exported)
                .platformPosition(executable.client().platformName());
        return index == DType.I64
                ? arena.allocateFrom(ValueLayout.JAVA_LONG, at)
                : arena.allocateFrom(ValueLayout.JAVA_INT, at);
    }

    private List<PjrtBuffer> runModule(List<PjrtBuffer> in) {
        device.turns().acquireUninterruptibly();
        try {
            List<PjrtBuffer> out = List.of(executable.executeOn(device.device(), in.toArray(PjrtBuffer[]::new)));
            try {
                out.forEach(PjrtBuffer::awaitReady);
                return out;
            } catch (RuntimeException | Error e) {
                out.forEach(PjrtBuffer::close);
                throw e;
            }
        } catch (PjrtException e) {
            throw new KilnException(
                    ErrorCategory.INTERNAL,
                    "running " + name + " on " + executable.client().platformName()
                            + ": the execution has to succeed, got " + e.getMessage(),
                    e.code() == PjrtErrorCode.RESOURCE_EXHAUSTED
                            ? "use fewer rows a batch, or a device with more memory"
                            : "this is a fault of Kiln's own: report it with the program",
                    e);
        } finally {
            Reference.reachabilityFence(loaded);
            device.turns().release();
        }
    }
}
