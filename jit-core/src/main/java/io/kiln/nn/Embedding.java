package io.kiln.nn;

import io.kiln.core.DType;
import io.kiln.core.IndexMode;
import io.kiln.core.Tensor;
import io.kiln.random.Key;

/** A vector for each of a number of things: table f32[things, width]. */
public record Embedding(Tensor table) {
    /** A table of normal values of variance {@code 1 / width}. */
    public static Embedding init(Key key, DType dtype, int things, int width) {
        return new Embedding(Initializers.normal(key, dtype, Math.sqrt(1.0 / width), things, width));
    }

    /** The vectors of {@code ids}, integers of any shape, which are limited to the table's rows: result f32[ids..., width]. */
    public Tensor apply(Tensor ids) {
        return table.take(ids, 0, IndexMode.CLIP);
    }

    /** The inner products of vectors with all rows of the table: x f32[..., width], result f32[..., things]. */
    public Tensor logits(Tensor x) {
        return x.dot(table.transpose());
    }
}
