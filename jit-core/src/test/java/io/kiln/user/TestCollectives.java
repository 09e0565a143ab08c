package io.kiln.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.kiln.core.DType;
import io.kiln.core.Program;
import io.kiln.core.ProgramFormat;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.error.KilnException;
import io.kiln.jit.Axes;
import io.kiln.jit.Collectives;
import io.kiln.jit.Control;
import io.kiln.jit.F1;
import io.kiln.jit.Jit;
import io.kiln.jit.Jitted1;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Operations over the batch that a {@code vmap} names. */
class TestCollectives {
    private static final Tensor X = Tensor.of(1.0, 5.0, 2.0, 5.0);
    private static final Axes ROWS = Axes.in(0).named("i");

    private static double[] mapped(F1<Tensor, Tensor> f) {
        double[] inJava = Jit.vmap(f, ROWS).apply(X).toDoubles();
        assertThat(Jit.jit(Jit.vmap(f, ROWS)).call(X).toDoubles()).containsExactly(inJava, within(1e-12));
        return inJava;
    }

    @Test
    void eachElementSeesTheSumMeanExtremaPositionAndSize() {
        assertThat(mapped(x -> x.dividedBy(Collectives.psum(x, "i"))))
                .containsExactly(new double[] {1 / 13.0, 5 / 13.0, 2 / 13.0, 5 / 13.0}, within(1e-15));
        assertThat(mapped(x -> Collectives.pmean(x, "i"))).containsExactly(3.25, 3.25, 3.25, 3.25);
        assertThat(mapped(x -> Collectives.pmax(x, "i").minus(x))).containsExactly(4, 0, 3, 0);
        assertThat(mapped(x -> Collectives.pmin(x, "i"))).containsExactly(1, 1, 1, 1);
        assertThat(mapped(x -> Collectives.axisIndex("i").convert(DType.F64).times(x)))
                .containsExactly(0, 5, 4, 15);
        assertThat(mapped(x -> Collectives.axisSize("i").convert(DType.F64))).containsExactly(4, 4, 4, 4);
    }

    @Test
    void aResultThatIsTheSameForAllNeedsNoAxis() {
        Tensor sum = Jit.vmap((Tensor x) -> Collectives.psum(x, "i"), ROWS.out((Integer) null))
                .apply(X);
        assertThat(sum.rank()).isZero();
        assertThat(sum.item()).isEqualTo(13);
    }

    @Test
    void theDerivativeOfASumReachesAllElements() {
        // The sum over i of (sum over j of x_j)^2 has the derivative 2 n sum(x) in each.
        F1<Tensor, Tensor> f =
                rows -> Jit.vmap((Tensor x) -> Collectives.psum(x, "i").square(), ROWS)
                        .apply(rows)
                        .sum();
        assertThat(Jit.grad(f).apply(X).toDoubles()).containsExactly(104, 104, 104, 104);
        // Inside the map each element differentiates its own result, and the cotangents are summed.
        assertThat(mapped(Jit.grad(x -> Collectives.psum(x, "i").square()))).containsExactly(104, 104, 104, 104);
    }

    @Test
    void theDerivativeOfAMaximumIsSharedByThoseThatHaveIt() {
        F1<Tensor, Tensor> f = rows -> Jit.vmap((Tensor x) -> Collectives.pmax(x, "i"), ROWS.out((Integer) null))
                .apply(rows);
        assertThat(Jit.grad(f).apply(X).toDoubles()).containsExactly(0, 0.5, 0, 0.5);
        double[] inside = mapped(Jit.grad(x -> Collectives.pmax(x, "i")));
        assertThat(inside).containsExactly(0, 2, 0, 2);
        assertThat(Jit.jvp(f, X, Tensor.of(1.0, 1.0, 1.0, 3.0)).tangent().item())
                .isEqualTo(2);
    }

    @Test
    void aNameReachesThroughCallsLoopsBranchesAndInnerMaps() {
        Jitted1<Tensor, Tensor> share = Jit.jit((Tensor x) -> x.dividedBy(Collectives.psum(x, "i")));
        assertThat(mapped(share)).containsExactly(new double[] {1 / 13.0, 5 / 13.0, 2 / 13.0, 5 / 13.0}, within(1e-15));
        assertThat(mapped(x -> Control.fori(0, 2, x, (k, y) -> Collectives.psum(y, "i"))))
                .containsExactly(52, 52, 52, 52);
        assertThat(mapped(x -> Control.cond(
                        Collectives.psum(x, "i").greaterThan(3),
                        () -> Collectives.axisSize("i").convert(DType.F64),
                        () -> x)))
                .containsExactly(4, 4, 4, 4);
        F1<Tensor, Tensor> table = x -> Jit.vmap(
                        (Tensor y) -> Collectives.psum(y.times(x), "j").plus(Collectives.psum(x, "i")),
                        Axes.in(0).named("j").out((Integer) null))
                .apply(Tensor.of(1.0, 2.0));
        assertThat(mapped(table)).containsExactly(16, 28, 19, 28);
    }

    @Test
    void aNameThatNoMapGivesIsAnErrorThatNamesIt() {
        Jitted1<Tensor, Tensor> f = Jit.jit((Tensor x) -> Collectives.psum(x, "batch"));
        for (KilnException e : List.of(
                catchThrowableOfType(KilnException.class, () -> f.call(X)),
                catchThrowableOfType(KilnException.class, () -> Collectives.psum(X, "batch")),
                catchThrowableOfType(
                        KilnException.class,
                        () -> Jit.jit(Jit.vmap((Tensor x) -> Collectives.psum(x, "batch"), ROWS))
                                .call(X)))) {
            assertThat(e.problem())
                    .contains("psum: a batch axis named batch must be around it, but no vmap gives that name");
            assertThat(e.fix()).contains("Axes.in(0).named(\"batch\")").contains("docs/errors.md#KILN-T022");
        }
    }

    @Test
    void programsWithCollectivesPrintAndSurviveTheirBinaryForm() {
        Program program = Trace.trace(
                        in -> List.of(
                                Collectives.psum(in.get(0), "i"),
                                Collectives.pmax(in.get(0), "i"),
                                Collectives.pmin(in.get(0), "j"),
                                Collectives.axisIndex("i")),
                        List.of(ShapedArray.of(DType.F32)))
                .program();
        assertThat(program).hasToString("""
            { lambda ; a:f32[]. let
                b:f32[] = psum[axis_name=i] a
                c:f32[] = pmax[axis_name=i] a
                d:f32[] = pmin[axis_name=j] a
                e:i32[] = axis_index[axis_name=i]
              in (b, c, d, e) }\
            """);
        assertThat(ProgramFormat.read(ProgramFormat.write(program))).isEqualTo(program);
    }
}
