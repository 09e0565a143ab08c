package io.kiln.core;

import java.util.List;

/**
 * A typed, closed, first-order program in A-normal form; what JAX calls a jaxpr. It prints as JAX prints one. Programs
 * made by {@link Trace} number their variables in order of definition, so equal programs are equal values.
 */
public record Program(List<Atom.Var> params, List<Equation> equations, List<Atom> results) {
    /** Copies the lists. */
    public Program {
        params = List.copyOf(params);
        equations = List.copyOf(equations);
        results = List.copyOf(results);
    }

    /** The types of the parameters. */
    public List<ShapedArray> inputs() {
        return params.stream().map(Atom.Var::aval).toList();
    }

    /** The types of the results. */
    public List<ShapedArray> outputs() {
        return results.stream().map(Atom::aval).toList();
    }

    @Override
    public String toString() {
        return Printer.print(this);
    }
}
