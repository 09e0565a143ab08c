package io.kiln.jobs;

import io.kiln.core.DotGeneral;
import io.kiln.core.Equation;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;

/**
 * What a program costs to run once, counted from its equations: an estimate from above, as the compiler fuses and drops.
 *
 * @param flops arithmetic operations; a product of matrices counts each multiplication and addition
 * @param bytes bytes of all inputs and outputs
 */
record ProgramCost(long flops, long bytes) {
    /** Counts a program. */
    static ProgramCost of(Program program) {
        long flops = 0;
        for (Equation equation : program.equations()) {
            flops += flops(equation);
        }
        long bytes = 0;
        for (ShapedArray each : program.inputs()) {
            bytes += each.byteSize();
        }
        for (ShapedArray each : program.outputs()) {
            bytes += each.byteSize();
        }
        return new ProgramCost(flops, bytes);
    }

    private static long flops(Equation equation) {
        long results =
                equation.outputs().stream().mapToLong(ShapedArray::elements).sum();
        if (equation.primitive() instanceof DotGeneral dot) {
            ShapedArray left = equation.inputs().getFirst();
            long terms = 1;
            for (int axis : dot.lhsContracting()) {
                terms *= left.shape().get(axis);
            }
            return 2 * terms * results;
        }
        long operands = equation.inputs().stream()
                .mapToLong(ShapedArray::elements)
                .max()
                .orElse(0);
        return Math.max(results, operands); // a reduction works on its operand, the rest on their results
    }
}
