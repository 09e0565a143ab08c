package io.kiln.core;

/** The conversions between the floats of 16 bits and Java's numbers; they round to the nearest, halves to even. */
public final class SmallFloat {
    private SmallFloat() {}

    /** The bits, 0 to 0xFFFF, of the bf16 nearest to {@code value}. */
    public static int toBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (bits >>> 16 | 0x40) & 0xFFFF;
        }
        return (bits + 0x7FFF + (bits >>> 16 & 1)) >>> 16;
    }

    /** The value of a bf16. */
    public static float fromBf16(int bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** The bits, 0 to 0xFFFF, of the f16 nearest to {@code value}. */
    public static int toF16(float value) {
        return Float.floatToFloat16(value) & 0xFFFF;
    }

    /** The value of an f16. */
    public static float fromF16(int bits) {
        return Float.float16ToFloat((short) bits);
    }

    /**
     * The f32 of {@code value} rounded to odd: cut off, with the lowest bit set where that lost anything. What is rounded
     * to fewer bits from here is as if it had been rounded from {@code value} at once.
     */
    public static float toOdd(double value) {
        float near = (float) value;
        if (near == value || Double.isNaN(value) || Float.isInfinite(near)) {
            return near;
        }
        int bits = Float.floatToRawIntBits(near);
        boolean away = Math.abs((double) near) > Math.abs(value);
        return Float.intBitsToFloat((away ? bits - 1 : bits) | 1);
    }
}
