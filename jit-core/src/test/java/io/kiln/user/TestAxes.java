package io.kiln.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import io.kiln.jit.Axes;
import io.kiln.jit.Jit;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Where {@code vmap} takes its batch from and puts it. */
class TestAxes {
    private static final Tensor X = Tensor.of(1f, 2f, 3f, 4f, 5f, 6f).reshape(2, 3);

    @Test
    void resultsAreMappedAlongTheAxisThatIsAskedFor() {
        Tensor columns =
                Jit.vmap((Tensor row) -> row.times(2), Axes.in(0).out(1)).apply(X);
        assertThat(columns.shape()).containsExactly(3, 2);
        assertThat(columns.toFloats()).containsExactly(2, 8, 4, 10, 6, 12);
        Tensor last = Jit.vmap((Tensor row) -> row.times(2), Axes.in(0).out(-1)).apply(X);
        assertThat(last.toFloats()).containsExactly(columns.toFloats());
    }

    @Test
    void eachComponentOfAResultMayHaveItsOwnAxis() {
        List<Tensor> out = Jit.vmap(
                        (Tensor row, Tensor shared) -> List.of(row, shared.square(), row.sum()),
                        Axes.in(0, null).out(1, null, 0))
                .apply(X, Tensor.scalar(3f));
        assertThat(out.get(0).shape()).containsExactly(3, 2);
        assertThat(out.get(1).toFloats()).containsExactly(9);
        assertThat(out.get(1).rank()).isZero();
        assertThat(out.get(2).toFloats()).containsExactly(6, 15);
    }

    @Test
    void aResultThatDependsOnTheBatchMustBeMapped() {
        KilnException e = catchThrowableOfType(
                KilnException.class,
                () -> Jit.vmap((Tensor row) -> row, Axes.in(0).out((Integer) null))
                        .apply(X));
        assertThat(e.problem())
                .contains("vmap: result 0 depends on the batch, so it must be mapped along an axis, got null");
        assertThat(e.fix()).contains("docs/errors.md#KILN-T020");
    }

    @Test
    void anAxisBeyondTheResultIsNamed() {
        KilnException e = catchThrowableOfType(
                KilnException.class,
                () -> Jit.vmap((Tensor row) -> row.sum(), Axes.in(0).out(1)).apply(X));
        assertThat(e.problem())
                .contains("result 0 of one element is f32[], so its batch can be along axis 0 to 0, got 1");
    }
}
