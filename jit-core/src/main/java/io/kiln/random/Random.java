package io.kiln.random;

import io.kiln.core.DType;
import io.kiln.core.Lax;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.error.KilnException;

/** Random arrays from keys: the same bits as {@code jax.random} with {@code jax_threefry_partitionable}. */
public final class Random {
    private Random() {}

    /** 32 random bits an element, as i32. */
    public static Tensor bits(Key key, int... dims) {
        Threefry.Words words = words(key, dims);
        return words.high().xor(words.low()).reshape(dims);
    }

    /** 64 random bits an element, as i64. */
    public static Tensor bits64(Key key, int... dims) {
        Threefry.Words words = words(key, dims);
        Tensor high = words.high().convert(DType.I64).shiftLeft(32);
        // The sign of the low word must not spread into the high one.
        Tensor low = words.low().convert(DType.I64).shiftLeft(32).shiftRightLogical(32);
        return high.or(low).reshape(dims);
    }

    private static Threefry.Words words(Key key, int[] dims) {
        long size = ShapedArray.of(DType.I32, dims).elements();
        return Threefry.hash(key, Threefry.counters(Math.toIntExact(size)));
    }

    /** Uniform floats from 0 up to but not including 1. */
    public static Tensor uniform(Key key, DType dtype, int... dims) {
        // Random mantissa bits under the exponent of 1 give [1, 2).
        return switch (dtype) {
            case F32 ->
                Lax.bitcast(bits(key, dims).shiftRightLogical(9).or(0x3F800000), DType.F32)
                        .minus(1);
            case F64 ->
                Lax.bitcast(bits64(key, dims).shiftRightLogical(12).or(Tensor.scalar(0x3FF0000000000000L)), DType.F64)
                        .minus(1);
            case BOOL, I8, I16, I32, I64, U8, U16, U32, U64, BF16, F16, C64, C128 -> throw noFloat("uniform", dtype);
        };
    }

    /** Uniform floats from {@code low} up to but not including {@code high}. */
    public static Tensor uniformBetween(Key key, DType dtype, double low, double high, int... dims) {
        double width = switch (dtype) {
            case F32 -> (float) high - (float) low;
            case F64 -> high - low;
            case BOOL, I8, I16, I32, I64, U8, U16, U32, U64, BF16, F16, C64, C128 -> throw noFloat("uniform", dtype);
        };
        return uniform(key, dtype, dims).times(width).plus(low).maximum(low);
    }

    /** Floats of the standard normal distribution. */
    public static Tensor normal(Key key, DType dtype, int... dims) {
        double low = switch (dtype) {
            case F32 -> Math.nextUp(-1f);
            case F64 -> Math.nextUp(-1d);
            case BOOL, I8, I16, I32, I64, U8, U16, U32, U64, BF16, F16, C64, C128 -> throw noFloat("normal", dtype);
        };
        return ErfInv.of(uniformBetween(key, dtype, low, 1, dims)).times(Math.sqrt(2));
    }

    /** true with probability {@code p}. */
    public static Tensor bernoulli(Key key, double p, int... dims) {
        return uniform(key, DType.F32, dims).lessThan(p);
    }

    private static KilnException noFloat(String operation, DType dtype) {
        return KilnException.user(
                "random %s: the dtype must be f32 or f64, got %s".formatted(operation, dtype),
                "name DType.F32 or DType.F64");
    }
}
