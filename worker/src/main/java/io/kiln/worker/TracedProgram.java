package io.kiln.worker;

import io.kiln.arrow.BatchPlan;
import io.kiln.core.Program;
import io.kiln.core.ProgramFormat;
import io.kiln.core.ShapedArray;
import io.kiln.error.KilnException;
import java.util.List;

/** A program of Kiln's own language, as its bytes: its inputs are the weights, then the batch inputs of the plan. */
public final class TracedProgram implements BatchProgram {
    private static final long serialVersionUID = 1L;

    private final byte[] bytes;

    /** The bytes of {@code program}. */
    public TracedProgram(Program program) {
        this.bytes = ProgramFormat.write(program);
    }

    /** The program's bytes; not to be changed. */
    byte[] bytes() {
        return bytes;
    }

    @Override
    public void requireFits(String name, BatchPlan plan) {
        Program program = ProgramFormat.read(bytes);
        List<ShapedArray> inputs = program.inputs();
        List<ShapedArray> columns = plan.batchInputs();
        int first = inputs.size() - columns.size();
        if (first < 0 || !inputs.subList(first, inputs.size()).equals(columns)) {
            throw KilnException.internal(
                    "planning " + name + ": required a program whose last inputs are " + columns + ", got " + inputs);
        }
        for (ShapedArray output : program.outputs()) {
            if (output.rank() == 0 || output.dim(0) != plan.batchRows()) {
                throw KilnException.internal("planning " + name + ": required results with " + plan.batchRows()
                        + " rows on their first axis, got " + output);
            }
        }
    }
}
