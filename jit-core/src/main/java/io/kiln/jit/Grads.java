package io.kiln.jit;

import io.kiln.core.Tensor;
import java.util.List;

/** The derivatives with respect to several arguments, in ascending order of their positions: each has the structure of its argument. */
public record Grads(List<Object> values) {
    /** Copies the list. */
    public Grads {
        values = List.copyOf(values);
    }

    /** The one with respect to the {@code i}th of the differentiated arguments, which is a tensor. */
    public Tensor at(int i) {
        return at(i, Tensor.class);
    }

    /** The one with respect to the {@code i}th of the differentiated arguments, which is a {@code type}. */
    public <T> T at(int i, Class<T> type) {
        return type.cast(values.get(i));
    }
}
