package io.kiln.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.Program;
import io.kiln.core.Scan;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.jit.F1;
import io.kiln.jit.Jit;
import io.kiln.lower.Lowering;
import io.kiln.transform.Grad;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Checkpoints: the same derivatives, computed again on the way back. */
class TestCheckpoint {
    private static final Tensor X = Tensor.of(0.4, -1.2, 2.0);

    private static Tensor plain(Tensor x) {
        return x.sin().exp().times(x).sum();
    }

    @Test
    void theDerivativesAreThoseWithoutIt() {
        F1<Tensor, Tensor> f = Jit.checkpoint(TestCheckpoint::plain);
        double[] want = Jit.grad(TestCheckpoint::plain).apply(X).toDoubles();
        assertThat(Jit.grad(f).apply(X).toDoubles()).containsExactly(want, within(1e-12));
        assertThat(Jit.jit(Jit.grad(f)).call(X).toDoubles()).containsExactly(want, within(1e-12));
        assertThat(Jit.jacfwd(f).apply(X).toDoubles()).containsExactly(want, within(1e-12));
        double[] hessian = Jit.hessian(TestCheckpoint::plain).apply(X).toDoubles();
        assertThat(Jit.jit(Jit.hessian(f)).call(X).toDoubles()).containsExactly(hessian, within(1e-12));
        assertThat(Jit.jit(Jit.jacrev(Jit.jacrev(f))).call(X).toDoubles()).containsExactly(hessian, within(1e-12));
        double[] rows = Jit.vmap(Jit.grad(f), 0).apply(X.reshape(3, 1)).toDoubles();
        assertThat(rows).containsExactly(want, within(1e-12));
    }

    @Test
    void theWayBackComputesTheWayThereAgainBehindABarrier() {
        F1<Tensor, Tensor> f = Jit.checkpoint(TestCheckpoint::plain);
        Program p = Trace.trace(in -> List.of(f.apply(in.get(0))), List.of(X.aval()))
                .program();
        String text =
                Lowering.lower(Grad.valueAndGrad(p, List.of(0)), "f", Set.of()).toString();
        assertThat(text.split("stablehlo.exponential", -1))
                .as("once there, once back")
                .hasSize(3);
        assertThat(text.split("stablehlo.optimization_barrier", -1)).hasSize(2);
        assertThat(text.indexOf("stablehlo.optimization_barrier"))
                .isLessThan(text.lastIndexOf("stablehlo.exponential"));
    }

    @Test
    void aLinearizedCheckpointComputesAgainWhatItNeeds() {
        F1<Tensor, Tensor> f = Jit.checkpoint(TestCheckpoint::plain);
        Tensor t = Tensor.of(1.0, 2.0, 3.0);
        double want = Jit.grad(TestCheckpoint::plain).apply(X).times(t).sum().item();
        assertThat(Jit.linearize(f, X).tangent().apply(t).item()).isCloseTo(want, within(1e-12));
        assertThat(Jit.linearize(f, X).value().item()).isCloseTo(plain(X).item(), within(1e-12));
    }

    @Test
    void aCheckpointedStepOfAScanKeepsItsCarryOnly() {
        F1<List<Tensor>, Tensor> step =
                Jit.checkpoint((List<Tensor> in) -> in.get(0).sin().times(in.get(1)));
        ShapedArray scalar = ShapedArray.of(DType.F64);
        Program body = Trace.trace(in -> List.of(step.apply(in)), List.of(scalar, scalar))
                .program();
        ShapedArray five = ShapedArray.of(DType.F64, 5);
        Program loop = Trace.trace(in -> Trace.bind(new Scan(body, 5, 0, 1, false, 1), in), List.of(scalar, five))
                .program();
        Program both = Grad.valueAndGrad(loop, List.of(0));
        List<HostArray> args = List.of(HostArray.scalar(0.7), HostArray.of(0.9, 1.1, -0.5, 2.0, 1.3));
        double[] ys = args.get(1).toDoubles();
        double c = 0.7;
        double slope = 1;
        for (double y : ys) {
            slope *= Math.cos(c) * y;
            c = Math.sin(c) * y;
        }
        List<Tensor> outs = Jit.jit((List<Tensor> in) -> io.kiln.core.Inline.call(both, in))
                .call(args.stream().map(Tensor::of).toList());
        assertThat(outs.get(0).item()).isCloseTo(c, within(1e-12));
        assertThat(outs.get(1).item()).isCloseTo(slope, within(1e-12));
        Scan forward = (Scan) both.equations().stream()
                .map(e -> e.primitive())
                .filter(e -> e instanceof Scan)
                .findFirst()
                .orElseThrow();
        assertThat(forward.body().toString())
                .as("the cosine belongs to the way back")
                .doesNotContain("cos");
    }
}
