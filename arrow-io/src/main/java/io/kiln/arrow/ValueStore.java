package io.kiln.arrow;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.kiln.core.DType;
import io.kiln.core.SmallFloat;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Writes Java's numbers to native memory as elements of a dtype. Whether integers fit is asked before. */
final class ValueStore {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfDouble F64 = ValueLayout.JAVA_DOUBLE_UNALIGNED;
    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED;

    private ValueStore() {}

    /** Whether {@code value} is one of the integers of {@code dtype}; true for floats. */
    static boolean fits(long value, DType dtype) {
        return switch (dtype) {
            case BOOL -> value == 0 || value == 1;
            case I8 -> value == (byte) value;
            case I16 -> value == (short) value;
            case I32 -> value == (int) value;
            case U8 -> value == (value & 0xFF);
            case U16 -> value == (value & 0xFFFF);
            case U32 -> value == (value & 0xFFFF_FFFFL);
            case U64 -> value >= 0;
            case I64, BF16, F16, F32, F64, C64, C128 -> true;
        };
    }

    static void ints(int[] values, DType dtype, MemorySegment to, long at) {
        switch (dtype) {
            case BOOL, I8, U8 -> {
                for (int i = 0; i < values.length; i++) {
                    to.set(JAVA_BYTE, at + i, (byte) values[i]);
                }
            }
            case I16, U16 -> {
                for (int i = 0; i < values.length; i++) {
                    to.setAtIndex(I16, at + i, (short) values[i]);
                }
            }
            case I32, U32 -> MemorySegment.copy(values, 0, to, I32, at * 4, values.length);
            case I64, U64 -> {
                for (int i = 0; i < values.length; i++) {
                    to.setAtIndex(I64, at + i, values[i]);
                }
            }
            case F32 -> {
                for (int i = 0; i < values.length; i++) {
                    to.setAtIndex(F32, at + i, (float) values[i]);
                }
            }
            case F64 -> {
                for (int i = 0; i < values.length; i++) {
                    to.setAtIndex(F64, at + i, values[i]);
                }
            }
            case BF16, F16 -> {
                for (int i = 0; i < values.length; i++) {
                    small(to, at + i, dtype, values[i]);
                }
            }
            case C64, C128 -> throw noColumn(dtype);
        }
    }

    static void longs(long[] values, DType dtype, MemorySegment to, long at) {
        switch (dtype) {
            case I8, U8 -> {
                for (int i = 0; i < values.length; i++) {
                    to.set(JAVA_BYTE, at + i, (byte) values[i]);
                }
            }
            case I16, U16 -> {
                for (int i = 0; i < values.length; i++) {
                    to.setAtIndex(I16, at + i, (short) values[i]);
                }
            }
            case I32, U32 -> {
                for (int i = 0; i < values.length; i++) {
                    to.setAtIndex(I32, at + i, (int) values[i]);
                }
            }
            case I64, U64 -> MemorySegment.copy(values, 0, to, I64, at * 8, values.length);
            case F32 -> {
                for (int i = 0; i < values.length; i++) {
                    to.setAtIndex(F32, at + i, (float) values[i]);
                }
            }
            case F64 -> {
                for (int i = 0; i < values.length; i++) {
                    to.setAtIndex(F64, at + i, (double) values[i]);
                }
            }
            case BF16, F16 -> {
                for (int i = 0; i < values.length; i++) {
                    small(to, at + i, dtype, toOdd(values[i]));
                }
            }
            case BOOL, C64, C128 -> throw noColumn(dtype);
        }
    }

    static void floats(float[] values, DType dtype, MemorySegment to, long at) {
        switch (dtype) {
            case F32 -> MemorySegment.copy(values, 0, to, F32, at * 4, values.length);
            case F64 -> {
                for (int i = 0; i < values.length; i++) {
                    to.setAtIndex(F64, at + i, values[i]);
                }
            }
            case BF16, F16 -> {
                for (int i = 0; i < values.length; i++) {
                    small(to, at + i, dtype, values[i]);
                }
            }
            case BOOL, I8, I16, I32, I64, U8, U16, U32, U64, C64, C128 -> throw noColumn(dtype);
        }
    }

    static void doubles(double[] values, DType dtype, MemorySegment to, long at) {
        switch (dtype) {
            case F32 -> {
                for (int i = 0; i < values.length; i++) {
                    to.setAtIndex(F32, at + i, (float) values[i]);
                }
            }
            case F64 -> MemorySegment.copy(values, 0, to, F64, at * 8, values.length);
            case BF16, F16 -> {
                for (int i = 0; i < values.length; i++) {
                    small(to, at + i, dtype, values[i]);
                }
            }
            case BOOL, I8, I16, I32, I64, U8, U16, U32, U64, C64, C128 -> throw noColumn(dtype);
        }
    }

    /** The double of {@code value} cut to 52 bits, with the lowest set where that lost anything: what is rounded from it is rounded once. */
    private static double toOdd(long value) {
        boolean exact = value == (long) (double) value && value != Long.MAX_VALUE;
        return exact ? value : (value & ~0x7FFL) | 0x800;
    }

    /** Writes {@code value}, converted, to one element: a bool is whether it is a number other than 0. */
    static void set(MemorySegment to, long at, DType dtype, double value) {
        switch (dtype) {
            case BOOL -> to.set(JAVA_BYTE, at, (byte) (value != 0 && !Double.isNaN(value) ? 1 : 0));
            case I8, U8 -> to.set(JAVA_BYTE, at, (byte) (int) value);
            case I16, U16 -> to.setAtIndex(I16, at, (short) (int) value);
            case I32 -> to.setAtIndex(I32, at, (int) value);
            case U32 -> to.setAtIndex(I32, at, (int) (long) value);
            case I64, U64 -> to.setAtIndex(I64, at, (long) value);
            case F32 -> to.setAtIndex(F32, at, (float) value);
            case F64 -> to.setAtIndex(F64, at, value);
            case BF16, F16 -> small(to, at, dtype, value);
            case C64, C128 -> throw noColumn(dtype);
        }
    }

    private static void small(MemorySegment to, long at, DType dtype, double value) {
        float odd = SmallFloat.toOdd(value);
        int bits = dtype == DType.BF16 ? SmallFloat.toBf16(odd) : SmallFloat.toF16(odd);
        to.setAtIndex(I16, at, (short) bits);
    }

    /** The plan refuses these conversions. */
    private static IllegalStateException noColumn(DType dtype) {
        return new IllegalStateException("such a column is not converted to " + dtype);
    }
}
