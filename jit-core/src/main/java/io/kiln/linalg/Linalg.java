package io.kiln.linalg;

import io.kiln.core.Cholesky;
import io.kiln.core.Matrices;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.core.TriangularSolve;
import java.util.List;

/**
 * Linear algebra on the matrices in the last two axes; leading axes are batches. Functions take f32 and f64 and return what
 * they take; where a matrix is only solved with, c64 and c128 too. All of it is written in the language and runs on every
 * plugin, as one compiled program whose size does not depend on that of the matrices. Derivatives are those of JAX.
 *
 * <p>Operands of other dtypes are an error (KILN-T004), of other shapes too (KILN-T003). Matrices without a result, such as
 * singular ones for {@link #solve}, give infinities or NaN and no error.
 */
public final class Linalg {
    private Linalg() {}

    /** A = P L U: a permutation, unit lower and upper triangular. */
    public record Lu(Tensor p, Tensor l, Tensor u) {}

    /**
     * LU in one matrix: U on and above the diagonal, L below it. {@code pivots}: the row that row k was swapped with at
     * step k; {@code permutation}: the rows of the operand in the order of the product; both i32.
     */
    public record LuFactors(Tensor lu, Tensor pivots, Tensor permutation) {}

    /** A = Q R: orthonormal columns and upper triangular. */
    public record Qr(Tensor q, Tensor r) {}

    /** Ascending eigenvalues, and eigenvectors as columns. */
    public record Eigh(Tensor w, Tensor v) {}

    /** A = U diag(s) V^T: singular values descending, singular vectors as columns of U and rows of V^T. */
    public record Svd(Tensor u, Tensor s, Tensor vt) {}

    /** The sign of a determinant and the logarithm of its magnitude. */
    public record SlogDet(Tensor sign, Tensor logAbsDet) {}

    /** A solution of least squares, the squares of the residuals of each column, the rank (i32) and the singular values. */
    public record LeastSquares(Tensor x, Tensor residuals, Tensor rank, Tensor s) {}

    // ---- factorizations ----

    /**
     * The lower triangular L with A = L L^H. The operand is made symmetric first, (A + A^H)/2, so that its derivative is; a
     * matrix that is not positive definite gives NaN.
     */
    public static Tensor cholesky(Tensor a) {
        Matrix.requireSquare("cholesky", a);
        return Trace.bind(new Cholesky(), List.of(Matrices.hermitian(a))).get(0);
    }

    /** P, L and U of partial pivoting. P carries no derivative. */
    public static Lu lu(Tensor a) {
        return Solutions.lu(a);
    }

    /** LU of partial pivoting in one matrix, for {@link #luSolve}. */
    public static LuFactors luFactor(Tensor a) {
        Matrix.requireMatrix("luFactor", a);
        return Factorizations.lu(a);
    }

    /** Q of size m x min(m, n) and R, with LAPACK's signs. */
    public static Qr qr(Tensor a) {
        return qr(a, false);
    }

    /** {@link #qr(Tensor)}; {@code complete}: Q is square. Differentiable where R is square. */
    public static Qr qr(Tensor a, boolean complete) {
        Matrix.requireReal("qr", a);
        return Factorizations.qr(a, complete);
    }

    /**
     * Eigenvalues and eigenvectors of symmetric matrices. The operand is made symmetric first. Derivatives of eigenvectors
     * need eigenvalues that differ.
     */
    public static Eigh eigh(Tensor a) {
        Matrix.requireSquareReal("eigh", a);
        return Factorizations.eigh(a);
    }

    /** The ascending eigenvalues of symmetric matrices. */
    public static Tensor eigvalsh(Tensor a) {
        Matrix.requireSquareReal("eigvalsh", a);
        return Factorizations.eigh(a).w();
    }

    /**
     * The singular value decomposition with U of size m x min(m, n) and V^T of size min(m, n) x n. Derivatives of singular
     * vectors need singular values that differ.
     */
    public static Svd svd(Tensor a) {
        Matrix.requireReal("svd", a);
        return Factorizations.svd(a);
    }

    /** {@link #svd(Tensor)}; {@code full}: U and V are square, without derivatives. */
    public static Svd svd(Tensor a, boolean full) {
        Matrix.requireReal("svd", a);
        return full ? Factorizations.fullSvd(a) : Factorizations.svd(a);
    }

    /** The singular values, descending. */
    public static Tensor svdvals(Tensor a) {
        Matrix.requireReal("svdvals", a);
        return Factorizations.svd(a).s();
    }

    // ---- solutions ----

    /** X of A X = B; {@code b} is a vector where it has rank 1, else matrices. Leading axes broadcast. */
    public static Tensor solve(Tensor a, Tensor b) {
        return Solutions.solve(a, b);
    }

    /** X of A X = B, given {@link #luFactor} of A. */
    public static Tensor luSolve(LuFactors factors, Tensor b) {
        return Solutions.vectorOr("luSolve", factors.lu(), b, (_, right) -> Solutions.luSolve(factors, right));
    }

    /** X of A X = B, given {@link #cholesky} of A. */
    public static Tensor choSolve(Tensor l, Tensor b) {
        return Solutions.vectorOr("choSolve", l, b, Solutions::choSolve);
    }

    /** X of A X = B for triangular A, of which only the named triangle is read. */
    public static Tensor solveTriangular(Tensor a, Tensor b, boolean lower) {
        return solveTriangular(a, b, lower, TriangularSolve.Op.NO_TRANSPOSE, false);
    }

    /** X of op(A) X = B for triangular A; {@code unitDiagonal}: ones stand on the diagonal, which is not read. */
    public static Tensor solveTriangular(
            Tensor a, Tensor b, boolean lower, TriangularSolve.Op op, boolean unitDiagonal) {
        return Solutions.vectorOr(
                "solveTriangular",
                a,
                b,
                (matrix, right) -> triangularSolve(matrix, right, true, lower, op, unitDiagonal));
    }

    /** X of op(A) X = B, or of X op(A) = B, for matrices with equal leading axes. */
    public static Tensor triangularSolve(
            Tensor a, Tensor b, boolean leftSide, boolean lower, TriangularSolve.Op op, boolean unitDiagonal) {
        return Trace.bind(new TriangularSolve(leftSide, lower, op, unitDiagonal), List.of(a, b))
                .get(0);
    }

    /** The inverse. */
    public static Tensor inv(Tensor a) {
        Matrix.requireSquare("inv", a);
        return Solutions.solve(a, Matrices.eye(a.dtype(), a.dim(-1)));
    }

    /** The pseudo-inverse; singular values up to 10 max(m, n) epsilon times the largest count as zero. */
    public static Tensor pinv(Tensor a) {
        Matrix.requireReal("pinv", a);
        return pinv(a, 10 * Math.max(a.dim(-1), a.dim(-2)) * Matrix.epsilon(a.dtype()));
    }

    /** The pseudo-inverse; singular values up to {@code rtol} times the largest count as zero. */
    public static Tensor pinv(Tensor a, double rtol) {
        Matrix.requireReal("pinv", a);
        return LeastSquaresSolutions.pinv(a, rtol);
    }

    /** The shortest X with the least squares of A X - B, for one matrix and a vector or a matrix. */
    public static LeastSquares lstsq(Tensor a, Tensor b) {
        Matrix.requireReal("lstsq", a);
        return lstsq(a, b, Math.max(a.dim(-1), a.dim(-2)) * Matrix.epsilon(a.dtype()));
    }

    /** {@link #lstsq(Tensor, Tensor)}; singular values below {@code rcond} times the largest count as zero. */
    public static LeastSquares lstsq(Tensor a, Tensor b, double rcond) {
        Matrix.requireReal("lstsq", a);
        return LeastSquaresSolutions.lstsq(a, b, rcond);
    }

    // ---- determinants ----

    /** The determinant. Its derivative is that of the adjugate, so it is finite for singular matrices too. */
    public static Tensor det(Tensor a) {
        Matrix.requireSquare("det", a);
        return Determinants.det(a);
    }

    /** Sign and logarithm of the magnitude of the determinant: 0 and minus infinity where it is 0. */
    public static SlogDet slogdet(Tensor a) {
        Matrix.requireSquareReal("slogdet", a);
        return Determinants.slogdet(a);
    }

    /** The logarithm of the magnitude of the determinant. */
    public static Tensor logdet(Tensor a) {
        return slogdet(a).logAbsDet();
    }

    // ---- powers and products ----

    /** The n-th power by repeated squaring; a negative one is of the inverse, and 0 gives the identity. */
    public static Tensor matrixPower(Tensor a, int n) {
        Matrix.requireSquare("matrixPower", a);
        return Powers.power(a, n);
    }

    /** The exponential of a matrix by scaling, Pade approximation and squaring (Higham 2005). */
    public static Tensor expm(Tensor a) {
        Matrix.requireSquareReal("expm", a);
        return Powers.expm(a);
    }

    /** The product of matrices in the order of fewest multiplications; the first and the last may be vectors. */
    public static Tensor multiDot(Tensor... matrices) {
        return MatrixChain.product(List.of(matrices));
    }

    // ---- norms ----

    /** The square root of the sum of all squared magnitudes. */
    public static Tensor norm(Tensor x) {
        return Norms.euclidean(x);
    }

    /** The norm of order {@code ord} of vectors along one axis. */
    public static Tensor norm(Tensor x, double ord, int axis) {
        return Norms.vector(x, ord, axis);
    }

    /** The norm of order {@code ord} of a vector, or of matrices if the rank is at least 2. */
    public static Tensor norm(Tensor x, double ord) {
        return x.rank() == 1 ? Norms.vector(x, ord, -1) : Norms.matrix(x, MatrixNorm.of(x, ord));
    }

    /** A norm of matrices. */
    public static Tensor norm(Tensor x, MatrixNorm ord) {
        return Norms.matrix(x, ord);
    }

    /** The largest singular value over the smallest one. */
    public static Tensor cond(Tensor a) {
        Tensor s = svdvals(a);
        return s.max(-1).dividedBy(s.min(-1));
    }

    /** The number of singular values above max(m, n) epsilon times the largest one, as i32. */
    public static Tensor matrixRank(Tensor a) {
        Matrix.requireReal("matrixRank", a);
        return LeastSquaresSolutions.rank(a);
    }
}
