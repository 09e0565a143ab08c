package io.kiln.core;

import java.util.List;
import java.util.stream.Collectors;

/** An operand of an equation: a variable or a literal. */
public sealed interface Atom {
    /** Its element type and shape. */
    ShapedArray aval();

    /** A value bound once, by a parameter or by an equation of its program. */
    record Var(int id, ShapedArray aval) implements Atom {}

    /**
     * A scalar constant, held by its bits so that it is exact and comparable: a float's IEEE bits (f32 sign-extended, f16
     * and bf16 from 0 to 0xFFFF), an integer's value (u64 as the long of the same bits), bool as 0 or 1. A complex one has
     * the bits of its two parts; {@code imaginary} is 0 for all others.
     */
    record Literal(DType dtype, long bits, long imaginary) implements Atom {
        /** Checks that the bits are ones that {@link HostArray} would read back. */
        public Literal {
            if (!canonical(dtype.real(), bits)
                    || !(dtype.isComplex() ? canonical(dtype.real(), imaginary) : imaginary == 0)) {
                throw new IllegalArgumentException("bits of a " + dtype + " literal are out of range");
            }
        }

        /** A literal that is not complex. */
        public Literal(DType dtype, long bits) {
            this(dtype, bits, 0);
        }

        private static boolean canonical(DType dtype, long bits) {
            return switch (dtype) {
                case BOOL -> bits == 0 || bits == 1;
                case BF16, F16 -> bits == (bits & 0xFFFF);
                case F32 -> bits == (int) bits;
                case F64 -> true;
                case I8, I16, I32, I64, U8, U16, U32, U64 -> bits == wrap(dtype, bits);
                case C64, C128 -> false;
            };
        }

        /** The value of the low bits of {@code value} as an integer of {@code dtype}. */
        static long wrap(DType dtype, long value) {
            int unused = 64 - dtype.bits();
            return dtype.kind() == DType.Kind.UNSIGNED ? value << unused >>> unused : value << unused >> unused;
        }

        /** The integer nearest to zero of {@code value}; from 2^63 to 2^64 the long of the same bits. */
        static long toLong(double value) {
            return value >= 0x1p63 ? (long) (value - 0x1p63) + Long.MIN_VALUE : (long) value;
        }

        /** A u64, given by the long of the same bits, rounded once. */
        static double unsignedToDouble(long bits) {
            // Half of it, with the lost bit kept for rounding, is in the range of signed conversion.
            return bits >= 0 ? (double) bits : 2.0 * (bits >>> 1 | (bits & 1));
        }

        /** The literal nearest to {@code value} in {@code dtype}; bool: not zero. */
        public static Literal of(DType dtype, double value) {
            return switch (dtype) {
                case BOOL -> new Literal(dtype, value != 0 ? 1 : 0);
                case I8, I16, I32, I64, U8, U16, U32, U64 -> of(dtype, toLong(value));
                case BF16 -> new Literal(dtype, SmallFloat.toBf16(SmallFloat.toOdd(value)));
                case F16 -> new Literal(dtype, SmallFloat.toF16(SmallFloat.toOdd(value)));
                case F32 -> new Literal(dtype, Float.floatToRawIntBits((float) value));
                case F64 -> new Literal(dtype, Double.doubleToRawLongBits(value));
                case C64, C128 -> new Literal(dtype, of(dtype.real(), value).bits(), 0);
            };
        }

        /** The literal of an integer, wrapped to {@code dtype} where that is an integer type. */
        public static Literal of(DType dtype, long value) {
            return switch (dtype.kind()) {
                case BOOL -> new Literal(dtype, value != 0 ? 1 : 0);
                case SIGNED, UNSIGNED -> new Literal(dtype, wrap(dtype, value));
                case FLOAT, COMPLEX -> of(dtype, (double) value);
            };
        }

        /** The literal of a concrete scalar. */
        static Literal of(HostArray scalar) {
            DType dtype = scalar.aval().dtype();
            return new Literal(
                    dtype, scalar.bitsAt(0), dtype.isComplex() ? scalar.parts().bitsAt(1) : 0);
        }

        @Override
        public ShapedArray aval() {
            return ShapedArray.of(dtype);
        }

        /** The scalar as an array. */
        public HostArray toHost() {
            return HostArray.of(this);
        }

        /** The literals of the real and the imaginary part of a complex literal. */
        List<Literal> parts() {
            return List.of(new Literal(dtype.real(), bits), new Literal(dtype.real(), imaginary));
        }

        /**
         * The shortest decimal that reads back as this value, or {@code inf}, {@code -inf}, {@code nan}; a complex one as
         * {@code (re, im)}.
         */
        public String text() {
            return switch (dtype) {
                case BOOL -> bits == 0 ? "false" : "true";
                case U64 -> Long.toUnsignedString(bits);
                case I8, I16, I32, I64, U8, U16, U32 -> Long.toString(bits);
                case BF16 -> special(Float.toString(SmallFloat.fromBf16((int) bits)));
                case F16 -> special(Float.toString(SmallFloat.fromF16((int) bits)));
                case F32 -> special(Float.toString(Float.intBitsToFloat((int) bits)));
                case F64 -> special(Double.toString(Double.longBitsToDouble(bits)));
                case C64, C128 -> parts().stream().map(Literal::text).collect(Collectors.joining(", ", "(", ")"));
            };
        }

        private static String special(String text) {
            return switch (text) {
                case "NaN" -> "nan";
                case "Infinity" -> "inf";
                case "-Infinity" -> "-inf";
                default -> text;
            };
        }
    }
}
