package io.kiln.core;

/** An operand of an equation: a variable or a literal. */
public sealed interface Atom {
    /** Its element type and shape. */
    ShapedArray aval();

    /** A value bound once, by a parameter or by an equation of its program. */
    record Var(int id, ShapedArray aval) implements Atom {}

    /**
     * A scalar constant, held by its bits so that it is exact and comparable: a float's IEEE bits (f32 in the low half,
     * sign-extended), an integer's value, bool as 0 or 1.
     */
    record Literal(DType dtype, long bits) implements Atom {
        /** Checks that the bits are ones that {@link HostArray} would read back. */
        public Literal {
            boolean canonical = switch (dtype) {
                case BOOL -> bits == 0 || bits == 1;
                case I32, F32 -> bits == (int) bits;
                case I64, F64 -> true;
            };
            if (!canonical) {
                throw new IllegalArgumentException("bits of a " + dtype + " literal are out of range");
            }
        }

        /** The literal nearest to {@code value} in {@code dtype}; bool: not zero. */
        public static Literal of(DType dtype, double value) {
            return switch (dtype) {
                case BOOL -> new Literal(dtype, value != 0 ? 1 : 0);
                case I32 -> new Literal(dtype, (int) value);
                case I64 -> new Literal(dtype, (long) value);
                case F32 -> new Literal(dtype, Float.floatToRawIntBits((float) value));
                case F64 -> new Literal(dtype, Double.doubleToRawLongBits(value));
            };
        }

        /** The literal of an integer, wrapped to {@code dtype} where that is an integer type. */
        public static Literal of(DType dtype, long value) {
            return switch (dtype) {
                case BOOL -> new Literal(dtype, value != 0 ? 1 : 0);
                case I32 -> new Literal(dtype, (int) value);
                case I64 -> new Literal(dtype, value);
                case F32, F64 -> of(dtype, (double) value);
            };
        }

        /** The literal of a concrete scalar. */
        static Literal of(HostArray scalar) {
            return new Literal(scalar.aval().dtype(), scalar.bitsAt(0));
        }

        @Override
        public ShapedArray aval() {
            return ShapedArray.of(dtype);
        }

        /** The scalar as an array. */
        public HostArray toHost() {
            return switch (dtype) {
                case BOOL, I32, I64 -> HostArray.ofLongs(aval(), _ -> bits);
                case F32 ->
                    HostArray.ofLongs(ShapedArray.of(DType.I32), _ -> bits).bitcast(aval());
                case F64 ->
                    HostArray.ofLongs(ShapedArray.of(DType.I64), _ -> bits).bitcast(aval());
            };
        }

        /** The shortest decimal that reads back as this value, or {@code inf}, {@code -inf}, {@code nan}. */
        public String text() {
            return switch (dtype) {
                case BOOL -> bits == 0 ? "false" : "true";
                case I32, I64 -> Long.toString(bits);
                case F32 -> special(Float.toString(Float.intBitsToFloat((int) bits)));
                case F64 -> special(Double.toString(Double.longBitsToDouble(bits)));
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
