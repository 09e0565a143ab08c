package io.kiln.core;

import java.util.ArrayList;
import java.util.List;

/** What the elementwise families have in common: operands of one shape, batched by giving all of them the batch axis. */
final class Elementwise {
    private Elementwise() {}

    /** Checks that the operands have one shape and one dtype. */
    static ShapedArray sameType(Primitive primitive, List<ShapedArray> ins) {
        ShapedArray a = ins.get(0);
        for (ShapedArray b : ins) {
            if (a.dtype() != b.dtype()) {
                throw TraceErrors.dtypes(primitive.mnemonic(), a, b);
            }
            if (!a.shape().equals(b.shape())) {
                throw TraceErrors.shapes(primitive.mnemonic(), a, b);
            }
        }
        return a;
    }

    /** The results with every operand mapped. */
    static List<Mapped> vmap(Primitive primitive, List<Mapped> ins, BatchAxis batch) {
        List<Tensor> all = new ArrayList<>();
        for (Mapped in : ins) {
            all.add(in.along(batch));
        }
        return mapped(Trace.bind(primitive, all));
    }

    /** Tensors that are all mapped. */
    static List<Mapped> mapped(List<Tensor> tensors) {
        return tensors.stream().map(Mapped::yes).toList();
    }
}
