package io.kiln.bench;

import io.kiln.core.DType;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.nn.Nn;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The pre-norm transformer encoder of the peers' dispatch benchmark, operation by operation: width 256, 4 heads, hidden
 * width 1024, 12 layers that are unrolled; x is f32[8,64,256].
 */
final class Transformer {
    static final int LAYERS = 12;
    static final ShapedArray INPUT = ShapedArray.of(DType.F32, 8, 64, 256);

    private Transformer() {}

    /** The weights of one layer: four projections, two layers of the hidden network, two norms. */
    record Layer(
            Tensor q,
            Tensor k,
            Tensor v,
            Tensor o,
            Tensor u,
            Tensor bu,
            Tensor d,
            Tensor bd,
            Tensor g1,
            Tensor c1,
            Tensor g2,
            Tensor c2) {
        /** The types of the weights in the order of the components. */
        static List<ShapedArray> types() {
            ShapedArray square = ShapedArray.of(DType.F32, 256, 256);
            ShapedArray vector = ShapedArray.of(DType.F32, 256);
            return List.of(
                    square,
                    square,
                    square,
                    square,
                    ShapedArray.of(DType.F32, 256, 1024),
                    ShapedArray.of(DType.F32, 1024),
                    ShapedArray.of(DType.F32, 1024, 256),
                    vector,
                    vector,
                    vector,
                    vector,
                    vector);
        }

        static Layer of(List<Tensor> w) {
            return new Layer(
                    w.get(0), w.get(1), w.get(2), w.get(3), w.get(4), w.get(5), w.get(6), w.get(7), w.get(8), w.get(9),
                    w.get(10), w.get(11));
        }
    }

    private static Tensor norm(Tensor x, Tensor scale, Tensor shift) {
        Tensor centred = x.minus(x.mean(-1).expandDims(-1));
        Tensor variance = centred.square().mean(-1).expandDims(-1);
        return centred.times(variance.plus(1e-5).rsqrt()).times(scale).plus(shift);
    }

    private static Tensor heads(Tensor x) {
        return x.reshape(x.dim(0), x.dim(1), 4, 64).transpose(0, 2, 1, 3);
    }

    private static Tensor gelu(Tensor x) {
        Tensor inner = x.plus(x.times(x).times(x).times(0.044715)).times(Math.sqrt(2 / Math.PI));
        return x.times(0.5).times(inner.tanh().plus(1));
    }

    private static Tensor layer(Layer p, Tensor x) {
        Tensor h = norm(x, p.g1(), p.c1());
        Tensor q = heads(h.matmul(p.q()));
        Tensor k = heads(h.matmul(p.k()));
        Tensor v = heads(h.matmul(p.v()));
        Tensor a = Nn.softmax(q.matmul(k.transpose(0, 1, 3, 2)).dividedBy(8), -1);
        Tensor mixed = a.matmul(v).transpose(0, 2, 1, 3).reshape(x.dim(0), x.dim(1), x.dim(2));
        Tensor y = x.plus(mixed.matmul(p.o()));
        Tensor z = norm(y, p.g2(), p.c2());
        return y.plus(gelu(z.matmul(p.u()).plus(p.bu())).matmul(p.d())).plus(p.bd());
    }

    static Tensor encode(List<Layer> layers, Tensor x) {
        Tensor y = x;
        for (Layer layer : layers) {
            y = layer(layer, y);
        }
        return y;
    }

    /** The types of all weights, layer by layer, and of the input. */
    static List<ShapedArray> types() {
        List<ShapedArray> all = new ArrayList<>();
        Collections.nCopies(LAYERS, Layer.types()).forEach(all::addAll);
        all.add(INPUT);
        return all;
    }

    /** {@link #encode} of flat arguments, as {@link #types} orders them. */
    static Tensor encode(List<Tensor> flat) {
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < LAYERS; i++) {
            layers.add(Layer.of(flat.subList(12 * i, 12 * i + 12)));
        }
        return encode(layers, flat.get(12 * LAYERS));
    }
}
