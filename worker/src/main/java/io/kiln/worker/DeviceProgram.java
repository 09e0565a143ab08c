package io.kiln.worker;

import io.kiln.compile.LoadedProgram;
import io.kiln.compile.Transfers;
import io.kiln.core.ShapedArray;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.pjrt.PjrtBuffer;
import io.kiln.pjrt.PjrtErrorCode;
import io.kiln.pjrt.PjrtException;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.List;

/** A loaded program and the device it runs on: host memory in, buffers whose results are ready out. */
final class DeviceProgram {
    private final WorkerDevice device;
    private final LoadedProgram loaded;
    private final List<ShapedArray> inputs;
    private final List<ShapedArray> outputs;
    private final List<ShapedArray> rowOutputs;

    DeviceProgram(WorkerDevice device, LoadedProgram loaded) {
        this.device = device;
        this.loaded = loaded;
        this.inputs = loaded.program().inputs();
        this.outputs = loaded.program().outputs();
        this.rowOutputs = outputs.stream()
                .filter(output -> output.rank() > 0)
                .map(output -> output.withShape(output.shape().subList(1, output.rank())))
                .toList();
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
     * Runs the program and waits until its results are ready. The caller closes inputs and results.
     *
     * @throws KilnException INTERNAL for a fault of the execution
     */
    List<PjrtBuffer> run(List<PjrtBuffer> in) {
        device.turns().acquireUninterruptibly();
        try {
            List<PjrtBuffer> out =
                    List.of(loaded.executable().executeOn(device.device(), in.toArray(PjrtBuffer[]::new)));
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
                    "running " + loaded.name() + " on "
                            + loaded.executable().client().platformName()
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
