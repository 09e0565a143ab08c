package io.kiln.jobs.cases.numerics;

import io.kiln.core.Tensor;
import io.kiln.fft.Fourier;
import io.kiln.fft.Norm;

/** Fourier transforms. */
final class FourierRows {
    private FourierRows() {}

    static void addTo(Rows rows) {
        rows.unary(Fourier::fft, "fft", "fft_odd", "fft_prime", "fft_real_input");
        rows.unary(x -> Fourier.fft(x, 0), "fft_axis0");
        rows.with((c, in) -> Fourier.fft(in.get(0), length(c), -1, Norm.BACKWARD), "fft_n");
        rows.unary(x -> Fourier.fft(x, x.dim(-1), -1, Norm.ORTHO), "fft_ortho");
        rows.unary(Fourier::ifft, "ifft", "ifft_odd", "ifft_prime");
        rows.unary(Fourier::fft2, "fft2");
        rows.unary(Fourier::ifft2, "ifft2");
        rows.unary(x -> Fourier.fftn(x), "fftn");
        rows.unary(x -> Fourier.ifftn(x), "ifftn");
        rows.family((_, in) -> Fourier.rfft(in.get(0)), "rfft");
        rows.family((c, in) -> real(in.get(0), length(c)), "irfft");
        rows.unary(Fourier::rfft2, "rfft2");
        rows.unary(Fourier::irfft2, "irfft2");
        rows.unary(x -> Fourier.rfftn(x), "rfftn");
        rows.unary(x -> Fourier.irfftn(x), "irfftn");
        rows.unary(Fourier::hfft, "hfft");
        rows.unary(Fourier::ihfft, "ihfft");
        rows.unary(x -> Fourier.fftshift(x), "fftshift");
        rows.unary(x -> Fourier.ifftshift(x), "ifftshift");
        rows.unary(x -> Fourier.fftfreq(x.dtype(), 8, 0.5).times(x), "fftfreq");
        rows.unary(x -> Fourier.rfftfreq(x.dtype(), 8, 0.5).times(x), "rfftfreq");
        rows.unary(x -> Fourier.rfft(x).abs().square(), "power_spectrum");
        rows.unary(x -> Fourier.fft(x).abs(), "fft_abs");
        rows.unary(x -> real(Fourier.rfft(x).times(2), x.dim(-1)), "fft_roundtrip");
        rows.binary((x, y) -> real(Fourier.rfft(x).times(Fourier.rfft(y)), x.dim(-1)), "fft_convolve");
    }

    private static Tensor real(Tensor x, int n) {
        return Fourier.irfft(x, n, -1, Norm.BACKWARD);
    }

    /** The size of the result's last axis. */
    private static int length(NumericsCase c) {
        int[] dims = c.outputDims();
        return dims[dims.length - 1];
    }
}
