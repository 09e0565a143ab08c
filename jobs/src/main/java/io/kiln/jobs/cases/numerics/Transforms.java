package io.kiln.jobs.cases.numerics;

import io.kiln.core.Lax;
import io.kiln.core.Tensor;
import io.kiln.jit.Axes;
import io.kiln.jit.Collectives;
import io.kiln.jit.Control;
import io.kiln.jit.Dual;
import io.kiln.jit.F1;
import io.kiln.jit.Grads;
import io.kiln.jit.Jit;
import io.kiln.jit.Residuals;
import io.kiln.jit.ValueAndGrad;
import io.kiln.nn.Nn;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Derivatives and batches, alone and composed. */
final class Transforms {
    private Transforms() {}

    static void addTo(Rows rows) {
        functions().forEach((name, f) -> derivatives(rows, name, f));
        gradients(rows);
        jacobians(rows);
        products(rows);
        batches(rows);
        ownRules(rows);
    }

    /** Scalar functions whose derivatives are taken in every way. */
    private static Map<String, UnaryOperator<Tensor>> functions() {
        Map<String, UnaryOperator<Tensor>> all = new LinkedHashMap<>();
        all.put("sin", Tensor::sin);
        all.put("tanh", Tensor::tanh);
        all.put("exp_sin", x -> x.sin().exp());
        all.put("softplus", Nn::softplus);
        all.put("logistic", Tensor::logistic);
        all.put("cube", x -> x.pow(3));
        all.put("gelu", Nn::geluTanh);
        all.put("log1p", x -> x.times(x).log1p());
        all.put("rsqrt", x -> x.times(x).plus(1).rsqrt());
        return all;
    }

    private static void derivatives(Rows rows, String name, UnaryOperator<Tensor> f) {
        rows.unary(a -> Jit.grad((Tensor x) -> f.apply(x).sum()).apply(a), "t_grad_" + name);
        rows.unary(a -> Jit.grad(Jit.grad((Tensor x) -> f.apply(x))).apply(a), "t_grad_grad_" + name);
        rows.unary(a -> Jit.vmap(Jit.grad((Tensor x) -> f.apply(x)), 0).apply(a), "t_vmap_grad_" + name);
        rows.unary(a -> Jit.hessian(x -> f.apply(x).times(x.reverse(0)).sum()).apply(a), "t_hessian_" + name);
        rows.many(in -> both(Jit.jvp((Tensor x) -> f.apply(x), in.get(0), in.get(1))), "t_jvp_" + name);
    }

    static List<Tensor> both(Dual<Tensor> dual) {
        return List.of(dual.value(), dual.tangent());
    }

    private static void gradients(Rows rows) {
        rows.unary(x -> Jit.grad(Jit.grad(Jit.grad(Tensor::tanh))).apply(x), "t_grad_grad_grad_tanh");
        rows.unary(x -> Jit.grad((Tensor y) -> y.prod()).apply(x), "t_grad_prod_zero");
        rows.unary(x -> Jit.grad((Tensor y) -> y.sqrt().sum()).apply(x), "t_grad_sqrt_zero");
        rows.unary(x -> Jit.grad((Tensor y) -> y.abs().sum()).apply(x), "t_grad_abs_zero");
        rows.unary(x -> Jit.grad((Tensor y) -> Nn.relu(y).sum()).apply(x), "t_grad_relu_zero");
        rows.unary(x -> Jit.grad((Tensor y) -> y.max()).apply(x), "t_grad_max_ties");
        rows.unary(x -> Jit.grad((Tensor y) -> y.maximum(1).sum()).apply(x), "t_grad_maximum_ties");
        rows.unary(x -> Jit.grad((Tensor y) -> y.square().sum().sqrt()).apply(x), "t_grad_norm");
        rows.unary(x -> Jit.grad((Tensor y) -> y.clamp(-1, 1).sum()).apply(x), "t_grad_clip");
        rows.unary(x -> Jit.grad((Tensor y) -> y.square().sum()).apply(x), "z_grad_sum_empty");
        rows.unary(x -> Jit.grad((Tensor y) -> Nn.logSumExp(y, 0)).apply(x), "t_grad_logsumexp");
        rows.unary(x -> Jit.grad((Tensor y) -> y.cumsum(0).square().sum()).apply(x), "t_grad_cumsum");
        rows.unary(x -> Jit.grad((Tensor y) -> y.stopGradient().times(y).sum()).apply(x), "t_stop_gradient");
        rows.unary(
                x -> Jit.grad((Tensor y) -> {
                            Tensor positive = y.greaterThan(0);
                            Tensor root =
                                    Tensor.where(positive, y, Lax.like(y, 1)).sqrt();
                            return Tensor.where(positive, root, Lax.like(y, 0)).sum();
                        })
                        .apply(x),
                "t_grad_where_safe");
        rows.many(
                in -> {
                    ValueAndGrad<Tensor> both = Jit.valueAndGrad(
                                    (Tensor x) -> x.sin().square().sum())
                            .apply(in.get(0));
                    return List.of(both.value(), both.grad());
                },
                "t_value_and_grad");
        rows.many(
                in -> tensors(Jit.fn((Tensor x, Tensor y) -> x.times(y.square()).sum())
                        .grad(0, 1)
                        .apply(in.get(0), in.get(1))),
                "t_grad_argnums");
        rows.many(
                in -> tensors(Jit.fn((Tensor x, Tensor y) -> x.pow(y).sum())
                        .grad(0, 1)
                        .apply(in.get(0), in.get(1))),
                "t_grad_pow");
        rows.one(
                in -> Jit.grad((Tensor w) ->
                                in.get(0).dot(w).minus(in.get(1)).square().mean())
                        .apply(in.get(2)),
                "t_grad_mse");
        rows.one(
                in -> Jit.grad((Tensor w) -> Nn.logSoftmax(in.get(0).dot(w), -1)
                                .times(in.get(1))
                                .sum(-1)
                                .mean()
                                .negate())
                        .apply(in.get(2)),
                "t_grad_softmax_xent");
    }

    static List<Tensor> tensors(Grads grads) {
        return grads.values().stream().map(Tensor.class::cast).toList();
    }

    private static void jacobians(Rows rows) {
        rows.unary(x -> Jit.jacfwd(Transforms::three).apply(x), "t_jacfwd");
        rows.unary(x -> Jit.jacrev(Transforms::three).apply(x), "t_jacrev");
        rows.unary(x -> Jit.jacfwd(Jit.jacrev(Transforms::sineTimes)).apply(x), "t_jacfwd_jacrev");
        rows.unary(x -> Jit.jacrev(Jit.jacfwd(Transforms::sineTimes)).apply(x), "t_jacrev_jacfwd");
        rows.unary(
                x -> Jit.hessian((Tensor y) -> {
                            int n = y.dim(0);
                            Tensor low = y.slice(0, 0, n - 1);
                            Tensor valley = y.slice(0, 1, n).minus(low.square());
                            return valley.square()
                                    .times(100)
                                    .plus(low.minus(1).square())
                                    .sum();
                        })
                        .apply(x),
                "t_hessian_rosenbrock");
    }

    private static Tensor three(Tensor x) {
        return Tensor.stack(0, x.at(0).times(x.at(1)), x.at(2).exp(), x.at(3).pow(3));
    }

    private static Tensor sineTimes(Tensor x) {
        return x.sin().times(x).sum();
    }

    private static void products(Rows rows) {
        rows.binary(
                (a, b) -> Jit.linearize((Tensor x) -> x.exp().times(x), a)
                        .tangent()
                        .apply(b),
                "t_linearize");
        rows.binary(
                (a, b) -> Jit.jvp(
                                Jit.grad((Tensor x) ->
                                        x.sin().times(x.reverse(0)).sum()),
                                a,
                                b)
                        .tangent(),
                "t_hvp");
        rows.many(
                in -> tensors(Jit.fn((Tensor x, Tensor y) -> x.times(y.sin()))
                        .vjp(in.get(0), in.get(1))
                        .pullback()
                        .apply(in.get(2))),
                "t_vjp");
        rows.many(in -> both(Jit.jvp((Tensor x) -> x.matmul(in.get(1)), in.get(0), in.get(2))), "t_jvp_matmul");
        rows.unary(
                a -> Jit.jit((Tensor x) ->
                                Jit.jit((Tensor y) -> y.sin().times(2)).apply(x).plus(1))
                        .apply(a),
                "t_jit_nested");
        rows.unary(
                a -> Jit.grad((Tensor x) ->
                                Jit.jit((Tensor y) -> y.sin().times(y)).apply(x).sum())
                        .apply(a),
                "t_grad_jit");
    }

    private static void batches(Rows rows) {
        rows.binary(
                (p, x) -> Jit.vmap((Tensor q, Tensor y) -> Control.cond(q, () -> y.sin(), () -> y.square()), 0, 0)
                        .apply(p, x),
                "t_vmap_cond");
        rows.binary(
                (i, x) -> Jit.vmap(
                                (Tensor j, Tensor y) ->
                                        Control.<Tensor>choose(j, List.of(() -> y, () -> y.negate(), () -> y.square())),
                                0,
                                0)
                        .apply(i, x),
                "t_vmap_switch");
        rows.with(
                (c, in) -> Jit.vmap(
                                (Tensor x) -> ControlFlow.squareRoot(x, c.call().has("1e-12") ? 1e-12 : 1e-5), 0)
                        .apply(in.get(0)),
                "t_vmap_while_newton");
        rows.one(
                in -> Jit.vmap(
                                Jit.grad((Tensor w, Tensor x, Tensor y) ->
                                        Nn.softplus(y.negate().times(x.dot(w)))),
                                null,
                                0,
                                0)
                        .apply(in.get(0), in.get(1), in.get(2)),
                "t_vmap_grad_logistic_f32");
        rows.binary((a, b) -> Jit.vmap((Tensor x, Tensor y) -> x.dot(y), 1, 0).apply(a, b), "t_vmap_in_axes");
        rows.unary(a -> Jit.vmap((Tensor x) -> x.times(2), Axes.in(0).out(1)).apply(a), "t_vmap_out_axes");
        rows.binary(
                (a, b) -> Jit.vmap(Jit.vmap((Tensor x, Tensor y) -> x.times(y), null, 0), 0, null)
                        .apply(a, b),
                "t_vmap_vmap");
        rows.binary((a, b) -> Jit.vmap((Tensor x) -> b.matmul(x), 0).apply(a), "t_vmap_matmul");
        rows.binary(
                (a, b) -> Jit.grad((Tensor w) -> Jit.vmap((Tensor x) -> x.dot(w).tanh(), 0)
                                .apply(a)
                                .sum())
                        .apply(b),
                "t_grad_vmap");
        rows.unary(x -> Jit.vmap((Tensor y) -> y.sin(), 0).apply(x), "z_vmap_zero");
        rows.unary(x -> Jit.vmap((Tensor y) -> y.argmax(0), 0).apply(x), "t_vmap_argmax");
        rows.unary(x -> Jit.vmap((Tensor y) -> y.cumsum(0), 0).apply(x), "t_vmap_cumsum");
    }

    private static void ownRules(Rows rows) {
        rows.unary(
                a -> Jit.vmap(
                                (Tensor x) -> x.dividedBy(Collectives.psum(x, "i")),
                                Axes.in(0).named("i"))
                        .apply(a),
                "t_vmap_psum");
        rows.unary(
                a -> Jit.vmap(
                                (Tensor x) -> x.minus(Collectives.pmean(x, "i")),
                                Axes.in(0).named("i"))
                        .apply(a),
                "t_vmap_pmean");
        rows.unary(
                a -> Jit.vmap(
                                (Tensor x) -> x.minus(Collectives.pmax(x, "i")),
                                Axes.in(0).named("i"))
                        .apply(a),
                "t_vmap_pmax");
        F1<Tensor, Tensor> clipped =
                Jit.customVjp((Tensor x) -> x, x -> new Residuals<>(x, List.of()), (_, ct) -> ct.clamp(-1, 1));
        rows.unary(a -> Jit.grad((Tensor x) -> clipped.apply(x).pow(3).sum()).apply(a), "t_custom_vjp_clip_grad");
        F1<Tensor, Tensor> softplus = Jit.customJvp(
                (Tensor x) -> x.exp().log1p(),
                (x, t) -> new Dual<>(x.exp().log1p(), x.logistic().times(t)));
        rows.unary(a -> Jit.grad((Tensor x) -> softplus.apply(x).sum()).apply(a), "t_custom_jvp");
        rows.unary(
                a -> Jit.grad((Tensor x) -> Jit.checkpoint((Tensor y) -> y.sin().sin())
                                .apply(x)
                                .sum())
                        .apply(a),
                "t_checkpoint");
    }
}
