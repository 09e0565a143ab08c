package io.kiln.random;

import io.kiln.core.Atom;
import io.kiln.core.DType;
import io.kiln.core.Lax;
import io.kiln.core.Tensor;
import io.kiln.core.TraceErrors;
import io.kiln.error.KilnException;
import io.kiln.numpy.Np;
import java.util.List;

/** Bits, uniform and normal numbers, integers: the first part of {@link Random}. */
abstract sealed class Draws permits Distributions {
    Draws() {}

    /** Random bits as unsigned integers, u8 to u64. */
    public static Tensor bits(Key key, DType dtype, int... dims) {
        if (dtype.kind() != DType.Kind.UNSIGNED) {
            throw wrongDtype("bits", "an unsigned integer type", dtype, "name DType.U8, U16, U32 or U64");
        }
        Threefry.Words words = Threefry.hash(key, Threefry.counters(dims));
        if (dtype == DType.U64) {
            return words.high().convert(DType.U64).shiftLeft(32).or(words.low().convert(DType.U64));
        }
        return words.high().xor(words.low()).convert(dtype);
    }

    /** Uniform floats from 0 up to but not including 1. */
    public static Tensor uniform(Key key, DType dtype, int... dims) {
        requireFloat("uniform", dtype);
        DType unsigned = dtype.unsigned();
        // JAX draws a byte for a bf16, whose fraction has 7 bits.
        DType drawn = dtype.fractionBits() < 8 ? DType.U8 : unsigned;
        Tensor fraction =
                bits(key, drawn, dims).convert(unsigned).shiftRightLogical(drawn.bits() - dtype.fractionBits());
        // Random fraction bits under the exponent of 1 give [1, 2).
        long one = Atom.Literal.of(dtype, 1.0).bits();
        Tensor bits = fraction.or(Tensor.scalar(unsigned, one));
        return Lax.bitcast(bits, dtype).minus(1);
    }

    /** Uniform floats from {@code low} up to but not including {@code high}; rounding may reach {@code high}. */
    public static Tensor uniformBetween(Key key, DType dtype, double low, double high, int... dims) {
        requireFloat("uniform", dtype);
        return uniformBetween(key, dtype, Tensor.scalar(dtype, low), Tensor.scalar(dtype, high), dims);
    }

    /** Uniform floats from {@code low} up to but not including {@code high}, which broadcast to the result. */
    public static Tensor uniformBetween(Key key, DType dtype, Tensor low, Tensor high, int... dims) {
        Tensor unit = uniform(key, dtype, dims);
        return unit.times(high.minus(low)).plus(low).maximum(low);
    }

    /** Numbers of the standard normal distribution: floats, or complex ones of variance 1. */
    public static Tensor normal(Key key, DType dtype, int... dims) {
        if (dtype.isComplex()) {
            List<Key> keys = key.split(2);
            Tensor real = normal(keys.get(0), dtype.real(), dims);
            Tensor imaginary = normal(keys.get(1), dtype.real(), dims);
            return Tensor.complex(real, imaginary).dividedBy(Math.sqrt(2));
        }
        requireFloat("normal", dtype);
        // The next float after -1 toward 0: -1 itself would give minus infinity.
        double low = -1 + dtype.epsilon() / 2;
        return uniformBetween(key, dtype, low, 1, dims).erfInv().times(Math.sqrt(2));
    }

    /** Numbers of the standard normal distribution within {@code lower} and {@code upper}, which broadcast to the result. */
    public static Tensor truncatedNormal(Key key, Tensor lower, Tensor upper, int... dims) {
        DType dtype = lower.dtype();
        requireFloat("truncatedNormal", dtype);
        Tensor low = lower.dividedBy(Math.sqrt(2)).erf();
        Tensor high = upper.dividedBy(Math.sqrt(2)).erf();
        Tensor u = uniformBetween(key, dtype, low, high, shape(dims, lower, upper));
        Tensor x = u.erfInv().times(Math.sqrt(2));
        Tensor least = lower.stopGradient().nextAfter(Tensor.scalar(dtype, Double.POSITIVE_INFINITY));
        Tensor most = upper.stopGradient().nextAfter(Tensor.scalar(dtype, Double.NEGATIVE_INFINITY));
        return x.maximum(least).minimum(most);
    }

    /** {@link #truncatedNormal(Key, Tensor, Tensor, int...)} between two numbers. */
    public static Tensor truncatedNormal(Key key, DType dtype, double lower, double upper, int... dims) {
        return truncatedNormal(key, Tensor.scalar(dtype, lower), Tensor.scalar(dtype, upper), dims);
    }

    /** true with probability {@code p}, of 24 random bits. */
    public static Tensor bernoulli(Key key, float p, int... dims) {
        return bernoulli(key, Tensor.scalar(p), dims);
    }

    /** true with probability {@code p}, of 53 random bits. */
    public static Tensor bernoulli(Key key, double p, int... dims) {
        return bernoulli(key, Tensor.scalar(p), dims);
    }

    /** true with probability {@code p}, floats that broadcast to the result; without dimensions it has the shape of p. */
    public static Tensor bernoulli(Key key, Tensor p, int... dims) {
        requireFloat("bernoulli", p.dtype());
        return uniform(key, p.dtype(), shape(dims, p)).lessThan(p);
    }

    /** -1 or 1 with one probability, in any numeric dtype but the unsigned ones. */
    public static Tensor rademacher(Key key, DType dtype, int... dims) {
        return bernoulli(key, 0.5, dims).convert(dtype).times(2).minus(1);
    }

    /** Integers from {@code low} to {@code high - 1}; {@code low} alone where there are none. */
    public static Tensor randint(Key key, DType dtype, long low, long high, int... dims) {
        requireInteger(dtype);
        boolean beyond = dtype != DType.U64 && high > dtype.maxValue();
        long from = clip(low, dtype);
        DType sampled = sampled(dtype);
        // Of 8 and 16 bits, the sampled type has a place for the number after the largest one.
        long to = beyond && sampled != dtype ? dtype.maxValue() + 1 : clip(high, dtype);
        long span = to <= from ? 1 : beyond && sampled == dtype ? to - from + 1 : to - from;
        Tensor offset = span << (64 - sampled.bits()) == 0
                ? bits(key.split(2).get(1), sampled.unsigned(), dims).convert(sampled)
                : below(key, Tensor.scalar(sampled.unsigned(), span), sampled, dims);
        return Tensor.scalar(sampled, from).plus(offset).convert(dtype);
    }

    private static long clip(long value, DType dtype) {
        return Math.clamp(value, dtype.minValue(), dtype == DType.U64 ? Long.MAX_VALUE : dtype.maxValue());
    }

    /** Integers from {@code low} to {@code high - 1}, which have the dtype of the result and broadcast to it. */
    public static Tensor randint(Key key, Tensor low, Tensor high, int... dims) {
        DType dtype = low.dtype();
        requireInteger(dtype);
        DType sampled = sampled(dtype);
        Tensor from = low.convert(sampled);
        Tensor width = high.convert(sampled).minus(from).convert(sampled.unsigned());
        Tensor span = Tensor.where(high.lessOrEqual(low), Tensor.scalar(sampled.unsigned(), 1), width);
        return from.plus(below(key, span, sampled, shape(dims, low, high))).convert(dtype);
    }

    private static DType sampled(DType dtype) {
        return dtype.bits() < 32 ? DType.I32 : dtype;
    }

    /** Integers from 0 to {@code span - 1}: the remainder of twice as many bits, so that it is nearly unbiased. */
    private static Tensor below(Key key, Tensor span, DType dtype, int... dims) {
        List<Key> keys = key.split(2);
        Tensor high = bits(keys.get(0), dtype.unsigned(), dims);
        Tensor low = bits(keys.get(1), dtype.unsigned(), dims);
        Tensor half =
                Tensor.scalar(span.dtype(), Math.scalb(1.0, dtype.bits() / 2)).remainder(span);
        Tensor multiplier = half.times(half).remainder(span);
        Tensor offset = high.remainder(span).times(multiplier).plus(low.remainder(span));
        return offset.remainder(span).convert(dtype);
    }

    /** {@code dims}, or where there are none the shape that {@code parameters} broadcast to. */
    static int[] shape(int[] dims, Tensor... parameters) {
        return dims.length > 0 ? dims : Np.broadcastDims(parameters);
    }

    static void requireFloat(String operation, DType dtype) {
        if (!dtype.isFloat()) {
            throw wrongDtype(operation, "a float type", dtype, "name DType.F32, F64, BF16 or F16");
        }
    }

    private static void requireInteger(DType dtype) {
        if (!dtype.isInteger()) {
            throw wrongDtype("randint", "an integer type", dtype, "name DType.I8 to I64 or U8 to U64");
        }
    }

    private static KilnException wrongDtype(String operation, String required, DType got, String fix) {
        return TraceErrors.user(
                "KILN-T004", "random %s: the dtype must be %s, got %s".formatted(operation, required, got), fix);
    }
}
