package io.kiln.core;

import java.util.List;

/**
 * A program with the concrete arrays that its function captured. They are the first parameters of the program, in this
 * order; the arguments follow.
 */
public record ClosedProgram(Program program, List<HostArray> consts) {
    /** Copies the list and checks that the arrays are of the types of the first parameters. */
    public ClosedProgram {
        consts = List.copyOf(consts);
        List<ShapedArray> types = consts.stream().map(HostArray::aval).toList();
        if (consts.size() > program.params().size()
                || !types.equals(program.inputs().subList(0, consts.size()))) {
            throw new IllegalArgumentException("constants " + types + " are not the first of " + program.inputs());
        }
    }

    /** The types of the arguments, without the constants. */
    public List<ShapedArray> inputs() {
        return program.inputs().subList(consts.size(), program.params().size());
    }

    @Override
    public String toString() {
        return program.toString();
    }
}
