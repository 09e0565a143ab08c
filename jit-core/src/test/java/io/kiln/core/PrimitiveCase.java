package io.kiln.core;

import java.util.ArrayList;
import java.util.List;

/**
 * One primitive on given operands, with what other people's rules say about it: result types, the line of StableHLO that
 * the specification's syntax gives, and results computed in plain Java. {@code smooth}: the derivative is checked by finite
 * differences at these operands.
 */
record PrimitiveCase(
        String name,
        Primitive primitive,
        List<HostArray> ins,
        List<String> types,
        String golden,
        List<double[]> expected,
        boolean smooth) {
    /** The program of this one equation. */
    Program program() {
        return Replay.program(
                args -> Trace.bind(primitive, args),
                ins.stream().map(HostArray::aval).toList());
    }

    PrimitiveCase flat() {
        return new PrimitiveCase(name, primitive, ins, types, golden, expected, false);
    }

    /** With one more result. */
    PrimitiveCase and(String type, double... result) {
        List<double[]> all = new ArrayList<>(expected);
        all.add(result);
        List<String> allTypes = new ArrayList<>(types);
        allTypes.add(type);
        return new PrimitiveCase(name, primitive, ins, allTypes, golden, all, smooth);
    }

    @Override
    public String toString() {
        return name;
    }
}
