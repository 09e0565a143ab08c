package io.kiln.core;

import java.util.List;

/**
 * What a program costs to run once, counted from its equations: an estimate from above, as the compiler fuses and drops. Of
 * branches the dearest counts; a loop whose number of steps is not known counts one.
 *
 * @param equations the equations, also those of the programs inside, each once
 * @param flops arithmetic operations; a product of matrices counts each multiplication and addition
 * @param bytes bytes of all inputs and outputs
 */
public record ProgramCost(long equations, long flops, long bytes) {
    /** Counts a program. */
    public static ProgramCost of(Program program) {
        long equations = 0;
        long flops = 0;
        for (Equation eqn : program.equations()) {
            equations += 1;
            for (Param param : eqn.primitive().params()) {
                if (param instanceof Param.Programs(String _, List<Program> inner)) {
                    equations +=
                            inner.stream().mapToLong(p -> of(p).equations()).sum();
                }
            }
            flops += flops(eqn);
        }
        return new ProgramCost(equations, flops, bytes(program.inputs()) + bytes(program.outputs()));
    }

    private static long bytes(List<ShapedArray> types) {
        return types.stream().mapToLong(ShapedArray::byteSize).sum();
    }

    private static long elements(List<ShapedArray> types) {
        return types.stream().mapToLong(ShapedArray::elements).sum();
    }

    private static long flops(Program program) {
        return of(program).flops();
    }

    private static long flops(Equation eqn) {
        if (eqn.primitive() instanceof HigherOrder nested) {
            return switch (nested) {
                case Call call -> flops(call.program());
                case Remat remat -> flops(remat.program());
                case CustomJvp custom -> flops(custom.program());
                case CustomVjp custom -> flops(custom.program());
                case Scan scan -> scan.length() * flops(scan.body());
                case While loop -> flops(loop.cond()) + flops(loop.body());
                case Cond cond ->
                    cond.branches().stream().mapToLong(ProgramCost::flops).max().orElse(0);
            };
        }
        long results = elements(eqn.outputs());
        if (eqn.primitive() instanceof DotGeneral dot) {
            return 2 * elements(eqn.inputs().getFirst(), dot.lhsContracting()) * results;
        }
        if (eqn.primitive() instanceof Conv conv) {
            List<Integer> kernel = conv.dims().rhs(); // output features, input features of a group, space
            return 2 * elements(eqn.inputs().get(1), kernel.subList(1, kernel.size())) * results;
        }
        long operands =
                eqn.inputs().stream().mapToLong(ShapedArray::elements).max().orElse(0);
        return Math.max(results, operands); // a reduction works on its operand, the rest on their results
    }

    private static long elements(ShapedArray type, List<Integer> axes) {
        return axes.stream().mapToLong(type::dim).reduce(1, (a, b) -> a * b);
    }

    @Override
    public String toString() {
        return "%,d equations, about %,d operations, %,d bytes of arguments and results"
                .formatted(equations, flops, bytes);
    }
}
