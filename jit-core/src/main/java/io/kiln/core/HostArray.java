package io.kiln.core;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.kiln.error.KilnException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.IntToDoubleFunction;
import java.util.function.IntToLongFunction;
import java.util.function.IntUnaryOperator;
import org.apache.commons.numbers.complex.Complex;

/**
 * An immutable array in the host's memory, row-major and little-endian, that the garbage collector frees. A small one lies
 * in the Java heap, where it costs least and the collector sees its size; one of more than {@link #SMALL} bytes in 64-byte
 * aligned native memory, which a device can read without a copy. Equality is by type and bytes.
 */
public final class HostArray implements ConcreteArray {
    /** The alignment that lets a device alias the memory instead of copying it. */
    public static final long ALIGNMENT = 64;

    /** The bytes of the largest array in the Java heap: to copy as many costs less than to own and free native memory. */
    public static final int SMALL = 16 << 10;

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
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

    /** Zeroed memory for an array of this type. */
    private static MemorySegment allocate(ShapedArray aval) {
        long bytes = aval.byteSize();
        return bytes <= SMALL
                ? MemorySegment.ofArray(new byte[(int) bytes])
                : Arena.ofAuto().allocate(bytes, ALIGNMENT);
    }

    /** An array whose bytes, zero before, {@code write} writes. */
    public static HostArray written(ShapedArray aval, Consumer<MemorySegment> write) {
        HostArray out = zeros(aval);
        write.accept(out.data);
        return out;
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
        HostArray out = zeros(ShapedArray.of(DType.F32, values.length));
        MemorySegment.copy(values, 0, out.data, FLOAT, 0, values.length);
        return out;
    }

    /** A vector of f64. */
    public static HostArray of(double... values) {
        HostArray out = zeros(ShapedArray.of(DType.F64, values.length));
        MemorySegment.copy(values, 0, out.data, DOUBLE, 0, values.length);
        return out;
    }

    /** A vector of i32. */
    public static HostArray of(int... values) {
        HostArray out = zeros(ShapedArray.of(DType.I32, values.length));
        MemorySegment.copy(values, 0, out.data, INT, 0, values.length);
        return out;
    }

    /** A vector of i64. */
    public static HostArray of(long... values) {
        HostArray out = zeros(ShapedArray.of(DType.I64, values.length));
        MemorySegment.copy(values, 0, out.data, LONG, 0, values.length);
        return out;
    }

    /** A vector of bool. */
    public static HostArray of(boolean... values) {
        return ofLongs(ShapedArray.of(DType.BOOL, values.length), i -> values[i] ? 1 : 0);
    }

    /**
     * A nested Java array of any depth, {@code float[][]} as f32[rows,columns]; double, int, long, short, byte and boolean
     * likewise. All rows must have one length.
     */
    public static HostArray ofNested(Object array) {
        return NestedArrays.read(array);
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
        requireKind(aval, aval.dtype().isFloat(), "floats");
        HostArray out = zeros(aval);
        int n = count(aval);
        for (int i = 0; i < n; i++) {
            out.setDouble(aval.dtype(), i, value.applyAsDouble(i));
        }
        return out;
    }

    /** An integer or bool array whose element {@code i} is {@code value(i)} wrapped to the dtype; bool: not zero. */
    public static HostArray ofLongs(ShapedArray aval, IntToLongFunction value) {
        requireKind(aval, !aval.dtype().isInexact(), "integers");
        HostArray out = zeros(aval);
        int n = count(aval);
        for (int i = 0; i < n; i++) {
            long v = value.applyAsLong(i);
            out.setBits(i, aval.dtype() == DType.BOOL && v != 0 ? 1 : v);
        }
        return out;
    }

    /** A complex array whose element {@code i}, in row-major order, is {@code value(i)} rounded to the dtype. */
    public static HostArray ofComplex(ShapedArray aval, IntFunction<Complex> value) {
        requireKind(aval, aval.dtype().isComplex(), "complex numbers");
        HostArray out = zeros(aval);
        int n = count(aval);
        for (int i = 0; i < n; i++) {
            Complex v = value.apply(i);
            out.setDouble(aval.dtype().real(), 2 * i, v.getReal());
            out.setDouble(aval.dtype().real(), 2 * i + 1, v.getImaginary());
        }
        return out;
    }

    /** An array of any dtype of these numbers, row-major: rounded for floats, cut off toward zero and wrapped for integers. */
    public static HostArray of(ShapedArray aval, double... values) {
        if (values.length != aval.elements()) {
            throw TraceErrors.elementCount(aval, values.length);
        }
        return switch (aval.dtype().kind()) {
            case FLOAT -> ofDoubles(aval, i -> values[i]);
            case COMPLEX -> ofComplex(aval, i -> Complex.ofCartesian(values[i], 0));
            case BOOL -> ofLongs(aval, i -> values[i] != 0 ? 1 : 0);
            case SIGNED, UNSIGNED -> ofLongs(aval, i -> Atom.Literal.toLong(values[i]));
        };
    }

    private static void requireKind(ShapedArray aval, boolean fits, String what) {
        if (!fits) {
            throw new IllegalArgumentException(aval + " holds no " + what);
        }
    }

    private void setDouble(DType dtype, int i, double value) {
        switch (dtype) {
            case BF16 -> data.set(SHORT, 2L * i, (short) SmallFloat.toBf16(SmallFloat.toOdd(value)));
            case F16 -> data.set(SHORT, 2L * i, (short) SmallFloat.toF16(SmallFloat.toOdd(value)));
            case F32 -> data.set(FLOAT, 4L * i, (float) value);
            case F64 -> data.set(DOUBLE, 8L * i, value);
            case BOOL, I8, I16, I32, I64, U8, U16, U32, U64, C64, C128 ->
                throw new IllegalArgumentException(dtype + " holds no floats");
        }
    }

    /** Writes the low bits of {@code bits} as element {@code i} of a type of at most 8 bytes. */
    private void setBits(int i, long bits) {
        switch (aval.dtype().byteSize()) {
            case 1 -> data.set(JAVA_BYTE, i, (byte) bits);
            case 2 -> data.set(SHORT, 2L * i, (short) bits);
            case 4 -> data.set(INT, 4L * i, (int) bits);
            default -> data.set(LONG, 8L * i, bits);
        }
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

    /** The bytes, read-only, row-major and little-endian: heap memory up to {@link #SMALL} bytes, else aligned native memory. */
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

    /** Element {@code i} in row-major order as a double; bool as 0 or 1. Not for complex numbers. */
    public double doubleAt(int i) {
        return switch (aval.dtype()) {
            case BF16 -> SmallFloat.fromBf16(data.get(SHORT, 2L * i));
            case F16 -> SmallFloat.fromF16(data.get(SHORT, 2L * i));
            case F32 -> data.get(FLOAT, 4L * i);
            case F64 -> data.get(DOUBLE, 8L * i);
            case U64 -> Atom.Literal.unsignedToDouble(data.get(LONG, 8L * i));
            case BOOL, I8, I16, I32, I64, U8, U16, U32 -> (double) longAt(i);
            case C64, C128 -> throw noReal();
        };
    }

    /**
     * Element {@code i} in row-major order as a long; floats are cut off, bool is 0 or 1, and a u64 of 2^63 or more is
     * negative with the same bits. Not for complex numbers.
     */
    public long longAt(int i) {
        return switch (aval.dtype()) {
            case BOOL, I8 -> data.get(JAVA_BYTE, i);
            case I16 -> data.get(SHORT, 2L * i);
            case I32 -> data.get(INT, 4L * i);
            case I64, U64 -> data.get(LONG, 8L * i);
            case U8 -> data.get(JAVA_BYTE, i) & 0xFFL;
            case U16 -> data.get(SHORT, 2L * i) & 0xFFFFL;
            case U32 -> data.get(INT, 4L * i) & 0xFFFFFFFFL;
            case BF16, F16, F32, F64 -> (long) doubleAt(i);
            case C64, C128 -> throw noReal();
        };
    }

    /** Element {@code i} of an integer array as an index: a u64 of 2^63 or more is the largest long. */
    long indexAt(int i) {
        long value = longAt(i);
        return value < 0 && aval.dtype() == DType.U64 ? Long.MAX_VALUE : value;
    }

    /** Element {@code i} in row-major order as a complex number; a real one has the imaginary part 0. */
    public Complex complexAt(int i) {
        return switch (aval.dtype()) {
            case C64 -> Complex.ofCartesian(data.get(FLOAT, 8L * i), data.get(FLOAT, 8L * i + 4));
            case C128 -> Complex.ofCartesian(data.get(DOUBLE, 16L * i), data.get(DOUBLE, 16L * i + 8));
            case BOOL, I8, I16, I32, I64, U8, U16, U32, U64, BF16, F16, F32, F64 -> Complex.ofCartesian(doubleAt(i), 0);
        };
    }

    private KilnException noReal() {
        return TraceErrors.user(
                "KILN-T004",
                "reading real numbers: the array must not be complex, got " + aval,
                "read x.real() and x.imag(), or complexAt(i) of x.value()");
    }

    /** A complex array's real and imaginary parts along a new last axis of size 2, over the same memory. */
    public HostArray parts() {
        requireKind(aval, aval.dtype().isComplex(), "complex numbers");
        List<Integer> shape = new ArrayList<>(aval.shape());
        shape.add(2);
        return new HostArray(new ShapedArray(aval.dtype().real(), shape), data);
    }

    /** All elements in row-major order, converted to float. */
    public float[] toFloats() {
        if (aval.dtype() == DType.F32) {
            return data.toArray(FLOAT);
        }
        float[] out = new float[count(aval)];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) doubleAt(i);
        }
        return out;
    }

    /** The rows of a matrix, converted to float. */
    public float[][] toFloatMatrix() {
        return NestedArrays.rows(this, float[][]::new, toFloats(), Arrays::copyOfRange);
    }

    /** The rows of a matrix, converted to double. */
    public double[][] toDoubleMatrix() {
        return NestedArrays.rows(this, double[][]::new, toDoubles(), Arrays::copyOfRange);
    }

    /** All elements in row-major order, converted to double. */
    public double[] toDoubles() {
        if (aval.dtype() == DType.F64) {
            return data.toArray(DOUBLE);
        }
        double[] out = new double[count(aval)];
        Arrays.setAll(out, this::doubleAt);
        return out;
    }

    /** All elements in row-major order, converted to int. */
    public int[] toInts() {
        if (aval.dtype() == DType.I32 || aval.dtype() == DType.U32) {
            return data.toArray(INT);
        }
        int[] out = new int[count(aval)];
        Arrays.setAll(out, i -> (int) longAt(i));
        return out;
    }

    /** All elements in row-major order, converted to long. */
    public long[] toLongs() {
        if (aval.dtype() == DType.I64 || aval.dtype() == DType.U64) {
            return data.toArray(LONG);
        }
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

    /** The bits of element {@code i} as {@link Atom.Literal} holds them; of a complex number those of its real part. */
    long bitsAt(int i) {
        return switch (aval.dtype()) {
            case BF16, F16 -> data.get(SHORT, 2L * i) & 0xFFFFL;
            case F32 -> data.get(INT, 4L * i);
            case F64 -> data.get(LONG, 8L * i);
            case BOOL, I8, I16, I32, I64, U8, U16, U32, U64 -> longAt(i);
            case C64, C128 -> parts().bitsAt(2 * i);
        };
    }

    /** The scalar of a literal. */
    static HostArray of(Atom.Literal literal) {
        HostArray out = zeros(literal.aval());
        if (literal.dtype().isComplex()) {
            HostArray parts = out.parts();
            parts.setBits(0, literal.bits());
            parts.setBits(1, literal.imaginary());
        } else {
            out.setBits(0, literal.bits());
        }
        return out;
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

    /**
     * The type and the elements: {@code f32[3]{1.0, 2.0, 3.0}} in one line for a scalar or a vector, and NumPy's nested
     * rows below the type for more axes. Numbers are the shortest that read back as the same value; of a long vector or
     * an array of more than 1000 elements three are shown at each end.
     */
    @Override
    public String toString() {
        return ArrayText.of(this);
    }
}
