package io.kiln.jit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.kiln.core.DType;
import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import java.util.List;
import org.junit.jupiter.api.Test;

class TestControl {
    private static Tensor leaky(Tensor x) {
        return Control.cond(x.greaterThan(0), () -> x.times(x), () -> x.times(0.1));
    }

    @Test
    void oneBranchIsTakenInsideAndOutsideJit() {
        assertThat(leaky(Tensor.scalar(3f)).item()).isEqualTo(9);
        Jitted1<Tensor, Tensor> f = Jit.jit(TestControl::leaky);
        assertThat(f.call(Tensor.scalar(3f)).item()).isEqualTo(9);
        assertThat(f.call(Tensor.scalar(-3f)).item()).isCloseTo(-0.3, within(1e-6));
        assertThat(f.stats().traces()).isEqualTo(1);
    }

    @Test
    void aBranchIsDifferentiatedAndMapped() {
        F1<Tensor, Tensor> slope = Jit.grad(TestControl::leaky);
        assertThat(slope.apply(Tensor.scalar(3f)).item()).isEqualTo(6);
        assertThat(Jit.vmap(slope, 0).apply(Tensor.of(3f, -1f)).toFloats()).containsExactly(6f, 0.1f);
    }

    @Test
    void anIndexChoosesAndIsClamped() {
        Tensor x = Tensor.scalar(2.0);
        for (int i = -1; i < 4; i++) {
            Tensor y = Control.choose(Tensor.scalar(i), List.of(() -> x, () -> x.times(10), () -> x.times(100)));
            assertThat(y.item()).isEqualTo(2 * Math.pow(10, Math.clamp(i, 0, 2)));
            Tensor compiled = Jit.jit((Tensor k) ->
                            Control.<Tensor>choose(k, List.of(() -> x, () -> x.times(10), () -> x.times(100))))
                    .call(Tensor.scalar(i));
            assertThat(compiled.item()).isEqualTo(y.item());
        }
    }

    record Newton(Tensor x, Tensor target) {}

    private static Tensor squareRoot(Tensor target) {
        return Control.whileLoop(
                        new Newton(target, target),
                        n -> n.x().times(n.x()).minus(n.target()).abs().greaterThan(1e-10),
                        n -> new Newton(n.x().plus(n.target().dividedBy(n.x())).times(0.5), n.target()))
                .x();
    }

    @Test
    void aLoopOfARecordRunsUntilItsConditionFails() {
        assertThat(Jit.jit(TestControl::squareRoot).call(Tensor.scalar(2.0)).item())
                .isCloseTo(Math.sqrt(2), within(1e-9));
    }

    @Test
    void aMappedLoopRunsEachRowUntilItsOwnConditionFails() {
        double[] roots = Jit.vmap(TestControl::squareRoot, 0)
                .apply(Tensor.of(2.0, 9.0, 1e6))
                .toDoubles();
        assertThat(roots).containsExactly(new double[] {Math.sqrt(2), 3, 1000}, within(1e-6));
    }

    @Test
    void aCountedLoopSeesItsCounterAndWhatIsAroundIt() {
        Tensor base = Tensor.scalar(3f);
        Tensor out = Control.fori(
                1, 5, Tensor.scalar(0f), (i, sum) -> sum.plus(i.toF32().times(base)));
        assertThat(out.item()).isEqualTo(30);
    }

    @Test
    void aLoopHasNoReverseModeDerivativeAndSaysWhatToDo() {
        KilnException e = catchThrowableOfType(
                KilnException.class, () -> Jit.grad(TestControl::squareRoot).apply(Tensor.scalar(2.0)));
        assertThat(e.problem()).contains("a while loop has no reverse-mode derivative");
        assertThat(e.fix()).contains("use Control.scan, or Control.fori with Java ints as bounds");
    }

    @Test
    void branchesOfDifferentTypesAreNamed() {
        Tensor x = Tensor.of(1f, 2f);
        KilnException e = catchThrowableOfType(
                KilnException.class, () -> Control.cond(Tensor.scalar(true), () -> x, () -> x.sum()));
        assertThat(e.problem())
                .contains(
                        "all branches must return the same types, but result is f32[] in branch 0 and f32[2] in branch"
                                + " 1");
    }

    @Test
    void anArrayIsNoCondition() {
        KilnException e = catchThrowableOfType(
                KilnException.class,
                () -> Control.cond(Tensor.of(true, false), () -> Tensor.scalar(1f), () -> Tensor.scalar(2f)));
        assertThat(e.problem()).contains("cond: the condition must be bool[], got bool[2]");
        assertThat(e.fix()).contains("Tensor.where");
    }

    @Test
    void theCarryKeepsItsType() {
        KilnException e = catchThrowableOfType(
                KilnException.class,
                () -> Control.whileLoop(Tensor.scalar(1f), x -> x.lessThan(3), x -> x.convert(DType.F64)));
        assertThat(e.problem())
                .contains("while: the carry must keep its type, but carry is f32[] before a step and f64[] after it");
        assertThat(e.fix())
                .contains("convert it in the step: .convert(DType.F32)")
                .contains("KILN-T030");
    }
}
