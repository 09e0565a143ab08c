package io.kiln.core;

import java.util.List;

/** A value while a program is being batched: mapped along axis 0, or the same for every element of the batch. */
public record Mapped(Tensor value, boolean mapped) {
    /** A value that is mapped along its axis 0. */
    public static Mapped yes(Tensor value) {
        return new Mapped(value, true);
    }

    /** A value that is the same for every element of the batch. */
    public static Mapped no(Tensor value) {
        return new Mapped(value, false);
    }

    /** {@code values}, of which those that {@code flags} marks are mapped. */
    static List<Mapped> all(List<Tensor> values, List<Boolean> flags) {
        return Indices.range(values.size()).stream()
                .map(i -> new Mapped(values.get(i), flags.get(i)))
                .toList();
    }

    /** Which of these are mapped. */
    static List<Boolean> flags(List<Mapped> ins) {
        return ins.stream().map(Mapped::mapped).toList();
    }

    /** The tensors of these. */
    static List<Tensor> values(List<Mapped> ins) {
        return ins.stream().map(Mapped::value).toList();
    }

    /** The type of one element of the batch. */
    public ShapedArray row() {
        ShapedArray aval = value.aval();
        return mapped ? aval.withShape(aval.shape().subList(1, aval.rank())) : aval;
    }

    /** This value with a leading batch axis: itself where mapped, else repeated. */
    public Tensor along(BatchAxis batch) {
        return mapped ? value : Lax.repeat(value, batch.size());
    }
}
