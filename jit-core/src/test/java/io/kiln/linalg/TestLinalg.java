package io.kiln.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.Matrices;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import io.kiln.jit.Jit;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Factorizations give back their operand, solutions solve, derivatives are those of differences: all by the plugin. */
@Timeout(300)
class TestLinalg {
    private static final double STEP = 1e-6;

    private static Tensor random(DType dtype, int... dims) {
        Random random = new Random(7);
        return Tensor.of(HostArray.ofDoubles(ShapedArray.of(dtype, dims), i -> random.nextGaussian()));
    }

    private static Tensor matrix(int n, double... rows) {
        return Tensor.of(HostArray.of(rows).reshape(n, rows.length / n));
    }

    private static void near(Tensor got, Tensor want, double tolerance) {
        assertThat(got.aval()).isEqualTo(want.aval());
        assertThat(got.toDoubles()).containsExactly(want.toDoubles(), within(tolerance));
    }

    private static double tolerance(DType dtype, int n) {
        return (dtype == DType.F32 ? 1e-5 : 1e-13) * Math.max(n, 4);
    }

    private static void orthonormal(Tensor columns, double tolerance) {
        Tensor identity = Matrices.eye(columns.dtype(), columns.dim(-1));
        Tensor gram = Matrices.transpose(columns).matmul(columns);
        near(gram, identity.broadcastTo(gram.shape().stream().mapToInt(d -> d).toArray()), tolerance);
    }

    private static void descending(Tensor values, boolean up) {
        double[] all = values.toDoubles();
        int n = values.dim(-1);
        for (int i = 0; i < all.length; i++) {
            if (i % n > 0) {
                assertThat(up ? all[i] - all[i - 1] : all[i - 1] - all[i]).isNotNegative();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"F64,1,1", "F64,4,4", "F32,5,3", "F64,3,5", "F32,33,33", "F64,0,3", "F64,3,0"})
    void luIsThePermutedOperandWithPivotsOfTheLargestMagnitude(DType dtype, int m, int n) {
        Tensor a = random(dtype, 2, m, n);
        Linalg.Lu f = Jit.jit(Linalg::lu).apply(a);
        near(f.p().matmul(f.l()).matmul(f.u()), a, tolerance(dtype, n));
        for (double each : f.l().toDoubles()) {
            assertThat(Math.abs(each)).isLessThanOrEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"F64,1,1", "F64,4,4", "F32,6,3", "F64,3,6", "F32,40,40", "F64,0,2", "F64,2,0"})
    void qrIsOrthonormalTimesUpperTriangular(DType dtype, int m, int n) {
        Tensor a = random(dtype, 2, m, n);
        for (boolean complete : new boolean[] {false, true}) {
            Linalg.Qr f = Jit.jit((Tensor x) -> Linalg.qr(x, complete)).apply(a);
            assertThat(f.q().dim(-1)).isEqualTo(complete ? m : Math.min(m, n));
            near(f.q().matmul(f.r()), a, tolerance(dtype, n));
            orthonormal(f.q(), tolerance(dtype, n));
            near(Matrices.lower(f.r(), -1), Matrices.zeros(f.r()), 0);
        }
    }

    /** LAPACK's dgeqrf gives the first diagonal element the sign that its column's first element has not. */
    @Test
    void qrHasTheSignsOfLapack() {
        Linalg.Qr f = Jit.jit((Tensor x) -> Linalg.qr(x)).apply(matrix(2, 3, 1, 4, 2));
        near(f.r(), matrix(2, -5, -2.2, 0, 0.4), 1e-14);
        near(f.q(), matrix(2, -0.6, -0.8, -0.8, 0.6), 1e-14);
    }

    @ParameterizedTest
    @CsvSource({"F64,1", "F64,2", "F64,5", "F32,6", "F32,48", "F64,47", "F64,0"})
    void eighGivesAscendingEigenvaluesAndOrthonormalVectors(DType dtype, int n) {
        Tensor x = random(dtype, 2, n, n);
        Tensor a = x.plus(Matrices.transpose(x));
        Linalg.Eigh f = Jit.jit(Linalg::eigh).apply(a);
        near(f.v().times(f.w().expandDims(-2)).matmul(Matrices.transpose(f.v())), a, tolerance(dtype, n));
        orthonormal(f.v(), tolerance(dtype, n));
        descending(f.w(), true);
    }

    @ParameterizedTest
    @CsvSource({"F64,1,1", "F64,5,5", "F32,6,4", "F64,4,6", "F32,48,48", "F64,30,47", "F64,0,2", "F64,2,0"})
    void svdGivesDescendingSingularValuesAndOrthonormalVectors(DType dtype, int m, int n) {
        Tensor a = random(dtype, 2, m, n);
        for (boolean full : new boolean[] {false, true}) {
            Linalg.Svd f = Jit.jit((Tensor x) -> Linalg.svd(x, full)).apply(a);
            int k = Math.min(m, n);
            assertThat(f.u().dim(-1)).isEqualTo(full ? m : k);
            assertThat(f.vt().dim(-2)).isEqualTo(full ? n : k);
            near(
                    f.u().slice(-1, 0, k).times(f.s().expandDims(-2)).matmul(f.vt().slice(-2, 0, k)),
                    a,
                    tolerance(dtype, n));
            orthonormal(f.u(), tolerance(dtype, n));
            orthonormal(Matrices.transpose(f.vt()), tolerance(dtype, n));
            descending(f.s(), false);
        }
    }

    @Test
    void singularVectorsOfARankDeficientMatrixAreOrthonormalToo() {
        Tensor x = random(DType.F64, 6, 2);
        Tensor a = x.dot(x.transpose());
        Linalg.Svd f = Jit.jit((Tensor y) -> Linalg.svd(y)).apply(a);
        orthonormal(f.u(), 1e-12);
        orthonormal(f.vt().transpose(), 1e-12);
        assertThat(f.s().slice(0, 2, 6).toDoubles()).containsOnly(new double[4], within(1e-13));
        Linalg.Svd none = Jit.jit((Tensor y) -> Linalg.svd(y)).apply(Tensor.zeros(DType.F64, 3, 3));
        orthonormal(none.u(), 0);
        assertThat(none.s().toDoubles()).containsOnly(0);
    }

    /** The eigenvalues of the second difference matrix are 2 - 2 cos(pi k / (n + 1)). */
    @Test
    void eigenvaluesAreThoseOfAMatrixWithAFormula() {
        int n = 20;
        Tensor index = Matrices.index(n);
        Tensor distance = index.expandDims(-1).minus(index).abs();
        Tensor a = distance.equalTo(0)
                .convert(DType.F64)
                .times(2)
                .minus(distance.equalTo(1).convert(DType.F64));
        double[] want = new double[n];
        for (int k = 0; k < n; k++) {
            want[k] = 2 - 2 * Math.cos(Math.PI * (k + 1) / (n + 1));
        }
        assertThat(Jit.jit(Linalg::eigvalsh).apply(a).toDoubles()).containsExactly(want, within(1e-14));
        assertThat(Jit.jit(Linalg::svdvals).apply(a).reverse(0).toDoubles()).containsExactly(want, within(1e-14));
    }

    /** One-sided Jacobi finds the small singular values of a graded matrix, which eigenvalues of A^T A would lose. */
    @Test
    void smallSingularValuesKeepTheirDigits() {
        Linalg.Qr q = Linalg.qr(random(DType.F64, 4, 4));
        Tensor scale = Tensor.of(1e0, 1e-6, 1e-12, 1e-18);
        double[] s = Jit.jit(Linalg::svdvals).apply(q.q().times(scale)).toDoubles();
        for (int i = 0; i < 4; i++) {
            assertThat(s[i]).isCloseTo(scale.toDoubles()[i], within(1e-13 * scale.toDoubles()[i]));
        }
    }

    @Test
    void hugeAndTinyMatricesDoNotOverflow() {
        Tensor a = random(DType.F32, 3, 3);
        Tensor symmetric = a.plus(a.transpose());
        double[] w = Linalg.eigvalsh(symmetric).toDoubles();
        double[] s = Linalg.svdvals(a).toDoubles();
        for (double by : new double[] {1e30, 1e-25}) {
            double[] scaledW =
                    Jit.jit(Linalg::eigvalsh).apply(symmetric.times(by)).toDoubles();
            double[] scaledS = Jit.jit(Linalg::svdvals).apply(a.times(by)).toDoubles();
            for (int i = 0; i < 3; i++) {
                assertThat(scaledW[i] / by).isCloseTo(w[i], within(1e-5));
                assertThat(scaledS[i] / by).isCloseTo(s[i], within(1e-5));
            }
        }
    }

    @Test
    void matricesThatAreNotFiniteGiveNaNAndEnd() {
        Tensor a = matrix(2, 1, Double.NaN, 2, 3);
        assertThat(Jit.jit(Linalg::eigvalsh).apply(a).toDoubles()).containsOnly(Double.NaN);
        assertThat(Jit.jit(Linalg::svdvals).apply(a).toDoubles()).containsOnly(Double.NaN);
        assertThat(Jit.jit(Linalg::det)
                        .apply(matrix(2, 1, Double.POSITIVE_INFINITY, 0, 0))
                        .toDoubles())
                .containsOnly(Double.NaN);
    }

    @Test
    void solutionsSolve() {
        Tensor a = random(DType.F64, 3, 5, 5);
        Tensor b = random(DType.F64, 5, 2);
        near(a.matmul(Jit.jit(Linalg::solve).apply(a, b)), b.broadcastTo(3, 5, 2), 1e-12);
        Tensor one = a.at(0);
        near(one.dot(Jit.jit(Linalg::solve).apply(one, Tensor.of(1.0, 2, 3, 4, 5))), Tensor.of(1.0, 2, 3, 4, 5), 1e-12);
        near(one.dot(Jit.jit(Linalg::inv).apply(one)), Matrices.eye(DType.F64, 5), 1e-12);
        Tensor definite = one.dot(one.transpose()).plus(Matrices.eye(DType.F64, 5));
        near(
                definite.dot(Jit.jit((Tensor x, Tensor y) -> Linalg.choSolve(Linalg.cholesky(x), y))
                        .apply(definite, b)),
                b,
                1e-12);
        near(
                one.dot(Jit.jit((Tensor x, Tensor y) -> Linalg.luSolve(Linalg.luFactor(x), y))
                        .apply(one, b)),
                b,
                1e-12);
    }

    /** The normal equations: the residual is orthogonal to the columns. */
    @Test
    void leastSquaresLeaveAnOrthogonalResidual() {
        Tensor a = random(DType.F64, 6, 3);
        Tensor b = random(DType.F64, 6);
        Linalg.LeastSquares f =
                Jit.jit((Tensor x, Tensor y) -> Linalg.lstsq(x, y)).apply(a, b);
        Tensor residual = b.minus(a.dot(f.x()));
        near(a.transpose().dot(residual), Tensor.zeros(DType.F64, 3), 1e-13);
        near(f.residuals(), residual.square().sum().reshape(1), 1e-13);
        assertThat(f.rank().item()).isEqualTo(3);
        assertThat(Jit.jit(Linalg::matrixRank).apply(a.dot(a.transpose())).item())
                .isEqualTo(3);
    }

    /** Moore and Penrose's four equations. */
    @Test
    void thePseudoInverseIsThatOfMooreAndPenrose() {
        Tensor x = random(DType.F64, 5, 2);
        Tensor a = x.dot(random(DType.F64, 2, 4));
        Tensor p = Jit.jit((Tensor y) -> Linalg.pinv(y)).apply(a);
        near(a.dot(p).dot(a), a, 1e-12);
        near(p.dot(a).dot(p), p, 1e-12);
        near(a.dot(p).transpose(), a.dot(p), 1e-12);
        near(p.dot(a).transpose(), p.dot(a), 1e-12);
    }

    @Test
    void determinantsArePolynomials() {
        near(Jit.jit(Linalg::det).apply(matrix(2, 1, 2, 3, 4)), Tensor.scalar(-2.0), 1e-14);
        near(Jit.jit(Linalg::det).apply(matrix(3, 2, 0, 1, 1, 3, 2, 1, 1, 1)), Tensor.scalar(0.0), 1e-14);
        // Vandermonde's determinant of 1, 2, 3, 4 is the product of the differences.
        Tensor v = matrix(4, 1, 1, 1, 1, 1, 2, 4, 8, 1, 3, 9, 27, 1, 4, 16, 64);
        near(Jit.jit(Linalg::det).apply(v), Tensor.scalar(12.0), 1e-12);
        Linalg.SlogDet f = Jit.jit(Linalg::slogdet).apply(v.times(-1).slice(0, 0, 4));
        near(f.sign(), Tensor.scalar(1.0), 0);
        near(f.logAbsDet(), Tensor.scalar(Math.log(12)), 1e-13);
        Linalg.SlogDet none = Jit.jit(Linalg::slogdet).apply(Tensor.zeros(DType.F64, 3, 3));
        assertThat(none.sign().item()).isZero();
        assertThat(none.logAbsDet().item()).isEqualTo(Double.NEGATIVE_INFINITY);
    }

    /** The adjugate of diag(1, 2, 3, 0) is diag(0, 0, 0, 6), and that of a matrix of rank 2 is 0. */
    @Test
    void theGradientOfADeterminantIsTheAdjugateOfASingularMatrixToo() {
        Tensor diagonal = Tensor.of(1.0, 2, 3, 0);
        Tensor a = Matrices.withDiagonal(Tensor.zeros(DType.F64, 4, 4), diagonal);
        Tensor want = Matrices.withDiagonal(Tensor.zeros(DType.F64, 4, 4), Tensor.of(0.0, 0, 0, 6));
        near(Jit.jit(Jit.grad((Tensor x) -> Linalg.det(x))).apply(a), want, 1e-14);
        Tensor low = Matrices.withDiagonal(Tensor.zeros(DType.F64, 4, 4), Tensor.of(1.0, 2, 0, 0));
        near(Jit.jit(Jit.grad((Tensor x) -> Linalg.det(x))).apply(low), Tensor.zeros(DType.F64, 4, 4), 0);
    }

    @Test
    void powersAndExponentials() {
        Tensor a = matrix(2, 1, 1, 1, 0);
        near(Jit.jit((Tensor x) -> Linalg.matrixPower(x, 10)).apply(a), matrix(2, 89, 55, 55, 34), 1e-12);
        near(Jit.jit((Tensor x) -> Linalg.matrixPower(x, -1)).apply(a), matrix(2, 0, 1, 1, -1), 1e-15);
        near(Jit.jit((Tensor x) -> Linalg.matrixPower(x, 0)).apply(a), Matrices.eye(DType.F64, 2), 0);
        // A rotation by 10 radians needs squarings.
        Tensor rotation = Jit.jit(Linalg::expm).apply(matrix(2, 0, -10, 10, 0));
        near(rotation, matrix(2, Math.cos(10), -Math.sin(10), Math.sin(10), Math.cos(10)), 1e-13);
        near(Jit.jit(Linalg::expm).apply(Tensor.zeros(DType.F64, 2, 2)), Matrices.eye(DType.F64, 2), 1e-15);
    }

    @Test
    void normsAreTheirDefinitions() {
        Tensor x = Tensor.of(3.0, -4, 0);
        assertThat(Linalg.norm(x).item()).isEqualTo(5);
        assertThat(Linalg.norm(x, 1).item()).isEqualTo(7);
        assertThat(Linalg.norm(x, 0).item()).isEqualTo(2);
        assertThat(Linalg.norm(x, Double.POSITIVE_INFINITY).item()).isEqualTo(4);
        assertThat(Linalg.norm(x, Double.NEGATIVE_INFINITY).item()).isZero();
        assertThat(Linalg.norm(x, 3).item()).isCloseTo(Math.cbrt(91), within(1e-14));
        Tensor a = matrix(2, 1, -2, 3, 4);
        assertThat(Linalg.norm(a, MatrixNorm.FROBENIUS).item()).isCloseTo(Math.sqrt(30), within(1e-14));
        assertThat(Linalg.norm(a, 1).item()).isEqualTo(6);
        assertThat(Linalg.norm(a, -1).item()).isEqualTo(4);
        assertThat(Linalg.norm(a, Double.POSITIVE_INFINITY).item()).isEqualTo(7);
        assertThat(Linalg.norm(a, Double.NEGATIVE_INFINITY).item()).isEqualTo(3);
        // s1^2 + s2^2 = 30 and s1 s2 = |det| = 10.
        double s1 = Math.sqrt(15 + Math.sqrt(125));
        double s2 = Math.sqrt(15 - Math.sqrt(125));
        assertThat(Linalg.norm(a, 2).item()).isCloseTo(s1, within(1e-14));
        assertThat(Linalg.norm(a, -2).item()).isCloseTo(s2, within(1e-14));
        assertThat(Linalg.norm(a, MatrixNorm.NUCLEAR).item()).isCloseTo(s1 + s2, within(1e-14));
        assertThat(Linalg.cond(a).item()).isCloseTo(s1 / s2, within(1e-13));
    }

    @Test
    void aChainOfMatricesIsMultipliedInTheCheapestOrder() {
        Tensor a = random(DType.F64, 2, 30);
        Tensor b = random(DType.F64, 30, 3);
        Tensor v = random(DType.F64, 3);
        near(Linalg.multiDot(a, b, v), a.dot(b).dot(v), 1e-12);
    }

    // ---- derivatives ----

    /** The gradient by reverse mode, the slope by forward mode, and central differences, of a scalar of the function. */
    private static void derivatives(Tensor a, UnaryOperator<Tensor> f) {
        Function<Tensor, Tensor> loss = x -> {
            Tensor y = f.apply(x);
            int n = y.shape().stream().reduce(1, (p, q) -> p * q);
            return y.reshape(n)
                    .times(Tensor.iota(DType.I32, n).convert(DType.F64).plus(1).sin())
                    .sum();
        };
        double[] grad = Jit.jit(Jit.grad(loss::apply)).apply(a).toDoubles();
        Tensor direction =
                random(DType.F64, a.shape().stream().mapToInt(d -> d).toArray()).sin();
        double slope = 0;
        for (int i = 0; i < grad.length; i++) {
            slope += grad[i] * direction.toDoubles()[i];
        }
        double difference = (loss.apply(a.plus(direction.times(STEP))).item()
                        - loss.apply(a.minus(direction.times(STEP))).item())
                / (2 * STEP);
        assertThat(slope).isCloseTo(difference, within(1e-5 * Math.max(1, Math.abs(difference))));
        Tensor forward = Jit.jit((Tensor x, Tensor dx) ->
                        Jit.jvp((Tensor y) -> loss.apply(y), x, dx).tangent())
                .apply(a, direction);
        assertThat(forward.item()).isCloseTo(slope, within(1e-9 * Math.max(1, Math.abs(slope))));
    }

    @Test
    void derivativesAreThoseOfDifferences() {
        Tensor square = random(DType.F64, 4, 4);
        Tensor tall = random(DType.F64, 5, 3);
        Tensor wide = random(DType.F64, 3, 5);
        derivatives(square, x -> Linalg.luFactor(x).lu());
        derivatives(tall, x -> Linalg.luFactor(x).lu());
        derivatives(wide, x -> Linalg.luFactor(x).lu());
        derivatives(tall, x -> Linalg.qr(x).q());
        derivatives(tall, x -> Linalg.qr(x).r());
        derivatives(square, x -> Linalg.eigh(x).w());
        derivatives(square, x -> Linalg.eigh(x).v().square());
        for (Tensor a : List.of(square, tall, wide)) {
            derivatives(a, x -> Linalg.svd(x).s());
            derivatives(a, x -> Linalg.svd(x).u().square());
            derivatives(a, x -> Linalg.svd(x).vt().square());
            derivatives(a, Linalg::pinv);
        }
        derivatives(square, x -> Linalg.solve(x, tall.slice(0, 0, 4)));
        derivatives(tall.slice(0, 0, 4), x -> Linalg.solve(square, x));
        derivatives(square, Linalg::inv);
        derivatives(square, Linalg::det);
        derivatives(square, Linalg::logdet);
        derivatives(square, Linalg::expm);
        derivatives(square, x -> Linalg.cholesky(x.dot(x.transpose())));
        derivatives(
                tall,
                x -> Linalg.lstsq(
                                x,
                                square.slice(0, 0, 1).reshape(4).slice(0, 0, 1).broadcastTo(5))
                        .x());
    }

    @Test
    void derivativesHaveDerivatives() {
        Tensor a = random(DType.F64, 4, 4);
        for (UnaryOperator<Tensor> f : List.<UnaryOperator<Tensor>>of(
                Linalg::inv,
                Linalg::det,
                Linalg::logdet,
                x -> Linalg.eigvalsh(x),
                x -> Linalg.svdvals(x),
                x -> Linalg.qr(x).r().square(),
                Linalg::pinv)) {
            derivatives(
                    a, x -> Jit.grad((Tensor y) -> f.apply(y).square().sum()).apply(x));
        }
    }

    @Test
    void aBatchByVmapIsABatchByLeadingAxes() {
        Tensor a = random(DType.F64, 3, 4, 4);
        near(Jit.jit(Jit.vmap((Tensor x) -> Linalg.inv(x), 0)).apply(a), Linalg.inv(a), 1e-12);
        near(Jit.jit(Jit.vmap((Tensor x) -> Linalg.det(x), 0)).apply(a), Linalg.det(a), 1e-12);
        near(Jit.jit(Jit.vmap((Tensor x) -> Linalg.eigvalsh(x), 0)).apply(a), Linalg.eigvalsh(a), 1e-12);
        near(Jit.jit(Jit.vmap((Tensor x) -> Linalg.svdvals(x), 0)).apply(a), Linalg.svdvals(a), 1e-12);
        near(
                Jit.jit(Jit.vmap(Jit.grad((Tensor x) -> Linalg.logdet(x)), 0)).apply(a),
                Matrices.transpose(Linalg.inv(a)),
                1e-12);
    }

    // ---- errors ----

    @Test
    void operandsThatDoNotFitAreAnErrorThatNamesTheFix() {
        assertThatThrownBy(() -> Linalg.inv(random(DType.F32, 2, 3)))
                .isInstanceOf(KilnException.class)
                .hasMessageContaining("inv: the last two axes must be a square matrix, got f32[2,3]");
        assertThatThrownBy(() -> Linalg.qr(random(DType.F32, 3)))
                .isInstanceOf(KilnException.class)
                .hasMessageContaining(
                        "qr: the operand must have two axes or more, of which the last two are a matrix, got f32[3]");
        assertThatThrownBy(() -> Linalg.eigh(random(DType.BF16, 2, 2)))
                .isInstanceOf(KilnException.class)
                .hasMessageContaining("eigh: the operand must be f32 or f64, got bf16[2,2]")
                .hasMessageContaining(".convert(DType.F32)");
        assertThatThrownBy(() -> Linalg.solve(random(DType.F32, 2, 2), random(DType.F32, 3)))
                .isInstanceOf(KilnException.class)
                .hasMessageContaining(
                        "solve: the right-hand side must be a vector of the matrix's size, or matrices of so"
                                + " many rows, got f32[2,2] and f32[3]");
        assertThatThrownBy(() -> Linalg.solve(random(DType.F32, 2, 2), random(DType.F64, 2)))
                .isInstanceOf(KilnException.class)
                .hasMessageContaining("solve: the operands must have one dtype, got f32[2,2] and f64[2]");
        assertThatThrownBy(() -> Jit.grad((Tensor x) -> Linalg.qr(x).q().sum()).apply(random(DType.F64, 2, 3)))
                .isInstanceOf(KilnException.class)
                .hasMessageContaining("qr of f64[2,3] with Q f64[2,2] has no reverse-mode derivative");
        assertThatThrownBy(() -> Linalg.norm(random(DType.F32, 2, 2), 3))
                .isInstanceOf(KilnException.class)
                .hasMessageContaining("norm: the order of a matrix norm must be 1, -1, 2, -2 or infinite");
    }
}
