package io.kiln.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.kiln.transform.Grad;
import io.kiln.transform.Jvp;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the derivatives of loops and branches keep, run and leave out: seen in the program's text. */
class TestHigherOrder {
    private static final ShapedArray F64 = ShapedArray.of(DType.F64);

    private static List<Equation> of(Program program, Class<? extends Primitive> type) {
        return program.equations().stream()
                .filter(eqn -> type.isInstance(eqn.primitive()))
                .toList();
    }

    /** The sum of the stacked results of a scan of one constant, one carry and xs of five. */
    private static Program objective(Program body) {
        return Replay.program(
                in -> List.of(
                        Trace.bind(new Scan(body, 5, 1, 1, false, 1), in).get(1).sum()),
                List.of(F64, F64, ShapedArray.of(DType.F64, 5)));
    }

    @Test
    void theGradientOfAScanRunsItOnceForwardAndOnceBack() {
        Program p = objective(Replay.program(
                in -> {
                    Tensor next = in.get(1).times(in.get(0)).plus(in.get(2));
                    return List.of(next, next);
                },
                List.of(F64, F64, F64)));
        List<Equation> scans = of(Grad.valueAndGrad(p, List.of(0, 1, 2)), Scan.class);
        assertThat(scans).hasSize(2);
        assertThat(((Scan) scans.get(0).primitive()).reverse()).isFalse();
        assertThat(((Scan) scans.get(1).primitive()).reverse()).isTrue();
        // Forward: the next carry, y, and one residual: the carry that the factor is multiplied with.
        assertThat(scans.get(0).outputs()).map(ShapedArray::toString).containsExactly("f64[]", "f64[5]", "f64[5]");
    }

    @Test
    void scannedArraysAndResultsAreNotStackedASecondTime() {
        Program p = objective(Replay.program(
                in -> {
                    Tensor y = in.get(2).times(in.get(0)).exp();
                    return List.of(in.get(1).plus(in.get(2)), y);
                },
                List.of(F64, F64, F64)));
        List<Equation> scans = of(Grad.valueAndGrad(p, List.of(0, 2)), Scan.class);
        // The derivative of exp reads y, that of the product reads x: both are there.
        assertThat(scans.get(0).outputs()).map(ShapedArray::toString).containsExactly("f64[5]");
    }

    @Test
    void whatDependsOnConstantsOnlyIsKeptOnceAndNotForEachStep() {
        Program p = objective(Replay.program(
                in -> {
                    Tensor next = in.get(1).times(in.get(0).exp().sin());
                    return List.of(next, next);
                },
                List.of(F64, F64, F64)));
        List<Equation> scans = of(Grad.valueAndGrad(p, List.of(1)), Scan.class);
        assertThat(scans.get(0).outputs()).map(ShapedArray::toString).containsExactly("f64[]", "f64[5]");
        // Back: the slope, the cotangent of the carry, and those of the results.
        assertThat(scans.get(1).inputs()).map(ShapedArray::toString).containsExactly("f64[]", "f64[]", "f64[5]");
    }

    @Test
    void anIntegerCarryHasNoCotangent() {
        Scan scan = ControlCases.recurrence(5, false, 1);
        Program p = Replay.program(
                in -> List.of(Trace.bind(scan, in).get(1)),
                List.of(F64, ShapedArray.of(DType.I32), F64, ShapedArray.of(DType.F64, 5)));
        Equation back = of(Grad.valueAndGrad(p, List.of(0, 2, 3)), Scan.class).get(1);
        assertThat(((Scan) back.primitive()).carry()).isEqualTo(2);
    }

    @Test
    void theTangentOfALoopRunsTheLoopOnce() {
        Program p = Replay.program(
                in -> Trace.bind(ControlCases.power(), in), List.of(F64, F64, ShapedArray.of(DType.I32), F64));
        assertThat(of(Jvp.jvp(p), While.class)).hasSize(1);
        assertThat(of(Jvp.jvp(objective(p(0.5))), Scan.class)).hasSize(1);
    }

    private static Program p(double by) {
        return Replay.program(
                in -> List.of(in.get(1).times(by).plus(in.get(0)), in.get(1).sin()), List.of(F64, F64, F64));
    }

    @Test
    void theGradientOfABranchKeepsWhatItNeedsAndRunsNothingAgain() {
        ShapedArray vector = ShapedArray.of(DType.F64, 3);
        Program tanh = Replay.program(in -> List.of(in.get(0).exp().tanh().sum()), List.of(vector));
        Program sine = Replay.program(in -> List.of(in.get(0).sin().sum()), List.of(vector));
        Program p = Replay.program(
                in -> Trace.bind(new Cond(List.of(tanh, sine)), in), List.of(ShapedArray.of(DType.I32), vector));
        List<Equation> conds = of(Grad.valueAndGrad(p, List.of(1)), Cond.class);
        assertThat(conds).hasSize(2);
        String back = conds.get(1).primitive().params().toString();
        assertThat(back).doesNotContain("= tanh").doesNotContain("= exp").doesNotContain("= sin");
        assertThat(conds.get(0).primitive().params().toString())
                .contains("= tanh")
                .contains("= exp");
    }

    @Test
    void resultsOfALoopThatNobodyReadsAreLeftOut() {
        Program p = Replay.program(
                in -> List.of(
                        Trace.bind(ControlCases.recurrence(5, false, 1), in).get(1)),
                List.of(F64, ShapedArray.of(DType.I32), F64, ShapedArray.of(DType.F64, 5)));
        Program smaller = DeadCode.drop(p);
        ProgramChecker.check(smaller);
        assertThat(of(smaller, Scan.class).get(0).outputs())
                .map(ShapedArray::toString)
                .containsExactly("f64[]");
        assertThat(of(smaller, Scan.class).get(0).ins()).hasSize(3);
        List<HostArray> args = List.of(
                HostArray.scalar(1.5), HostArray.scalar(0), HostArray.scalar(0.5), HostArray.of(1.0, 2, 3, 4, 5));
        assertThat(Interpreter.run(smaller, args)).isEqualTo(Interpreter.run(p, args));
    }

    @Test
    void aScanIsDifferentiatedToAnyOrder() {
        Program body = Replay.program(
                in -> {
                    Tensor next = in.get(1).times(in.get(0));
                    return List.of(next, next);
                },
                List.of(F64, F64, F64));
        // The fifth power.
        Program p = Replay.program(
                in -> List.of(Trace.bind(
                                new Scan(body, 5, 1, 1, false, 1),
                                List.of(
                                        in.get(0),
                                        Lax.scalar(DType.F64, 1),
                                        Tensor.of(HostArray.zeros(F64)).broadcastTo(5)))
                        .get(0)),
                List.of(F64));
        double a = 1.3;
        double expected = Math.pow(a, 5);
        for (int order = 1; order <= 4; order++) {
            Program both = Grad.valueAndGrad(p, List.of(0));
            ProgramChecker.check(both);
            p = DeadCode.keep(both, List.of(false, true));
            expected = expected * (6 - order) / a;
            double got = Interpreter.run(p, List.of(HostArray.scalar(a))).get(0).doubleAt(0);
            assertThat(got).isCloseTo(expected, within(1e-9 * expected));
        }
    }

    @Test
    void aTangentOfALoopIsDividedIntoTheLoopAndTheRest() {
        Program p = Replay.program(
                in -> Trace.bind(ControlCases.power(), in), List.of(F64, F64, ShapedArray.of(DType.I32), F64));
        Program tangent = Jvp.jvp(p);
        List<Boolean> unknown = Indices.range(8).stream().map(i -> i >= 4).toList();
        PartialEval.Split split = PartialEval.split(tangent, unknown);
        ProgramChecker.check(split.known());
        ProgramChecker.check(split.unknown());
        assertThat(split.unknownResults().subList(0, 2)).containsExactly(false, false);
        List<HostArray> args =
                List.of(HostArray.scalar(100.0), HostArray.scalar(3.0), HostArray.scalar(0), HostArray.scalar(2.0));
        List<HostArray> tangents =
                List.of(HostArray.scalar(0.0), HostArray.scalar(0.5), HostArray.scalar(0), HostArray.scalar(-1.0));
        List<Tensor> early = tensors(Interpreter.run(split.known(), args));
        List<Tensor> rest = split.operands(early, tensors(args), tensors(tangents));
        List<HostArray> late = Interpreter.run(
                split.unknown(), rest.stream().map(Tensor::value).toList());
        List<HostArray> both = new ArrayList<>(args);
        both.addAll(tangents);
        assertThat(split.merge(early, tensors(late)).stream().map(Tensor::value).toList())
                .isEqualTo(Interpreter.run(tangent, both));
        // d (x * f^4) = f^4 dx + 4 x f^3 df
        assertThat(late.getLast().doubleAt(0)).isEqualTo(-81 + 4 * 2 * 27 * 0.5);
    }

    private static List<Tensor> tensors(List<HostArray> arrays) {
        return arrays.stream().map(Tensor::of).toList();
    }
}
