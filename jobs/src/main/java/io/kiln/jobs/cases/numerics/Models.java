package io.kiln.jobs.cases.numerics;

import io.kiln.core.Lax;
import io.kiln.core.Tensor;
import io.kiln.jit.Control;
import io.kiln.jit.Jit;
import io.kiln.nn.Nn;
import java.util.List;

/** Layers, cells and training loops, as a model's author writes them. */
final class Models {
    private Models() {}

    private record Pair(Tensor w, Tensor v) {}

    static void addTo(Rows rows) {
        attention(rows);
        norms(rows);
        cells(rows);
        training(rows);
    }

    private static Tensor attend(Tensor q, Tensor k, Tensor v) {
        return Nn.softmax(q.dot(k.transpose()).dividedBy(2), -1).dot(v);
    }

    private static void attention(Rows rows) {
        rows.one(in -> attend(in.get(0), in.get(1), in.get(2)), "t_attention");
        rows.many(
                in -> Transforms.tensors(
                        Jit.fn((Tensor q, Tensor k, Tensor v) -> attend(q, k, v).sum())
                                .grad(0, 1, 2)
                                .apply(in.get(0), in.get(1), in.get(2))),
                "t_grad_attention");
    }

    private static void norms(Rows rows) {
        rows.one(
                in -> {
                    Tensor a = in.get(0);
                    Tensor centred = a.minus(a.mean(0, 1, 2));
                    Tensor variance = centred.square().mean(0, 1, 2);
                    return centred.times(variance.plus(1e-3).rsqrt())
                            .times(in.get(1))
                            .plus(in.get(2));
                },
                "t_batch_norm");
        rows.one(in -> layerNorm(in.get(0), in.get(1), in.get(2)), "t_layer_norm");
        rows.many(
                in -> Transforms.tensors(Jit.fn((Tensor x, Tensor g, Tensor h) ->
                                layerNorm(x, g, h).sin().sum())
                        .grad(0, 1, 2)
                        .apply(in.get(0), in.get(1), in.get(2))),
                "t_grad_layer_norm");
    }

    private static Tensor layerNorm(Tensor x, Tensor scale, Tensor shift) {
        Tensor centred = x.minus(x.mean(-1).expandDims(-1));
        Tensor variance = centred.square().mean(-1).expandDims(-1);
        return centred.times(variance.plus(1e-5).rsqrt()).times(scale).plus(shift);
    }

    private static void cells(Rows rows) {
        rows.one(in -> in.get(0).dot(in.get(1)).plus(in.get(2)).tanh().dot(in.get(3)), "t_mlp");
        rows.one(
                in -> {
                    Tensor x = in.get(0).dot(in.get(2));
                    Tensor h = in.get(1).dot(in.get(3));
                    Tensor z = x.slice(1, 0, 3).plus(h.slice(1, 0, 3)).logistic();
                    Tensor r = x.slice(1, 3, 6).plus(h.slice(1, 3, 6)).logistic();
                    Tensor n = x.slice(1, 6, 9).plus(r.times(h.slice(1, 6, 9))).tanh();
                    return z.negate().plus(1).times(n).plus(z.times(in.get(1)));
                },
                "t_gru_cell");
        rows.many(
                in -> Transforms.tensors(Jit.fn((Tensor w, Tensor u) -> lstm(in.get(3), in.get(0), in.get(1), w, u))
                        .grad(0, 1)
                        .apply(in.get(2), in.get(2).times(0.5).plus(0.1))),
                "t_grad_lstm_cell");
    }

    private static Tensor lstm(Tensor x, Tensor h, Tensor c, Tensor w, Tensor u) {
        Tensor z = x.dot(w).plus(h.dot(u));
        Tensor i = z.slice(1, 0, 3);
        Tensor g = z.slice(1, 3, 6);
        Tensor o = z.slice(1, 6, 9);
        Tensor k = z.slice(1, 9, 12);
        Tensor n = k.logistic().times(c).plus(i.logistic().times(g.tanh()));
        return o.logistic().times(n.tanh()).sum();
    }

    private static Tensor gradient(List<Tensor> in, Tensor at) {
        return Jit.grad((Tensor w) -> in.get(1).dot(w).minus(in.get(2)).square().mean())
                .apply(at);
    }

    private static void training(Rows rows) {
        rows.one(
                in -> Control.fori(
                        0, 20, in.get(0), (_, w) -> w.minus(gradient(in, w).times(0.1))),
                "t_sgd");
        rows.one(
                in -> Control.fori(0, 40, new Pair(in.get(0), Lax.like(in.get(0), 0)), (_, s) -> {
                            Tensor v = s.v().times(0.9).plus(gradient(in, s.w()));
                            return new Pair(s.w().minus(v.times(0.05)), v);
                        })
                        .w(),
                "t_sgd_momentum");
        rows.one(Models::adam, "t_adam");
    }

    private record Moments(Tensor w, Tensor m, Tensor v) {}

    /** Ten steps of Adam, written out. */
    private static Tensor adam(List<Tensor> in) {
        Tensor zero = Lax.like(in.get(0), 0);
        return Control.fori(0, 10, new Moments(in.get(0), zero, zero), (i, s) -> {
                    Tensor g = gradient(in, s.w());
                    Tensor m = s.m().times(0.9).plus(g.times(0.1));
                    Tensor v = s.v().times(0.999).plus(g.square().times(0.001));
                    Tensor t = i.convert(g.dtype()).plus(1);
                    Tensor mean = m.dividedBy(Lax.like(t, 0.9).pow(t).negate().plus(1));
                    Tensor square =
                            v.dividedBy(Lax.like(t, 0.999).pow(t).negate().plus(1));
                    return new Moments(
                            s.w().minus(mean.times(0.1).dividedBy(square.sqrt().plus(1e-8))), m, v);
                })
                .w();
    }
}
