package io.kiln.fft;

import io.kiln.core.DType;
import io.kiln.core.Fft;
import io.kiln.core.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Discrete Fourier transforms as in {@code jnp.fft}. Axes count from 0, or from -1 (the last) backwards. Operands are c64 or
 * c128, or f32 or f64, which count as complex; results of {@code irfft} are as many as 2 (n - 1) for n elements where no
 * number is given. Other dtypes are an error (KILN-T004), and so are axes of no elements (KILN-T003). All are differentiable.
 */
public final class Fourier {
    private Fourier() {}

    // ---- one axis ----

    /** The discrete Fourier transform along the last axis. */
    public static Tensor fft(Tensor x) {
        return fft(x, -1);
    }

    /** The discrete Fourier transform along {@code axis}. */
    public static Tensor fft(Tensor x, int axis) {
        return new Transform("fft", Fft.Kind.FFT, Norm.BACKWARD).apply(x, null, List.of(axis));
    }

    /** The discrete Fourier transform along {@code axis}, of {@code n} elements: cut off or padded with zeros. */
    public static Tensor fft(Tensor x, int n, int axis, Norm norm) {
        return new Transform("fft", Fft.Kind.FFT, norm).apply(x, List.of(n), List.of(axis));
    }

    /** The inverse of {@code fft} along the last axis. */
    public static Tensor ifft(Tensor x) {
        return ifft(x, -1);
    }

    /** The inverse of {@code fft} along {@code axis}. */
    public static Tensor ifft(Tensor x, int axis) {
        return new Transform("ifft", Fft.Kind.IFFT, Norm.BACKWARD).apply(x, null, List.of(axis));
    }

    /** The inverse of {@code fft} along {@code axis}, of {@code n} elements: cut off or padded with zeros. */
    public static Tensor ifft(Tensor x, int n, int axis, Norm norm) {
        return new Transform("ifft", Fft.Kind.IFFT, norm).apply(x, List.of(n), List.of(axis));
    }

    /** The first n/2 + 1 elements of the transform of real numbers along the last axis. */
    public static Tensor rfft(Tensor x) {
        return rfft(x, -1);
    }

    /** The first n/2 + 1 elements of the transform of real numbers along {@code axis}. */
    public static Tensor rfft(Tensor x, int axis) {
        return new Transform("rfft", Fft.Kind.RFFT, Norm.BACKWARD).apply(x, null, List.of(axis));
    }

    /** The first n/2 + 1 elements of the transform of real numbers along {@code axis}, of {@code n} elements: cut off or padded with zeros. */
    public static Tensor rfft(Tensor x, int n, int axis, Norm norm) {
        return new Transform("rfft", Fft.Kind.RFFT, norm).apply(x, List.of(n), List.of(axis));
    }

    /** The real numbers whose {@code rfft} this is along the last axis. */
    public static Tensor irfft(Tensor x) {
        return irfft(x, -1);
    }

    /** The real numbers whose {@code rfft} this is along {@code axis}. */
    public static Tensor irfft(Tensor x, int axis) {
        return new Transform("irfft", Fft.Kind.IRFFT, Norm.BACKWARD).apply(x, null, List.of(axis));
    }

    /** The real numbers whose {@code rfft} this is along {@code axis}, of {@code n} elements: so many has the result. */
    public static Tensor irfft(Tensor x, int n, int axis, Norm norm) {
        return new Transform("irfft", Fft.Kind.IRFFT, norm).apply(x, List.of(n), List.of(axis));
    }

    /** The real transform of a signal of which {@code x} is the first half, Hermitian in time: real, 2 (n - 1) elements. */
    public static Tensor hfft(Tensor x) {
        return hfft(x, 2 * (x.dim(-1) - 1), -1, Norm.BACKWARD);
    }

    /** {@link #hfft(Tensor)} of {@code n} elements along {@code axis}. */
    public static Tensor hfft(Tensor x, int n, int axis, Norm norm) {
        Tensor conjugate = x.dtype().isComplex() ? x.conj() : x;
        return new Transform("hfft", Fft.Kind.IRFFT, norm.opposite()).apply(conjugate, List.of(n), List.of(axis));
    }

    /** The inverse of {@code hfft}: the first n/2 + 1 elements. */
    public static Tensor ihfft(Tensor x) {
        return ihfft(x, x.dim(-1), -1, Norm.BACKWARD);
    }

    /** {@link #ihfft(Tensor)} of {@code n} elements along {@code axis}. */
    public static Tensor ihfft(Tensor x, int n, int axis, Norm norm) {
        return new Transform("ihfft", Fft.Kind.RFFT, norm.opposite())
                .apply(x, List.of(n), List.of(axis))
                .conj();
    }

    // ---- several axes; of a real transform the last one is halved ----

    /** The discrete Fourier transform over the last two axes. */
    public static Tensor fft2(Tensor x) {
        return new Transform("fft2", Fft.Kind.FFT, Norm.BACKWARD).apply(x, null, List.of(-2, -1));
    }

    /** The discrete Fourier transform over two axes of these sizes ({@code null}: those of the operand). */
    public static Tensor fft2(Tensor x, @Nullable List<Integer> sizes, List<Integer> axes, Norm norm) {
        return new Transform("fft2", Fft.Kind.FFT, norm).apply(x, sizes, axes);
    }

    /** The discrete Fourier transform over axes; none are all of them. */
    public static Tensor fftn(Tensor x, int... axes) {
        return new Transform("fftn", Fft.Kind.FFT, Norm.BACKWARD).apply(x, null, axes(x, axes));
    }

    /** The discrete Fourier transform over axes of these sizes ({@code null}: those of the operand). */
    public static Tensor fftn(Tensor x, @Nullable List<Integer> sizes, List<Integer> axes, Norm norm) {
        return new Transform("fftn", Fft.Kind.FFT, norm).apply(x, sizes, axes);
    }

    /** The inverse of {@code fft} over the last two axes. */
    public static Tensor ifft2(Tensor x) {
        return new Transform("ifft2", Fft.Kind.IFFT, Norm.BACKWARD).apply(x, null, List.of(-2, -1));
    }

    /** The inverse of {@code fft} over two axes of these sizes ({@code null}: those of the operand). */
    public static Tensor ifft2(Tensor x, @Nullable List<Integer> sizes, List<Integer> axes, Norm norm) {
        return new Transform("ifft2", Fft.Kind.IFFT, norm).apply(x, sizes, axes);
    }

    /** The inverse of {@code fft} over axes; none are all of them. */
    public static Tensor ifftn(Tensor x, int... axes) {
        return new Transform("ifftn", Fft.Kind.IFFT, Norm.BACKWARD).apply(x, null, axes(x, axes));
    }

    /** The inverse of {@code fft} over axes of these sizes ({@code null}: those of the operand). */
    public static Tensor ifftn(Tensor x, @Nullable List<Integer> sizes, List<Integer> axes, Norm norm) {
        return new Transform("ifftn", Fft.Kind.IFFT, norm).apply(x, sizes, axes);
    }

    /** The first n/2 + 1 elements of the transform of real numbers over the last two axes. */
    public static Tensor rfft2(Tensor x) {
        return new Transform("rfft2", Fft.Kind.RFFT, Norm.BACKWARD).apply(x, null, List.of(-2, -1));
    }

    /** The first n/2 + 1 elements of the transform of real numbers over two axes of these sizes ({@code null}: those of the operand). */
    public static Tensor rfft2(Tensor x, @Nullable List<Integer> sizes, List<Integer> axes, Norm norm) {
        return new Transform("rfft2", Fft.Kind.RFFT, norm).apply(x, sizes, axes);
    }

    /** The first n/2 + 1 elements of the transform of real numbers over axes; none are all of them. */
    public static Tensor rfftn(Tensor x, int... axes) {
        return new Transform("rfftn", Fft.Kind.RFFT, Norm.BACKWARD).apply(x, null, axes(x, axes));
    }

    /** The first n/2 + 1 elements of the transform of real numbers over axes of these sizes ({@code null}: those of the operand). */
    public static Tensor rfftn(Tensor x, @Nullable List<Integer> sizes, List<Integer> axes, Norm norm) {
        return new Transform("rfftn", Fft.Kind.RFFT, norm).apply(x, sizes, axes);
    }

    /** The real numbers whose {@code rfft} this is over the last two axes. */
    public static Tensor irfft2(Tensor x) {
        return new Transform("irfft2", Fft.Kind.IRFFT, Norm.BACKWARD).apply(x, null, List.of(-2, -1));
    }

    /** The real numbers whose {@code rfft} this is over two axes of these sizes ({@code null}: those of the operand). */
    public static Tensor irfft2(Tensor x, @Nullable List<Integer> sizes, List<Integer> axes, Norm norm) {
        return new Transform("irfft2", Fft.Kind.IRFFT, norm).apply(x, sizes, axes);
    }

    /** The real numbers whose {@code rfft} this is over axes; none are all of them. */
    public static Tensor irfftn(Tensor x, int... axes) {
        return new Transform("irfftn", Fft.Kind.IRFFT, Norm.BACKWARD).apply(x, null, axes(x, axes));
    }

    /** The real numbers whose {@code rfft} this is over axes of these sizes ({@code null}: those of the operand). */
    public static Tensor irfftn(Tensor x, @Nullable List<Integer> sizes, List<Integer> axes, Norm norm) {
        return new Transform("irfftn", Fft.Kind.IRFFT, norm).apply(x, sizes, axes);
    }

    // ---- frequencies and their order ----

    /** The frequencies of the elements of {@code fft} of {@code n} samples {@code d} apart: 0, 1, ..., -2, -1 over n d. */
    public static Tensor fftfreq(DType dtype, int n, double d) {
        int half = (n + 1) / 2;
        return Tensor.of(
                dtype,
                IntStream.range(0, n)
                        .mapToDouble(i -> (i < half ? i : i - n) / (n * d))
                        .toArray());
    }

    /** The frequencies of the elements of {@code rfft} of {@code n} samples {@code d} apart. */
    public static Tensor rfftfreq(DType dtype, int n, double d) {
        return Tensor.of(
                dtype,
                IntStream.rangeClosed(0, n / 2).mapToDouble(i -> i / (n * d)).toArray());
    }

    /** The elements moved along axes (none: all) so that the frequency 0 is in the middle. */
    public static Tensor fftshift(Tensor x, int... axes) {
        Tensor y = x;
        for (int axis : axes(x, axes)) {
            y = rolled(y, axis, y.dim(axis) / 2);
        }
        return y;
    }

    /** The inverse of {@code fftshift}. */
    public static Tensor ifftshift(Tensor x, int... axes) {
        Tensor y = x;
        for (int axis : axes(x, axes)) {
            y = rolled(y, axis, (y.dim(axis) + 1) / 2);
        }
        return y;
    }

    /** The last {@code by} elements before the others. */
    private static Tensor rolled(Tensor x, int axis, int by) {
        int n = x.dim(axis);
        return n == 0 ? x : Tensor.concatenate(axis, x.slice(axis, n - by, n), x.slice(axis, 0, n - by));
    }

    private static List<Integer> axes(Tensor x, int... axes) {
        return axes.length == 0
                ? IntStream.range(0, x.rank()).boxed().toList()
                : IntStream.of(axes).boxed().toList();
    }
}
