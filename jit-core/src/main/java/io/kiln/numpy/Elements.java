package io.kiln.numpy;

import io.kiln.core.DType;
import io.kiln.core.Lax;
import io.kiln.core.Tensor;
import io.kiln.core.TraceErrors;
import java.util.Arrays;
import java.util.List;

/** Functions of single elements: the third part of {@link Np}. */
abstract sealed class Elements extends Margins permits Statistics {
    Elements() {}

    static Tensor isNan(Tensor x) {
        return x.notEqualTo(x);
    }

    static Tensor requireFloat(String operation, Tensor x) {
        if (!x.dtype().isFloat()) {
            throw TraceErrors.dtype(operation, "a float", x.aval());
        }
        return x;
    }

    /** The tensors in the one dtype that holds all of theirs, by {@link DType#promote}. */
    public static List<Tensor> promote(Tensor... tensors) {
        DType dtype = Arrays.stream(tensors).map(Tensor::dtype).reduce(DType.BOOL, DType::promote);
        return Arrays.stream(tensors).map(t -> t.convert(dtype)).toList();
    }

    /** NaN as 0, the infinities as the largest and the smallest finite float. */
    public static Tensor nanToNum(Tensor x) {
        if (!x.dtype().isFloat()) {
            return x;
        }
        double largest = x.dtype().largest();
        return Tensor.where(isNan(x), Lax.like(x, 0), x.minimum(largest).maximum(-largest));
    }

    /** Whether it is positive infinity, as bool. */
    public static Tensor isPosInf(Tensor x) {
        return requireFloat("isPosInf", x).equalTo(Double.POSITIVE_INFINITY);
    }

    /** Whether it is negative infinity, as bool. */
    public static Tensor isNegInf(Tensor x) {
        return requireFloat("isNegInf", x).equalTo(Double.NEGATIVE_INFINITY);
    }

    /** Whether {@code |a - b| <= absolute + relative * |b|}; infinities equal themselves, NaN nothing. */
    public static Tensor isClose(Tensor a, Tensor b, double relative, double absolute) {
        requireFloat("isClose", a);
        Tensor near = a.minus(b).abs().lessOrEqual(b.abs().times(relative).plus(absolute));
        return Tensor.where(a.isFinite().and(b.isFinite()), near, a.equalTo(b));
    }

    /** {@link #isClose(Tensor, Tensor, double, double)} with NumPy's tolerances, 1e-5 and 1e-8. */
    public static Tensor isClose(Tensor a, Tensor b) {
        return isClose(a, b, 1e-5, 1e-8);
    }

    /** Whether all elements are close, as a scalar. */
    public static Tensor allClose(Tensor a, Tensor b) {
        return isClose(a, b).all();
    }

    /** Whether all elements are equal, as a scalar; false where the shapes differ. */
    public static Tensor arrayEqual(Tensor a, Tensor b) {
        return a.shape().equals(b.shape()) ? a.equalTo(b).all() : Tensor.scalar(false);
    }

    /** Not less than {@code low} and not more than {@code high}, which wins where they cross. */
    public static Tensor clip(Tensor x, Tensor low, Tensor high) {
        return x.maximum(low).minimum(high);
    }

    /** Degrees as radians. */
    public static Tensor deg2rad(Tensor x) {
        return requireFloat("deg2rad", x).times(Math.PI / 180);
    }

    /** Radians as degrees. */
    public static Tensor rad2deg(Tensor x) {
        return requireFloat("rad2deg", x).times(180 / Math.PI);
    }

    /** {@code sin(pi x) / (pi x)}, 1 at 0. */
    public static Tensor sinc(Tensor x) {
        Tensor angle = requireFloat("sinc", x).times(Math.PI);
        Tensor zero = angle.equalTo(0);
        // Derivatives take both sides: neither may divide by zero.
        Tensor safe = Tensor.where(zero, Lax.like(x, 1), angle);
        return Tensor.where(
                zero, angle.square().times(-1.0 / 6).plus(1), safe.sin().dividedBy(safe));
    }

    /** The angle of a complex number in radians, from -pi to pi. */
    public static Tensor angle(Tensor x) {
        return x.imag().atan2(x.real());
    }

    /** {@code x * 2^exponent}, of an integer exponent. */
    public static Tensor ldexp(Tensor x, Tensor exponent) {
        Tensor power = exponent.convert(requireFloat("ldexp", x).dtype());
        return x.times(Lax.like(power, 2).pow(power));
    }

    /** The first of {@code choices} whose condition is true, else {@code otherwise}. */
    public static Tensor select(List<Tensor> conditions, List<Tensor> choices, Tensor otherwise) {
        if (conditions.size() != choices.size()) {
            throw TraceErrors.operands(
                    "select",
                    "there must be a choice for each condition, %d are not %d"
                            .formatted(choices.size(), conditions.size()),
                    choices.stream().map(Tensor::aval).toList());
        }
        Tensor result = otherwise;
        for (int i = conditions.size() - 1; i >= 0; i--) {
            result = Tensor.where(conditions.get(i), choices.get(i), result);
        }
        return result;
    }

    /** Each element of the choice whose number {@code index} holds; an index outside takes the nearest choice. */
    public static Tensor choose(Tensor index, List<Tensor> choices) {
        Tensor result = choices.getLast();
        for (int i = choices.size() - 2; i >= 0; i--) {
            result = Tensor.where(index.lessOrEqual(i), choices.get(i), result);
        }
        return result;
    }

    /** The greatest common divisor of the magnitudes of integers, by Euclid's algorithm; that of 0 and 0 is 0. */
    public static Tensor gcd(Tensor a, Tensor b) {
        List<Tensor> both = magnitudes("gcd", a, b);
        return Lax.whileLoop(
                        s -> s.get(1).notEqualTo(0).any(),
                        s -> {
                            Tensor done = s.get(1).equalTo(0);
                            Tensor rest = s.get(0).remainder(Tensor.where(done, Lax.like(s.get(1), 1), s.get(1)));
                            return List.of(Tensor.where(done, s.get(0), s.get(1)), Tensor.where(done, s.get(1), rest));
                        },
                        both)
                .get(0);
    }

    /** The least common multiple of the magnitudes of integers, which wraps; 0 where one is 0. */
    public static Tensor lcm(Tensor a, Tensor b) {
        List<Tensor> both = magnitudes("lcm", a, b);
        // Of 0 and 0 the divisor is 0, and so is the first factor.
        Tensor divisor = gcd(both.get(0), both.get(1)).maximum(1);
        return both.get(0).times(both.get(1).dividedBy(divisor));
    }

    private static List<Tensor> magnitudes(String operation, Tensor a, Tensor b) {
        if (!a.dtype().isInteger()) {
            throw TraceErrors.dtype(operation, "an integer", a.aval());
        }
        return Shaping.broadcastArrays(a, b).stream()
                .map(x -> x.dtype().kind() == DType.Kind.UNSIGNED ? x : x.abs())
                .toList();
    }

    /** Whether both are not zero, as bool. */
    public static Tensor logicalAnd(Tensor a, Tensor b) {
        return truth(a).and(truth(b));
    }

    /** Whether one is not zero, as bool. */
    public static Tensor logicalOr(Tensor a, Tensor b) {
        return truth(a).or(truth(b));
    }

    /** Whether just one is not zero, as bool. */
    public static Tensor logicalXor(Tensor a, Tensor b) {
        return truth(a).xor(truth(b));
    }

    /** Whether it is zero, as bool. */
    public static Tensor logicalNot(Tensor x) {
        return truth(x).not();
    }

    /** Whether it is not zero, as bool. */
    static Tensor truth(Tensor x) {
        return x.dtype() == DType.BOOL ? x : x.notEqualTo(0);
    }
}
