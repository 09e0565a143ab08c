package io.kiln.jit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.kiln.core.DType;
import io.kiln.core.Program;
import io.kiln.core.Scan;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.error.KilnException;
import io.kiln.jit.Control.Step;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Scans, counted loops, maps and associative scans, against loops in plain Java and against differences. */
class TestScan {
    record Cell(Tensor h, Tensor count) {}

    record Input(Tensor x, Tensor gate) {}

    private static final Input INPUT = new Input(Tensor.of(0.5, -1.0, 2.0, 0.25), Tensor.of(true, false, true, true));

    private static Step<Cell, Map<String, Tensor>> step(Cell c, Input in, Tensor w) {
        Tensor h = Tensor.where(in.gate(), c.h().times(w).plus(in.x()).tanh(), c.h());
        return new Step<>(new Cell(h, c.count().plus(in.gate().toI32())), Map.of("h", h, "before", c.h()));
    }

    private static double plain(double w, double h, boolean reverse, double[] hs) {
        double[] x = INPUT.x().toDoubles();
        boolean[] gate = INPUT.gate().value().toBooleans();
        for (int k = 0; k < x.length; k++) {
            int i = reverse ? x.length - 1 - k : k;
            h = gate[i] ? Math.tanh(h * w + x[i]) : h;
            hs[i] = h;
        }
        return h;
    }

    @Test
    void aScanOfPytreesIsALoopInEitherOrderAndUnrolled() {
        for (ScanOptions options : List.of(
                ScanOptions.DEFAULT,
                ScanOptions.DEFAULT.reversed(),
                ScanOptions.DEFAULT.withUnroll(3),
                ScanOptions.DEFAULT.reversed().withUnroll(9).withLength(4))) {
            double[] hs = new double[4];
            double last = plain(0.7, 0.3, options.reverse(), hs);
            F1<Tensor, Step<Cell, Map<String, Tensor>>> f = w -> Control.scan(
                    (c, in) -> step(c, in, w), new Cell(Tensor.scalar(0.3), Tensor.scalar(0)), INPUT, options);
            Step<Cell, Map<String, Tensor>> compiled = Jit.jit(f).call(Tensor.scalar(0.7));
            Step<Cell, Map<String, Tensor>> outside = f.apply(Tensor.scalar(0.7));
            for (Step<Cell, Map<String, Tensor>> got : List.of(compiled, outside)) {
                assertThat(got.carry().h().item()).isCloseTo(last, within(1e-12));
                assertThat(got.carry().count().item()).isEqualTo(3);
                assertThat(got.y().get("h").toDoubles()).containsExactly(hs, within(1e-12));
            }
        }
    }

    /** Without the checkpoint the forward scan also keeps the cosine and the sine of each step. */
    @Test
    void aCheckpointedStepKeepsItsCarryOnly() {
        BiFunction<Tensor, Tensor, Tensor> f = (c, x) -> c.sin().times(x).sin();
        F2<Tensor, Tensor, Tensor> kept = Jit.checkpoint((Tensor c, Tensor x) -> f.apply(c, x));
        F1<Tensor, Tensor> all = a -> Control.scan((Tensor c, Tensor x) -> Step.of(f.apply(c, x)), a, INPUT.x())
                .carry();
        F1<Tensor, Tensor> few = a -> Control.scan((Tensor c, Tensor x) -> Step.of(kept.apply(c, x)), a, INPUT.x())
                .carry();
        assertThat(stackedByGradient(few)).isEqualTo(1);
        assertThat(stackedByGradient(all)).isGreaterThan(1);
        Tensor at = Tensor.scalar(0.4);
        assertThat(Jit.jit(Jit.grad(few)).call(at).item())
                .isCloseTo(Jit.grad(all).apply(at).item(), within(1e-12));
    }

    private static long stackedByGradient(F1<Tensor, Tensor> f) {
        Program gradient = Trace.trace(in -> List.of(Jit.grad(f).apply(in.get(0))), List.of(ShapedArray.of(DType.F64)))
                .program();
        return gradient.equations().stream()
                .filter(eqn -> eqn.primitive() instanceof Scan)
                .findFirst()
                .orElseThrow()
                .outputs()
                .stream()
                .filter(aval -> aval.rank() == 1)
                .count();
    }

    @Test
    void everyDtypeIsCarriedAndStacked() {
        for (DType dtype : DType.values()) {
            Tensor xs = Tensor.ones(dtype, 3).reverse(0);
            F1<Tensor, Step<Tensor, Tensor>> f =
                    x -> Control.scan((Tensor c, Tensor e) -> new Step<>(e, c), Tensor.zeros(dtype), x);
            Step<Tensor, Tensor> compiled = Jit.jit(f).call(xs);
            assertThat(compiled.carry().value())
                    .as("%s", dtype)
                    .isEqualTo(Tensor.ones(dtype).value());
            assertThat(compiled.y().value())
                    .as("%s", dtype)
                    .isEqualTo(Tensor.concatenate(0, Tensor.zeros(dtype, 1), Tensor.ones(dtype, 2))
                            .value());
        }
    }

    private static Tensor objective(Tensor w) {
        return Control.scan((Cell c, Input in) -> step(c, in, w), new Cell(w.sin(), Tensor.scalar(0)), INPUT)
                .y()
                .get("h")
                .sum();
    }

    private static double slope(Function<Tensor, Tensor> f, double at) {
        double d = 1e-5;
        return (f.apply(Tensor.scalar(at + d)).item()
                        - f.apply(Tensor.scalar(at - d)).item())
                / (2 * d);
    }

    @Test
    void itsGradientsOfAnyOrderAgreeWithDifferences() {
        F1<Tensor, Tensor> first = Jit.grad(TestScan::objective);
        F1<Tensor, Tensor> second = Jit.grad(first);
        F1<Tensor, Tensor> third = Jit.grad(second);
        double at = 0.6;
        assertThat(first.apply(Tensor.scalar(at)).item()).isCloseTo(slope(TestScan::objective, at), within(1e-7));
        assertThat(second.apply(Tensor.scalar(at)).item()).isCloseTo(slope(first::apply, at), within(1e-7));
        assertThat(Jit.jit(third).call(Tensor.scalar(at)).item()).isCloseTo(slope(second::apply, at), within(1e-6));
    }

    @Test
    void aBatchOfItsGradientsIsALoopOfThem() {
        F1<Tensor, Tensor> gradient = Jit.grad(TestScan::objective);
        double[] batch =
                Jit.jit(Jit.vmap(gradient, 0)).call(Tensor.of(0.1, 0.6, -1.2)).toDoubles();
        for (int i = 0; i < 3; i++) {
            double at = new double[] {0.1, 0.6, -1.2}[i];
            assertThat(batch[i]).isCloseTo(gradient.apply(Tensor.scalar(at)).item(), within(1e-12));
        }
    }

    @Test
    void aCountedLoopIsDifferentiatedInReverse() {
        // x^5 by repeated products, so its derivative is 5 x^4.
        F1<Tensor, Tensor> power = x -> Control.fori(0, 5, Tensor.scalar(1.0), (i, y) -> y.times(x));
        assertThat(Jit.jit(Jit.grad(power)).call(Tensor.scalar(1.5)).item())
                .isCloseTo(5 * Math.pow(1.5, 4), within(1e-12));
        assertThat(Control.fori(3, 3, Tensor.scalar(7.0), (i, y) -> y.times(2)).item())
                .isEqualTo(7);
        assertThat(Control.fori(3, -3, Tensor.scalar(7.0), (i, y) -> y.times(2)).item())
                .isEqualTo(7);
    }

    @Test
    void boundsThatAreTensorsAreKnownOnlyWhileItRuns() {
        Jitted2<Tensor, Tensor, Tensor> sum =
                Jit.jit((Tensor low, Tensor high) -> Control.fori(low, high, Tensor.scalar(0L), (i, y) -> y.plus(i)));
        assertThat(sum.call(Tensor.scalar(2L), Tensor.scalar(6L)).item()).isEqualTo(2 + 3 + 4 + 5);
        assertThat(sum.call(Tensor.scalar(6L), Tensor.scalar(2L)).item()).isZero();
        KilnException e = catchThrowableOfType(
                KilnException.class,
                () -> Jit.grad((Tensor x) -> Control.fori(Tensor.scalar(0), Tensor.scalar(3), x, (i, y) -> y.times(y)))
                        .apply(Tensor.scalar(2.0)));
        assertThat(e.problem()).contains("a while loop has no reverse-mode derivative");
        assertThat(e.fix()).contains("Control.fori with Java ints as bounds");
    }

    @Test
    void aMapIsALoopWhateverItsBatches() {
        Tensor xs = Tensor.of(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0).reshape(7, 1).plus(Tensor.of(0.0, 0.5));
        Function<Tensor, Map<String, Tensor>> f = x -> Map.of("sum", x.sum(), "square", x.square());
        double[] want = xs.sum(1).toDoubles();
        assertThat(Control.map(f, xs).get("sum").toDoubles()).containsExactly(want);
        for (int batch : new int[] {1, 2, 3, 7, 100}) {
            Map<String, Tensor> got =
                    Jit.jit((Tensor x) -> Control.map(f, x, batch)).call(xs);
            assertThat(got.get("sum").toDoubles()).as("batch of %d", batch).containsExactly(want);
            assertThat(got.get("square").toDoubles())
                    .containsExactly(xs.square().toDoubles());
        }
    }

    record Affine(Tensor scale, Tensor shift) {}

    /** The recurrence y = a y + b by composing its steps, which is associative and does not commute. */
    @Test
    void anAssociativeScanOfStepsIsTheirRecurrence() {
        for (int n : new int[] {0, 1, 2, 3, 4, 5, 8, 13}) {
            double[] a = new double[n];
            double[] b = new double[n];
            double[] want = new double[n];
            double[] back = new double[n];
            for (int i = 0; i < n; i++) {
                a[i] = Math.sin(i + 1);
                b[i] = Math.cos(3 * i);
                want[i] = (i == 0 ? 0 : a[i] * want[i - 1]) + b[i];
            }
            for (int i = n - 1; i >= 0; i--) {
                back[i] = (i == n - 1 ? 0 : a[i] * back[i + 1]) + b[i];
            }
            for (boolean reverse : new boolean[] {false, true}) {
                Affine got = Control.associativeScan(
                        (p, q) -> new Affine(
                                p.scale().times(q.scale()),
                                q.scale().times(p.shift()).plus(q.shift())),
                        new Affine(Tensor.of(a), Tensor.of(b)),
                        0,
                        reverse);
                assertThat(got.shift().toDoubles())
                        .as("%d elements, reverse %s", n, reverse)
                        .containsExactly(reverse ? back : want, within(1e-12));
            }
        }
    }

    @Test
    void anAssociativeScanKeepsSignedZerosAndBooleans() {
        assertThat(Control.associativeScan(Tensor::maximum, Tensor.of(-0.0, -0.0, -0.0))
                        .toDoubles())
                .containsExactly(-0.0, -0.0, -0.0);
        Tensor any = Control.associativeScan(Tensor::or, Tensor.of(false, true, false, false, false));
        assertThat(any.value().toBooleans()).containsExactly(false, true, true, true, true);
    }

    @Test
    void runningMaximaAreNaNFromTheFirstOneOn() {
        Tensor x = Tensor.of(1.0, 3.0, Double.NaN, 2.0, 9.0);
        double nan = Double.NaN;
        assertThat(Jit.jit((Tensor y) -> y.cummax(0)).call(x).toDoubles()).containsExactly(1, 3, nan, nan, nan);
        assertThat(Jit.jit((Tensor y) -> y.cummin(0, true)).call(x).toDoubles()).containsExactly(nan, nan, nan, 2, 9);
    }

    @Test
    void runningLogSumExpHasTheLimitsOfInfinitiesAndTheirSlopes() {
        double inf = Double.POSITIVE_INFINITY;
        Tensor x = Tensor.of(-inf, -inf, 1000.0, 1000.0, inf, 3.0);
        assertThat(x.cumlogsumexp(0).toDoubles())
                .containsExactly(new double[] {-inf, -inf, 1000, 1000 + Math.log(2), inf, inf}, within(1e-12));
        double[] slopes = Jit.grad(
                        (Tensor y) -> y.cumlogsumexp(0).slice(0, 3, 4).sum())
                .apply(x.slice(0, 0, 4))
                .toDoubles();
        assertThat(slopes).containsExactly(new double[] {0, 0, 0.5, 0.5}, within(1e-12));
    }

    @Test
    void aCarryThatChangesNamesItsLeafAndBothTypes() {
        KilnException dtype = catchThrowableOfType(
                KilnException.class,
                () -> Control.scan(
                        (Cell c, Tensor x) -> Step.of(new Cell(c.h().convert(DType.F64), c.count())),
                        new Cell(Tensor.scalar(1f), Tensor.scalar(0)),
                        Tensor.of(1f, 2f)));
        assertThat(dtype.problem())
                .contains("scan: the carry must keep its type, but carry.h is f32[] before a step and f64[] after it");
        assertThat(dtype.fix())
                .contains("convert it in the step: .convert(DType.F32), or start with .convert(DType.F64)")
                .contains("docs/errors.md#KILN-T030");
        KilnException shape = catchThrowableOfType(
                KilnException.class,
                () -> Control.fori(
                        0,
                        3,
                        List.of(Tensor.scalar(1f)),
                        (i, c) -> List.of(c.get(0).broadcastTo(2))));
        assertThat(shape.problem())
                .contains(
                        "fori: the carry must keep its type, but carry[0] is f32[] before a step and f32[2] after it");
        KilnException structure = catchThrowableOfType(
                KilnException.class,
                () -> Control.scan(
                        (Map<String, Tensor> c, Tensor x) -> Step.of(Map.of("b", x)),
                        Map.of("a", Tensor.scalar(1f)),
                        Tensor.of(1f)));
        assertThat(structure.problem()).contains("scan: the carry after a step.a must be a tensor");
    }

    @Test
    void arraysOfDifferentSizesAreNamed() {
        KilnException sizes = catchThrowableOfType(
                KilnException.class,
                () -> Control.scan(
                        (Tensor c, Input in) -> Step.of(c),
                        Tensor.scalar(1f),
                        new Input(Tensor.of(1f, 2f), Tensor.of(1f, 2f, 3f))));
        assertThat(sizes.problem())
                .contains(
                        "scan: axis 0 of all arrays must have one size, but it is 2 (xs.x is f32[2]) and 3 (xs.gate is"
                                + " f32[3])");
        KilnException scalar =
                catchThrowableOfType(KilnException.class, () -> Control.map((Tensor x) -> x, Tensor.scalar(1f)));
        assertThat(scalar.problem()).contains("map: each array must have an axis 0 to scan over, but xs is f32[]");
        KilnException nothing = catchThrowableOfType(
                KilnException.class,
                () -> Control.scan((Tensor c, List<Tensor> x) -> Step.of(c), Tensor.scalar(1f), List.of()));
        assertThat(nothing.problem()).contains("the number of steps is not known");
        assertThat(nothing.fix()).contains("withLength(n)");
    }
}
