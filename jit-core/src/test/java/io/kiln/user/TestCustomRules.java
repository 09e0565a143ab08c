package io.kiln.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import io.kiln.jit.Control;
import io.kiln.jit.Dual;
import io.kiln.jit.F1;
import io.kiln.jit.F2;
import io.kiln.jit.Jit;
import io.kiln.jit.Jitted2;
import io.kiln.jit.Residuals;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Functions with derivative rules of their own, under the other transforms. */
class TestCustomRules {
    private static final Tensor X = Tensor.of(0.5, -2.0, 3.0);

    // The rules of these are deliberately not the derivatives, so that one sees which was used.
    private static final F1<Tensor, Tensor> CLIPPED =
            Jit.customVjp((Tensor x) -> x.times(1), x -> new Residuals<>(x, List.of()), (none, ct) -> ct.clamp(-1, 1));

    private static final F1<Tensor, Tensor> TENFOLD = Jit.customJvp(
            (Tensor x) -> x.sin(),
            (x, t) -> new Dual<>(x.sin(), x.cos().times(t).times(10)));

    @Test
    void theBackwardRuleIsUsed() {
        F1<Tensor, Tensor> slope = Jit.grad((Tensor x) ->
                CLIPPED.apply(x).times(CLIPPED.apply(x)).times(CLIPPED.apply(x)).sum());
        double[] got = slope.apply(X).toDoubles();
        // Three uses, each with the cotangent x^2 clipped to 1.
        assertThat(got).containsExactly(new double[] {0.75, 3, 3}, within(1e-12));
        assertThat(Jit.jit(slope).call(X).toDoubles()).containsExactly(got);
    }

    @Test
    void aRuleSeesItsResiduals() {
        F1<Tensor, Tensor> square = Jit.customVjp(
                (Tensor x) -> x.square(),
                x -> new Residuals<>(x.square(), x),
                (x, ct) -> ct.times(x).times(7));
        assertThat(Jit.grad((Tensor x) -> square.apply(x).sum()).apply(X).toDoubles())
                .containsExactly(3.5, -14, 21);
        // The backward rule is differentiated in its turn.
        assertThat(Jit.grad((Tensor x) -> Jit.grad((Tensor y) -> square.apply(y).sum())
                                .apply(x)
                                .sum())
                        .apply(X)
                        .toDoubles())
                .containsExactly(7, 7, 7);
    }

    private static F1<Tensor, Tensor> ruled(F2<Tensor, Tensor, Tensor> tangent) {
        return Jit.customJvp((Tensor x) -> x.sin(), (x, t) -> new Dual<>(x.sin(), tangent.apply(x, t)));
    }

    @Test
    void aRuleThatIsNotLinearHasNoReverseMode() {
        List<F2<Tensor, Tensor, Tensor>> rules = List.of(
                (x, t) -> t.square(),
                (x, t) -> t.abs().times(x),
                (x, t) -> x.times(t).times(t.sum()),
                (x, t) -> Tensor.where(t.greaterThan(0), t, t.times(2)),
                (x, t) -> x.dividedBy(t));
        for (F2<Tensor, Tensor, Tensor> rule : rules) {
            F1<Tensor, Tensor> f = ruled(rule);
            KilnException e = catchThrowableOfType(
                    KilnException.class,
                    () -> Jit.grad((Tensor x) -> f.apply(x).sum()).apply(X));
            assertThat(e.problem()).contains("reverse mode needs a rule that is linear in the tangent");
            assertThat(e.fix()).contains("docs/errors.md#KILN-T023");
            assertThat(Jit.jvp(f, X, X).tangent().shape()).containsExactly(3);
        }
    }

    /** Each rule is the tangent times the argument in another way. */
    @Test
    void aLinearRuleMayHaveLoopsAndBranchesAndCalls() {
        Jitted2<Tensor, Tensor, Tensor> product = Jit.jit((Tensor a, Tensor b) -> a.times(b));
        List<F2<Tensor, Tensor, Tensor>> rules = List.of(
                (x, t) -> Control.map((List<Tensor> both) -> both.get(0).times(both.get(1)), List.of(x, t)),
                (x, t) -> Control.cond(x.sum().greaterThan(0), () -> t.times(x), () -> t.negate()),
                (x, t) -> Tensor.where(x.greaterThan(0), t, t.negate()).times(x.abs()),
                (x, t) -> t.reshape(3, 1).matmul(x.reshape(1, 3)).dot(Tensor.of(0.0, 0.0, 1.0 / 3)),
                (x, t) -> t.cumsum(0)
                        .minus(Tensor.concatenate(0, Tensor.of(0.0), t.cumsum(0).slice(0, 0, 2)))
                        .times(x),
                product::call);
        for (F2<Tensor, Tensor, Tensor> rule : rules) {
            F1<Tensor, Tensor> slope =
                    Jit.grad((Tensor x) -> ruled(rule).apply(x).sum());
            double[] got = slope.apply(X).toDoubles();
            double[] forward = Jit.jacfwd(ruled(rule)).apply(X).sum(0).toDoubles();
            assertThat(got).containsExactly(forward, within(1e-12));
            assertThat(Jit.jit(Jit.vmap(slope, 0))
                            .call(Tensor.stack(0, X, X))
                            .at(1)
                            .toDoubles())
                    .containsExactly(got, within(1e-12));
        }
    }

    @Test
    void customRulesAreMapped() {
        assertThat(Jit.vmap(Jit.grad((Tensor x) -> CLIPPED.apply(x).times(5)), 0)
                        .apply(X)
                        .toDoubles())
                .containsExactly(1, 1, 1);
        F1<Tensor, Tensor> f = x -> Jit.vmap(CLIPPED, 0).apply(x).times(x).sum();
        assertThat(Jit.jit(Jit.grad(f)).call(X).toDoubles()).containsExactly(0.5 + 0.5, -2 - 1, 3 + 1);
        assertThat(Jit.vmap(Jit.grad(TENFOLD), 0).apply(X).toDoubles())
                .containsExactly(new double[] {10 * Math.cos(0.5), 10 * Math.cos(2), 10 * Math.cos(3)}, within(1e-12));
        assertThat(Jit.grad((Tensor x) -> Jit.vmap(TENFOLD, 0).apply(x).sum())
                        .apply(X)
                        .toDoubles())
                .containsExactly(new double[] {10 * Math.cos(0.5), 10 * Math.cos(2), 10 * Math.cos(3)}, within(1e-12));
    }

    @Test
    void anArgumentThatTheBatchSharesGetsTheSumOfItsCotangents() {
        F1<List<Tensor>, Tensor> product = Jit.customVjp(
                (List<Tensor> in) -> in.get(0).times(in.get(1)),
                in -> new Residuals<>(in.get(0).times(in.get(1)), in),
                (in, ct) -> List.of(ct.times(in.get(1)), ct.times(in.get(0))));
        F1<Tensor, Tensor> f = w -> Jit.vmap((Tensor a, Tensor b) -> product.apply(List.of(a, b)), 0, null)
                .apply(X, w)
                .sum();
        assertThat(Jit.grad(f).apply(Tensor.scalar(2.0)).item()).isCloseTo(1.5, within(1e-12));
        assertThat(Jit.jit(Jit.grad(f)).call(Tensor.scalar(2.0)).item()).isCloseTo(1.5, within(1e-12));
    }

    @Test
    void oneTangentRuleServesForwardAndReverseMode() {
        Tensor x = Tensor.scalar(0.3);
        assertThat(Jit.jvp(TENFOLD, x, Tensor.scalar(2.0)).tangent().item())
                .isCloseTo(20 * Math.cos(0.3), within(1e-12));
        assertThat(Jit.grad(TENFOLD).apply(x).item()).isCloseTo(10 * Math.cos(0.3), within(1e-12));
        assertThat(Jit.linearize(TENFOLD, x).tangent().apply(Tensor.scalar(1.0)).item())
                .isCloseTo(10 * Math.cos(0.3), within(1e-12));
        assertThat(Jit.grad(Jit.grad(TENFOLD)).apply(x).item()).isCloseTo(-10 * Math.sin(0.3), within(1e-12));
        assertThat(Jit.jit(Jit.hessian(TENFOLD)).call(x).item()).isCloseTo(-10 * Math.sin(0.3), within(1e-12));
    }

    @Test
    void capturedTensorsAreConstantsOfTheRules() {
        F1<Tensor, Tensor> f = scale -> {
            Tensor fixed = scale.stopGradient();
            F1<Tensor, Tensor> scaled = Jit.customJvp(
                    (Tensor x) -> x.times(fixed),
                    (x, t) -> new Dual<>(x.times(fixed), t.times(fixed).times(2)));
            return Jit.grad(scaled).apply(Tensor.scalar(1.0)).plus(scale);
        };
        assertThat(Jit.jit(f).call(Tensor.scalar(3.0)).item()).isEqualTo(9);
    }

    @Test
    void aCapturedTensorThatIsDifferentiatedIsAnError() {
        F1<Tensor, Tensor> f = scale -> Jit.customVjp(
                        (Tensor x) -> x.times(scale),
                        x -> new Residuals<>(x.times(scale), scale),
                        (s, ct) -> ct.times(s))
                .apply(Tensor.scalar(1.0));
        KilnException e =
                catchThrowableOfType(KilnException.class, () -> Jit.grad(f).apply(Tensor.scalar(3.0)));
        assertThat(e.problem())
                .contains("customVjp aCapturedTensorThatIsDifferentiatedIsAnError: a derivative must reach arguments"
                        + " only, but the function uses a f64[] from around it that is differentiated");
        assertThat(e.fix()).contains("make it an argument").contains("docs/errors.md#KILN-T023");
    }

    @Test
    void forwardModeOfABackwardRuleIsAnErrorThatNamesTheOtherWay() {
        KilnException e = catchThrowableOfType(KilnException.class, () -> Jit.jvp(CLIPPED, X, X));
        assertThat(e.problem()).contains("forward mode (jvp, linearize, jacfwd) needs a rule for tangents");
        assertThat(e.fix()).contains("Jit.customJvp");
    }

    @Test
    void aRuleOfAnotherTypeIsNamed() {
        F1<Tensor, Tensor> f = Jit.customJvp((Tensor x) -> x.sum(), (x, t) -> new Dual<>(x.sum(), t));
        KilnException e = catchThrowableOfType(KilnException.class, () -> f.apply(X));
        assertThat(e.problem())
                .contains(
                        "the rule must return Dual(value=f64[], tangent=f64[]), got Dual(value=f64[], tangent=f64[3])");
        F1<Tensor, Tensor> g = Jit.customVjp((Tensor x) -> x.sum(), x -> new Residuals<>(x.sum(), x), (x, ct) -> ct);
        assertThat(catchThrowableOfType(KilnException.class, () -> g.apply(X)).problem())
                .contains("the backward rule must return f64[3], got f64[]");
        F1<Tensor, Tensor> h = Jit.customVjp((Tensor x) -> x.sum(), x -> new Residuals<>(x, x), (x, ct) -> x);
        assertThat(catchThrowableOfType(KilnException.class, () -> h.apply(X)).problem())
                .contains("the forward rule must return Residuals with a value like that of the function, f64[],"
                        + " got Residuals(value=f64[3], residuals=f64[3])");
    }
}
