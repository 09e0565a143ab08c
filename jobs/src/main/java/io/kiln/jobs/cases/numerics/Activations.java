package io.kiln.jobs.cases.numerics;

import io.kiln.core.Lax;
import io.kiln.core.Tensor;
import io.kiln.nn.Nn;

/** The functions of jax.nn. */
final class Activations {
    private Activations() {}

    static void addTo(Rows rows) {
        rows.unary(Nn::relu, "relu");
        rows.unary(Nn::relu6, "relu6");
        rows.unary(x -> Nn.leakyRelu(x, 0.01), "leaky_relu");
        rows.unary(x -> Nn.elu(x), "elu");
        rows.unary(Nn::selu, "selu");
        rows.unary(x -> Nn.celu(x, 1), "celu");
        rows.unary(Nn::gelu, "gelu_exact");
        rows.unary(Nn::geluTanh, "gelu_tanh");
        rows.unary(Nn::silu, "silu", "swish");
        rows.unary(Nn::mish, "mish");
        rows.unary(Nn::softplus, "softplus");
        rows.unary(Nn::softSign, "soft_sign");
        rows.unary(Nn::hardTanh, "hard_tanh");
        rows.unary(Nn::hardSigmoid, "hard_sigmoid");
        rows.unary(Nn::hardSilu, "hard_silu", "hard_swish");
        rows.unary(Nn::logSigmoid, "log_sigmoid");
        rows.unary(Nn::sigmoid, "sigmoid");
        rows.unary(
                x -> Tensor.where(
                        x.greaterOrEqual(1),
                        x,
                        Tensor.where(
                                x.lessOrEqual(-1),
                                Lax.like(x, 0),
                                x.plus(1).square().dividedBy(4))),
                "sparse_plus");
        rows.unary(x -> Nn.squareplus(x, 4), "squareplus");
        rows.unary(x -> Nn.glu(x, -1), "glu");
        rows.unary(x -> Nn.standardize(x, -1, 1e-5), "standardize");
        rows.unary(x -> Nn.softmax(x, -1), "softmax", "softmax_inf", "z_softmax_empty");
        rows.unary(x -> Nn.softmax(x, 0), "softmax_axis0");
        rows.unary(x -> Nn.logSoftmax(x, -1), "log_softmax");
        rows.unary(x -> Nn.logSoftmax(x, 0), "log_softmax_axis0");
        rows.family((c, in) -> Nn.logSumExp(in.get(0), c.axes()), "reduce_logsumexp");
        rows.unary(x -> Nn.logSumExp(x, 1), "logsumexp_inf");
        rows.unary(x -> Nn.logSumExp(x, 1).expandDims(1), "logsumexp_keepdims");
        rows.binary(Activations::weighted, "logsumexp_weights");
    }

    private static Tensor weighted(Tensor x, Tensor weights) {
        return Nn.logSumExp(x.plus(weights.log()), 1);
    }
}
