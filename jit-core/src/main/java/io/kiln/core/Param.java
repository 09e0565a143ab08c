package io.kiln.core;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** One static parameter of a primitive, by name: what a program prints and what its binary form holds. */
public sealed interface Param {
    /** The name, as printed. */
    String name();

    /** A list of integers: axes, dimensions, limits. */
    record Ints(String name, List<Integer> values) implements Param {
        /** Copies the list. */
        public Ints {
            values = List.copyOf(values);
        }
    }

    /** One integer: an axis, a count. */
    record Int(String name, int value) implements Param {}

    /** A word: a dtype, a label. */
    record Word(String name, String value) implements Param {}

    /** Programs that the primitive runs: branches, bodies. */
    record Programs(String name, List<Program> values) implements Param {
        /** Copies the list. */
        public Programs {
            values = List.copyOf(values);
        }
    }

    /** {@code first}, then {@code rest}. */
    static List<Param> list(List<Param> first, Param... rest) {
        List<Param> out = new ArrayList<>(first);
        out.addAll(List.of(rest));
        return List.copyOf(out);
    }

    /** The parameter of yes (1) or no (0). */
    static Int flag(String name, boolean value) {
        return new Int(name, value ? 1 : 0);
    }

    /** The parameter of an element type. */
    static Word dtype(String name, DType dtype) {
        return new Word(name, dtype.toString());
    }

    /** The element type of a word; an error where it is none. */
    static DType dtype(String text) {
        return Stream.of(DType.values())
                .filter(d -> d.toString().equals(text))
                .findFirst()
                .orElseThrow(() -> TraceErrors.newerFormat("the dtype " + text + " is not known to this Kiln"));
    }
}
