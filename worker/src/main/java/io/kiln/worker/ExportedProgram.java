package io.kiln.worker;

import io.kiln.arrow.BatchPlan;
import io.kiln.arrow.PackedInput;
import io.kiln.error.KilnException;
import io.kiln.jaxexport.ExportedArray;
import io.kiln.jaxexport.ExportedFunction;
import java.util.List;

/**
 * A function that {@code jax.export} serialized, as its file's bytes. Its inputs and results have the batch's rows on their first axis, and
 * their number is its own.
 */
public final class ExportedProgram implements BatchProgram {
    private static final long serialVersionUID = 1L;

    private final String source;
    private final byte[] bytes;
    private transient volatile ExportedFunction function;

    /** The function itself, which was read before. */
    public ExportedProgram(ExportedFunction function) {
        this.source = function.source();
        this.bytes = function.bytes();
        this.function = function;
    }

    /** The file's bytes; not to be changed. */
    byte[] bytes() {
        return bytes;
    }

    /** The function; a worker reads it from the bytes. */
    ExportedFunction function() {
        ExportedFunction read = function;
        if (read == null) {
            read = ExportedFunction.read(source, bytes);
            function = read;
        }
        return read;
    }

    @Override
    public void requireFits(String name, BatchPlan plan) {
        List<ExportedArray> inputs = function().inputs();
        boolean fits = plan.inputs().size() == inputs.size() && function().batchRows() == plan.batchRows();
        for (int i = 0; fits && i < inputs.size(); i++) {
            fits = inputs.get(i)
                    .row()
                    .filter(plan.inputs().get(i).row()::equals)
                    .isPresent();
        }
        if (!fits) {
            throw KilnException.internal("planning %s: required inputs %s, got a plan of %d rows for %s"
                    .formatted(
                            name,
                            inputs,
                            plan.batchRows(),
                            plan.inputs().stream().map(PackedInput::row).toList()));
        }
    }
}
