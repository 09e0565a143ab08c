package io.kiln.core;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.function.IntToDoubleFunction;
import java.util.function.IntToLongFunction;
import java.util.function.IntUnaryOperator;

/**
 * An immutable array in the host's memory: row-major, little-endian, 64-byte aligned native memory that the garbage
 * collector frees. Equality is by type and bytes.
 */
public final class HostArray implements ConcreteArray {
    /** The alignment that lets a device alias the memory instead of copying it. */
    public static final long ALIGNMENT = 64;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final ShapedArray aval;
    private final MemorySegment data;

    private HostArray(ShapedArray aval, MemorySegment data) {
        this.aval = aval;
        this.data = data;
    }

    /** Native memory for an array of this type, zeroed and aligned. */
    private static MemorySegment allocate(ShapedArray aval) {
        return Arena.ofAuto().allocate(Math.max(1, aval.byteSize()), ALIGNMENT).asSlice(0, aval.byteSize());
    }

    /** A copy of {@code source}, which must hold exactly the bytes of {@code aval}, row-major and little-endian. */
    public static HostArray of(ShapedArray aval, MemorySegment source) {
        if (source.byteSize() != aval.byteSize()) {
            throw TraceErrors.byteCount(aval, source.byteSize());
        }
        MemorySegment data = allocate(aval);
        MemorySegment.copy(source, 0, data, 0, data.byteSize());
        return new HostArray(aval, data);
    }

    /**
     * An array over {@code data} itself, without a copy: the caller promises that it is aligned and that nobody writes
     * to it or frees it again.
     */
    public static HostArray wrap(ShapedArray aval, MemorySegment data) {
        if (data.byteSize() != aval.byteSize()) {
            throw TraceErrors.byteCount(aval, data.byteSize());
        }
        return new HostArray(aval, data);
    }

    /** A vector of f32. */
    public static HostArray of(float... values) {
        return ofDoubles(ShapedArray.of(DType.F32, values.length), i -> values[i]);
    }

    /** A vector of f64. */
    public static HostArray of(double... values) {
        return ofDoubles(ShapedArray.of(DType.F64, values.length), i -> values[i]);
    }

    /** A vector of i32. */
    public static HostArray of(int... values) {
        return ofLongs(ShapedArray.of(DType.I32, values.length), i -> values[i]);
    }

    /** A vector of i64. */
    public static HostArray of(long... values) {
        return ofLongs(ShapedArray.of(DType.I64, values.length), i -> values[i]);
    }

    /** A vector of bool. */
    public static HostArray of(boolean... values) {
        return ofLongs(ShapedArray.of(DType.BOOL, values.length), i -> values[i] ? 1 : 0);
    }

    /** A scalar of f32. */
    public static HostArray scalar(float value) {
        return of(value).reshape();
    }

    /** A scalar of f64. */
    public static HostArray scalar(double value) {
        return of(value).reshape();
    }

    /** A scalar of i32. */
    public static HostArray scalar(int value) {
        return of(value).reshape();
    }

    /** A scalar of i64. */
    public static HostArray scalar(long value) {
        return of(value).reshape();
    }

    /** A scalar of bool. */
    public static HostArray scalar(boolean value) {
        return of(value).reshape();
    }

    /** An array of zeros ({@code false} for bool). */
    public static HostArray zeros(ShapedArray aval) {
        return new HostArray(aval, allocate(aval));
    }

    /** A float array whose element {@code i}, in row-major order, is {@code value(i)} rounded to the dtype. */
    public static HostArray ofDoubles(ShapedArray aval, IntToDoubleFunction value) {
        MemorySegment data = allocate(aval);
        int n = count(aval);
        switch (aval.dtype()) {
            case F32 -> {
                for (int i = 0; i < n; i++) {
                    data.set(FLOAT, 4L * i, (float) value.applyAsDouble(i));
                }
            }
            case F64 -> {
                for (int i = 0; i < n; i++) {
                    data.set(DOUBLE, 8L * i, value.applyAsDouble(i));
                }
            }
            case BOOL, I32, I64 -> throw new IllegalArgumentException(aval + " holds no floats");
        }
        return new HostArray(aval, data);
    }

    /** An integer or bool array whose element {@code i} is {@code value(i)} wrapped to the dtype; bool: not zero. */
    public static HostArray ofLongs(ShapedArray aval, IntToLongFunction value) {
        MemorySegment data = allocate(aval);
        int n = count(aval);
        switch (aval.dtype()) {
            case BOOL -> {
                for (int i = 0; i < n; i++) {
                    data.set(JAVA_BYTE, i, (byte) (value.applyAsLong(i) != 0 ? 1 : 0));
                }
            }
            case I32 -> {
                for (int i = 0; i < n; i++) {
                    data.set(INT, 4L * i, (int) value.applyAsLong(i));
                }
            }
            case I64 -> {
                for (int i = 0; i < n; i++) {
                    data.set(LONG, 8L * i, value.applyAsLong(i));
                }
            }
            case F32, F64 -> throw new IllegalArgumentException(aval + " holds no integers");
        }
        return new HostArray(aval, data);
    }

    /** An array of {@code aval} whose element {@code i} is this array's element {@code source(i)}. */
    public HostArray gather(ShapedArray result, IntUnaryOperator source) {
        return pick(result, i -> this, source);
    }

    /** An array whose element {@code i} is element {@code source(i)} of the array {@code from(i)}. */
    static HostArray pick(ShapedArray result, IntFunction<HostArray> from, IntUnaryOperator source) {
        MemorySegment data = allocate(result);
        int size = result.dtype().byteSize();
        int n = count(result);
        for (int i = 0; i < n; i++) {
            long at = (long) size * source.applyAsInt(i);
            MemorySegment.copy(from.apply(i).data, at, data, (long) size * i, size);
        }
        return new HostArray(result, data);
    }

    private static int count(ShapedArray aval) {
        return Math.toIntExact(aval.elements());
    }

    @Override
    public ShapedArray aval() {
        return aval;
    }

    @Override
    public HostArray toHost() {
        return this;
    }

    /** The bytes, read-only: row-major, little-endian, 64-byte aligned. */
    public MemorySegment data() {
        return data.asReadOnly();
    }

    /** The same data with other dimensions of the same product; no dimensions make a scalar. */
    public HostArray reshape(int... dims) {
        ShapedArray other = ShapedArray.of(aval.dtype(), dims);
        if (other.elements() != aval.elements()) {
            throw TraceErrors.reshape(aval, other.shape());
        }
        return new HostArray(other, data);
    }

    /** Element {@code i} in row-major order as a double; bool as 0 or 1. */
    public double doubleAt(int i) {
        return switch (aval.dtype()) {
            case BOOL -> data.get(JAVA_BYTE, i);
            case I32 -> data.get(INT, 4L * i);
            case I64 -> (double) data.get(LONG, 8L * i);
            case F32 -> data.get(FLOAT, 4L * i);
            case F64 -> data.get(DOUBLE, 8L * i);
        };
    }

    /** Element {@code i} in row-major order as a long; floats are cut off, bool is 0 or 1. */
    public long longAt(int i) {
        return switch (aval.dtype()) {
            case BOOL -> data.get(JAVA_BYTE, i);
            case I32 -> data.get(INT, 4L * i);
            case I64 -> data.get(LONG, 8L * i);
            case F32 -> (long) data.get(FLOAT, 4L * i);
            case F64 -> (long) data.get(DOUBLE, 8L * i);
        };
    }

    /** All elements in row-major order, converted to float. */
    public float[] toFloats() {
        float[] out = new float[count(aval)];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) doubleAt(i);
        }
        return out;
    }

    /** All elements in row-major order, converted to double. */
    public double[] toDoubles() {
        double[] out = new double[count(aval)];
        Arrays.setAll(out, this::doubleAt);
        return out;
    }

    /** All elements in row-major order, converted to int. */
    public int[] toInts() {
        int[] out = new int[count(aval)];
        Arrays.setAll(out, i -> (int) longAt(i));
        return out;
    }

    /** All elements in row-major order, converted to long. */
    public long[] toLongs() {
        long[] out = new long[count(aval)];
        Arrays.setAll(out, this::longAt);
        return out;
    }

    /** All elements in row-major order; numbers are true when not zero. */
    public boolean[] toBooleans() {
        boolean[] out = new boolean[count(aval)];
        for (int i = 0; i < out.length; i++) {
            out[i] = doubleAt(i) != 0;
        }
        return out;
    }

    /** The bits of element {@code i}: a float's IEEE bits, an integer's value, bool as 0 or 1. */
    long bitsAt(int i) {
        return switch (aval.dtype()) {
            case BOOL -> data.get(JAVA_BYTE, i);
            case I32, F32 -> data.get(INT, 4L * i);
            case I64, F64 -> data.get(LONG, 8L * i);
        };
    }

    /** The same bytes read as another type of the same size. */
    HostArray bitcast(ShapedArray other) {
        return wrap(other, data);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof HostArray o && aval.equals(o.aval) && data.mismatch(o.data) == -1;
    }

    @Override
    public int hashCode() {
        return Objects.hash(aval, data.byteSize() == 0 ? 0 : data.get(JAVA_BYTE, 0));
    }

    /** The type and, of a small array, its elements: {@code f32[3]{1.0, 2.0, 3.0}}. */
    @Override
    public String toString() {
        if (aval.elements() > 16) {
            return aval + "{...}";
        }
        List<String> items = java.util.stream.IntStream.range(0, count(aval))
                .mapToObj(this::element)
                .toList();
        return aval + "{" + String.join(", ", items) + "}";
    }

    private String element(int i) {
        return switch (aval.dtype()) {
            case BOOL -> String.valueOf(longAt(i) != 0);
            case I32, I64 -> String.valueOf(longAt(i));
            case F32 -> String.valueOf((float) doubleAt(i));
            case F64 -> String.valueOf(doubleAt(i));
        };
    }
}
