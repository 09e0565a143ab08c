package io.kiln.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.commons.numbers.complex.Complex;
import org.jspecify.annotations.Nullable;

/**
 * The discrete Fourier transform over the last one to three axes; leading axes are batches. The inverse transforms divide
 * by the number of elements.
 *
 * @param kind between which numbers, and in which direction
 * @param lengths the sizes of the transformed axes: of the real side where one side is real
 */
public record Fft(Kind kind, List<Integer> lengths) implements Primitive {
    /** Copies the list. */
    public Fft {
        lengths = List.copyOf(lengths);
    }

    /** Between which numbers a transform is, and in which direction. */
    public enum Kind {
        /** Complex to complex, forward: factors exp(-2 pi i j k / n). */
        FFT,
        /** Complex to complex, inverse. */
        IFFT,
        /** Real to complex, forward: the first n/2 + 1 of the last axis, of which the others are conjugates. */
        RFFT,
        /** Complex to real, inverse of {@link #RFFT}. */
        IRFFT
    }

    @Override
    public String mnemonic() {
        return "fft";
    }

    @Override
    public List<Param> params() {
        return List.of(new Param.Word("fft_type", kind.name()), new Param.Ints("fft_lengths", lengths));
    }

    /** The primitive of parameters that were read. */
    static Fft of(String kind, List<Integer> lengths) {
        Kind found = Arrays.stream(Kind.values())
                .filter(k -> k.name().equals(kind))
                .findFirst()
                .orElseThrow(() -> TraceErrors.format("the Fourier transform " + kind + " is not known"));
        return new Fft(found, lengths);
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray x = ins.get(0);
        boolean real = kind == Kind.RFFT;
        if (real ? x.dtype() != DType.F32 && x.dtype() != DType.F64 : !x.dtype().isComplex()) {
            throw TraceErrors.dtype(
                    mnemonic() + " " + kind, real ? "f32 or f64" : "complex (Tensor.complex(re, im): c64 or c128)", x);
        }
        int count = lengths.size();
        if (count < 1 || count > 3 || lengths.stream().anyMatch(n -> n < 1) || x.rank() < count) {
            throw TraceErrors.operands(
                    mnemonic(), "there must be 1 to 3 lengths of 1 or more, and as many axes, got " + lengths, ins);
        }
        List<Integer> given = x.shape().subList(x.rank() - count, x.rank());
        List<Integer> required = kind == Kind.IRFFT ? half() : lengths;
        if (!given.equals(required)) {
            throw TraceErrors.operands(
                    mnemonic(),
                    "the last axes for %s of lengths %s must be %s".formatted(kind, lengths, required),
                    ins);
        }
        List<Integer> shape =
                Indices.concat(x.shape().subList(0, x.rank() - count), kind == Kind.RFFT ? half() : lengths);
        return List.of(
                switch (kind) {
                    case FFT, IFFT -> x;
                    case RFFT -> new ShapedArray(x.dtype() == DType.F32 ? DType.C64 : DType.C128, shape);
                    case IRFFT -> new ShapedArray(x.dtype().real(), shape);
                });
    }

    /** The sizes of the complex side of a real transform. */
    private List<Integer> half() {
        List<Integer> out = new ArrayList<>(lengths);
        out.set(out.size() - 1, lengths.getLast() / 2 + 1);
        return out;
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        return List.of(out.typed("stablehlo.fft", eqn, ins, ", type = %s, length = %s".formatted(kind, lengths)));
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        Tensor t = tangents.get(0);
        return Collections.singletonList(t == null ? null : Trace.bind1(this, t));
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        Tensor ct = cts.get(0);
        if (ct == null) {
            return Collections.singletonList(null);
        }
        return List.of(
                switch (kind) {
                    // The matrix of the transform is symmetric.
                    case FFT, IFFT -> Trace.bind1(this, ct);
                    // The first half of a complex transform of a real operand: pad with zeros, transform, take the
                    // real.
                    case RFFT -> {
                        List<Integer> none = Indices.repeat(ct.rank(), 0);
                        List<Integer> high = new ArrayList<>(none);
                        high.set(ct.rank() - 1, lengths.getLast() - ct.dim(-1));
                        yield Lax.real(Trace.bind1(new Fft(Kind.FFT, lengths), Lax.pad(ct, 0, none, high, none)));
                    }
                    // Every element of the half but the first, and the middle one of an even length, counts twice.
                    case IRFFT -> {
                        Tensor whole = Trace.bind1(new Fft(Kind.RFFT, lengths), ct);
                        Tensor index = Lax.iota(whole.aval().withDType(DType.I32), whole.rank() - 1);
                        Tensor first = Lax.compare(Compare.GT, index, Lax.like(index, 0));
                        int middle = (lengths.getLast() + 1) / 2;
                        Tensor last = Lax.compare(Compare.LT, index, Lax.like(index, middle));
                        double size = lengths.stream().mapToDouble(n -> n).reduce(1, (a, b) -> a * b);
                        Tensor scale = Lax.select(
                                Trace.bind1(Binary.AND, first, last),
                                Lax.like(whole, 2 / size),
                                Lax.like(whole, 1 / size));
                        yield Lax.conj(Lax.mul(whole, scale));
                    }
                });
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        return List.of(Mapped.yes(Trace.bind1(this, ins.get(0).value())));
    }

    /** The sums as they are defined, axis by axis. */
    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray x = ins.get(0);
        ShapedArray to = abstractEval(List.of(x.aval())).get(0);
        int rank = to.rank();
        List<Integer> shape = new ArrayList<>(x.aval().shape());
        Complex[] values = new Complex[Math.toIntExact(x.aval().elements())];
        Arrays.setAll(values, x::complexAt);
        boolean inverse = kind == Kind.IFFT || kind == Kind.IRFFT;
        for (int axis = rank - lengths.size(); axis < rank - 1; axis++) {
            values = along(values, shape, axis, shape.get(axis), shape.get(axis), inverse);
        }
        int n = lengths.getLast();
        if (kind == Kind.IRFFT) {
            values = whole(values, n);
            shape.set(rank - 1, n);
        }
        Complex[] out = along(values, shape, rank - 1, n, to.dim(rank - 1), inverse);
        return List.of(
                to.dtype().isComplex()
                        ? HostArray.ofComplex(to, i -> out[i])
                        : HostArray.ofDoubles(to, i -> out[i].getReal()));
    }

    /** The first {@code kept} elements of the transform along one axis of size {@code n}. */
    private static Complex[] along(Complex[] in, List<Integer> shape, int axis, int n, int kept, boolean inverse) {
        int inner = shape.subList(axis + 1, shape.size()).stream().reduce(1, (a, b) -> a * b);
        Complex[] factors = new Complex[n];
        for (int k = 0; k < n; k++) {
            double angle = 2 * Math.PI * k / n;
            factors[k] = Complex.ofCartesian(Math.cos(angle), inverse ? Math.sin(angle) : -Math.sin(angle));
        }
        Complex[] out = new Complex[in.length / n * kept];
        for (int i = 0; i < out.length; i++) {
            int k = i / inner % kept;
            int from = i / (inner * kept) * inner * n + i % inner;
            Complex sum = Complex.ZERO;
            for (int j = 0; j < n; j++) {
                sum = sum.add(in[from + j * inner].multiply(factors[(int) ((long) j * k % n)]));
            }
            out[i] = inverse ? sum.divide(n) : sum;
        }
        return out;
    }

    /** Rows of {@code n/2 + 1} elements completed to {@code n} by conjugates; the ends count as real. */
    private static Complex[] whole(Complex[] in, int n) {
        int half = n / 2 + 1;
        Complex[] out = new Complex[in.length / half * n];
        for (int i = 0; i < out.length; i++) {
            int row = i / n * half;
            int k = i % n;
            boolean end = k == 0 || 2 * k == n;
            Complex v = in[row + Math.min(k, n - k)];
            out[i] = end ? Complex.ofCartesian(v.getReal(), 0) : k < half ? v : v.conj();
        }
        return out;
    }
}
