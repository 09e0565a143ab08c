package io.kiln.core;

import java.util.List;

/** One application of a primitive: {@code outs = primitive(ins)}. */
public record Equation(Primitive primitive, List<Atom> ins, List<Atom.Var> outs) {
    /** Copies the lists. */
    public Equation {
        ins = List.copyOf(ins);
        outs = List.copyOf(outs);
    }

    /** The types of the operands. */
    public List<ShapedArray> inputs() {
        return ins.stream().map(Atom::aval).toList();
    }

    /** The types of the results. */
    public List<ShapedArray> outputs() {
        return outs.stream().map(Atom.Var::aval).toList();
    }
}
