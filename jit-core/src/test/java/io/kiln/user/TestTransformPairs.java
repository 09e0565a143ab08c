package io.kiln.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.kiln.core.DType;
import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import io.kiln.jit.Axes;
import io.kiln.jit.Collectives;
import io.kiln.jit.Control;
import io.kiln.jit.F1;
import io.kiln.jit.Jit;
import io.kiln.jit.Residuals;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every transform of every transform of every transform of a function: they compose in any order. Each either leaves the
 * function as it is or takes a derivative, and the derivatives of x sin x are known.
 */
@Timeout(300)
class TestTransformPairs {
    private static final double AT = 0.7;

    /** What a transform does to a function from a scalar to a scalar. */
    private enum Transform {
        JIT(0),
        VMAP(0),
        VMAP_SUM(0),
        CHECKPOINT(0),
        COND(0),
        SCAN(0),
        CUSTOM_JVP(0),
        CUSTOM_VJP(0),
        GRAD(1),
        JVP(1),
        VJP(1),
        LINEARIZE(1),
        JACFWD(1),
        JACREV(1);

        private final int derivatives;

        Transform(int derivatives) {
            this.derivatives = derivatives;
        }

        F1<Tensor, Tensor> of(F1<Tensor, Tensor> f) {
            return switch (this) {
                case JIT -> Jit.jit(f);
                case VMAP ->
                    x -> Jit.vmap(f, 0).apply(Tensor.stack(0, x.plus(1), x)).at(1);
                case VMAP_SUM ->
                    x -> Jit.vmap(
                                    (Tensor y) ->
                                            Collectives.psum(f.apply(y), "rows").times(0.5),
                                    Axes.in(0).named("rows").out((Integer) null))
                            .apply(Tensor.stack(0, x, x));
                case CHECKPOINT -> Jit.checkpoint(f);
                case COND -> x -> Control.cond(x.greaterThan(0), () -> f.apply(x), () -> x);
                case SCAN ->
                    x -> Control.scan(
                                    (Tensor c, Tensor t) -> new Control.Step<>(f.apply(c), t),
                                    x,
                                    Tensor.zeros(DType.F64, 1))
                            .carry();
                case CUSTOM_JVP -> Jit.customJvp(f, (x, t) -> Jit.jvp(f, x, t));
                case CUSTOM_VJP ->
                    Jit.customVjp(
                            f,
                            x -> new Residuals<>(f.apply(x), x),
                            (x, ct) -> Jit.grad(f).apply(x).times(ct));
                case GRAD -> Jit.grad(f);
                case JVP -> x -> Jit.jvp(f, x, Tensor.scalar(1.0)).tangent();
                case VJP -> x -> Jit.vjp(f, x).pullback().apply(Tensor.scalar(1.0));
                case LINEARIZE -> x -> Jit.linearize(f, x).tangent().apply(Tensor.scalar(1.0));
                case JACFWD -> Jit.jacfwd(f);
                case JACREV -> Jit.jacrev(f);
            };
        }

        /** Whether it pushes tangents forward, which a function with a backward rule cannot. */
        boolean isForward() {
            return switch (this) {
                case JVP, LINEARIZE, JACFWD, CUSTOM_JVP -> true;
                case JIT, VMAP, VMAP_SUM, CHECKPOINT, COND, SCAN, CUSTOM_VJP, GRAD, VJP, JACREV -> false;
            };
        }
    }

    /** Transforms, the innermost first. */
    record Composition(List<Transform> steps) {
        F1<Tensor, Tensor> function() {
            F1<Tensor, Tensor> f = x -> x.sin().times(x);
            for (Transform step : steps) {
                f = step.of(f);
            }
            return f;
        }

        double expected() {
            int n = steps.stream().mapToInt(s -> s.derivatives).sum();
            // The n-th derivative of x sin x, by Leibniz.
            return AT * Math.sin(AT + n * Math.PI / 2) + n * Math.sin(AT + (n - 1) * Math.PI / 2);
        }

        /** Whether forward mode meets a backward rule that no reverse mode has used up. */
        boolean isRefused() {
            boolean backwardOnly = false;
            for (Transform step : steps) {
                if (step.isForward() && backwardOnly) {
                    return true;
                }
                backwardOnly |= step == Transform.CUSTOM_VJP;
                backwardOnly &= step.derivatives == 0;
            }
            return false;
        }

        private void check(F1<Tensor, Tensor> f) {
            if (isRefused()) {
                assertThat(catchThrowableOfType(KilnException.class, () -> f.apply(Tensor.scalar(AT)))
                                .problem())
                        .contains("forward mode");
                return;
            }
            assertThat(f.apply(Tensor.scalar(AT)).item()).isCloseTo(expected(), within(1e-9));
        }
    }

    static Stream<Composition> pairs() {
        return Stream.of(Transform.values())
                .flatMap(a -> Stream.of(Transform.values()).map(b -> new Composition(List.of(a, b))));
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void aTransformOfATransformIsCompiled(Composition c) {
        c.check(Jit.jit(c.function()));
    }

    @Test
    void aTransformOfATransformOfATransformRunsInPlainJava() {
        for (Composition pair : pairs().toList()) {
            for (Transform outer : Transform.values()) {
                List<Transform> steps = new ArrayList<>(pair.steps());
                steps.add(outer);
                Composition c = new Composition(steps);
                try {
                    c.check(c.function());
                } catch (KilnException e) {
                    throw new AssertionError(c.toString(), e);
                }
            }
        }
    }
}
