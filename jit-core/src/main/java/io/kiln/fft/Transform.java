package io.kiln.fft;

import io.kiln.core.DType;
import io.kiln.core.Fft;
import io.kiln.core.Lax;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.core.TraceErrors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A transform of some kind over any axes: the operand is cut or padded to the sizes, its axes are moved to the end and back,
 * and more than three are transformed three at a time, the last ones first where the operand is real.
 */
record Transform(String name, Fft.Kind kind, Norm norm) {
    private static final int MAX_AXES = 3;

    private boolean inverse() {
        return kind == Fft.Kind.IFFT || kind == Fft.Kind.IRFFT;
    }

    /** {@code sizes}: those of the result along {@code axes}; {@code null}: those that the operand gives. */
    Tensor apply(Tensor operand, @Nullable List<Integer> sizes, List<Integer> axes) {
        Tensor x = converted(operand);
        List<Integer> at = axes.stream().map(a -> axis(a, operand)).toList();
        if (at.isEmpty()) {
            return x;
        }
        if (at.stream().distinct().count() != at.size() || (sizes != null && sizes.size() != at.size())) {
            throw TraceErrors.operands(
                    name,
                    "the axes %s must differ, and have one size each, got %s".formatted(axes, sizes),
                    aval(operand));
        }
        List<Integer> lengths = sizes == null ? lengths(x, at) : sizes;
        if (lengths.stream().anyMatch(n -> n < 1)) {
            throw TraceErrors.operands(
                    name, "there must be 1 element or more to transform, got " + lengths, aval(operand));
        }
        for (int i = 0; i < at.size(); i++) {
            boolean half = kind == Fft.Kind.IRFFT && i == at.size() - 1;
            x = resized(x, at.get(i), half ? lengths.get(i) / 2 + 1 : lengths.get(i));
        }
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < x.rank(); i++) {
            if (!at.contains(i)) {
                order.add(i);
            }
        }
        order.addAll(at);
        Tensor last = last(Lax.transpose(x, order), lengths);
        Integer[] back = new Integer[order.size()];
        for (int i = 0; i < back.length; i++) {
            back[order.get(i)] = i;
        }
        double n = lengths.stream().mapToDouble(d -> d).reduce(1, (a, b) -> a * b);
        double scale = inverse() ? norm.inverse(n) : norm.forward(n);
        Tensor result = Lax.transpose(last, List.of(back));
        return scale == 1 ? result : result.times(scale);
    }

    /** The transform over the last axes. */
    private Tensor last(Tensor x, List<Integer> lengths) {
        int count = lengths.size();
        if (count <= MAX_AXES) {
            return Trace.bind(new Fft(kind, lengths), List.of(x)).get(0);
        }
        List<Integer> inner = lengths.subList(count - MAX_AXES, count);
        List<Integer> outer = lengths.subList(0, count - MAX_AXES);
        // Of a real result the real axis comes last, of a real operand first.
        return kind == Fft.Kind.IRFFT ? inner(outer(x, outer), inner) : outer(inner(x, inner), outer);
    }

    private Tensor inner(Tensor x, List<Integer> lengths) {
        return Trace.bind(new Fft(kind, lengths), List.of(x)).get(0);
    }

    /** The complex transform over the axes before the last three. */
    private Tensor outer(Tensor x, List<Integer> lengths) {
        int end = x.rank() - MAX_AXES;
        List<Integer> axes = new ArrayList<>();
        for (int i = 0; i < lengths.size(); i++) {
            axes.add(end - lengths.size() + i);
        }
        Fft.Kind complex = inverse() ? Fft.Kind.IFFT : Fft.Kind.FFT;
        return new Transform(name, complex, Norm.BACKWARD).apply(x, null, axes);
    }

    private Tensor converted(Tensor x) {
        boolean real = x.dtype() == DType.F32 || x.dtype() == DType.F64;
        if (kind == Fft.Kind.RFFT ? !real : !real && !x.dtype().isComplex()) {
            throw TraceErrors.dtype(name, kind == Fft.Kind.RFFT ? "f32 or f64" : "c64, c128, f32 or f64", x.aval());
        }
        return kind == Fft.Kind.RFFT || x.dtype().isComplex()
                ? x
                : x.convert(x.dtype() == DType.F32 ? DType.C64 : DType.C128);
    }

    private int axis(int axis, Tensor x) {
        if (axis < -x.rank() || axis >= x.rank()) {
            throw TraceErrors.axis(name, axis, x.aval());
        }
        return axis < 0 ? axis + x.rank() : axis;
    }

    private static List<io.kiln.core.ShapedArray> aval(Tensor x) {
        return List.of(x.aval());
    }

    private List<Integer> lengths(Tensor x, List<Integer> axes) {
        List<Integer> lengths = new ArrayList<>(axes.stream().map(x::dim).toList());
        if (kind == Fft.Kind.IRFFT) {
            lengths.set(lengths.size() - 1, 2 * (lengths.getLast() - 1));
        }
        return lengths;
    }

    /** Cut off, or padded with zeros, at the end of an axis. */
    private static Tensor resized(Tensor x, int axis, int size) {
        if (x.dim(axis) >= size) {
            return x.slice(axis, 0, size);
        }
        List<Integer> none = Collections.nCopies(x.rank(), 0);
        List<Integer> high = new ArrayList<>(none);
        high.set(axis, size - x.dim(axis));
        return Lax.pad(x, 0, none, high, none);
    }
}
