package io.kiln.core;

/** An element type. It prints as {@code f32} and knows its size and its name in MLIR. */
public enum DType {
    /** True or false, one byte each. */
    BOOL(1, Kind.BOOL, "bool", "i1"),
    /** Signed integers of 8 bits. */
    I8(1, Kind.SIGNED, "i8", "i8"),
    /** Signed integers of 16 bits. */
    I16(2, Kind.SIGNED, "i16", "i16"),
    /** Signed integers of 32 bits. */
    I32(4, Kind.SIGNED, "i32", "i32"),
    /** Signed integers of 64 bits. */
    I64(8, Kind.SIGNED, "i64", "i64"),
    /** Unsigned integers of 8 bits. */
    U8(1, Kind.UNSIGNED, "u8", "ui8"),
    /** Unsigned integers of 16 bits. */
    U16(2, Kind.UNSIGNED, "u16", "ui16"),
    /** Unsigned integers of 32 bits. */
    U32(4, Kind.UNSIGNED, "u32", "ui32"),
    /** Unsigned integers of 64 bits. */
    U64(8, Kind.UNSIGNED, "u64", "ui64"),
    /** Brain floats: the upper half of an f32, 8 bits of exponent and 7 of fraction. */
    BF16(2, Kind.FLOAT, "bf16", "bf16"),
    /** IEEE 754 binary16: 5 bits of exponent and 10 of fraction. */
    F16(2, Kind.FLOAT, "f16", "f16"),
    /** IEEE 754 binary32. */
    F32(4, Kind.FLOAT, "f32", "f32"),
    /** IEEE 754 binary64. */
    F64(8, Kind.FLOAT, "f64", "f64"),
    /** Complex numbers of two f32, the real part first. */
    C64(8, Kind.COMPLEX, "c64", "complex<f32>"),
    /** Complex numbers of two f64, the real part first. */
    C128(16, Kind.COMPLEX, "c128", "complex<f64>");

    /** What an element type's values are. */
    public enum Kind {
        /** Truth values. */
        BOOL,
        /** Integers in two's complement, which wrap. */
        SIGNED,
        /** Integers from 0 on, which wrap. */
        UNSIGNED,
        /** Real floating-point numbers. */
        FLOAT,
        /** Pairs of floating-point numbers. */
        COMPLEX
    }

    private final int byteSize;
    private final Kind kind;
    private final String text;
    private final String mlir;

    DType(int byteSize, Kind kind, String text, String mlir) {
        this.byteSize = byteSize;
        this.kind = kind;
        this.text = text;
        this.mlir = mlir;
    }

    /** The bytes of one element in memory. */
    public int byteSize() {
        return byteSize;
    }

    /** The bits of one element in memory. */
    public int bits() {
        return 8 * byteSize;
    }

    /** What its values are. */
    public Kind kind() {
        return kind;
    }

    /** Whether this is a real floating-point type. */
    public boolean isFloat() {
        return kind == Kind.FLOAT;
    }

    /** Whether this is a type of complex numbers. */
    public boolean isComplex() {
        return kind == Kind.COMPLEX;
    }

    /** Whether this is a float or complex: the types that have derivatives. */
    public boolean isInexact() {
        return isFloat() || isComplex();
    }

    /** Whether this is an integer type, signed or not; {@code bool} is not. */
    public boolean isInteger() {
        return kind == Kind.SIGNED || kind == Kind.UNSIGNED;
    }

    /** Whether arithmetic is defined on it: all but {@code bool}. */
    public boolean isNumeric() {
        return kind != Kind.BOOL;
    }

    /** The type of the parts of a complex number; any other type itself. */
    public DType real() {
        return switch (this) {
            case C64 -> F32;
            case C128 -> F64;
            case BOOL, I8, I16, I32, I64, U8, U16, U32, U64, BF16, F16, F32, F64 -> this;
        };
    }

    /** The stored bits of a float's fraction; of a complex number's part. The spacing of the floats at 1 is 2 to minus this. */
    public int fractionBits() {
        return switch (real()) {
            case BF16 -> 7;
            case F16 -> 10;
            case F32 -> 23;
            case F64 -> 52;
            case BOOL, I8, I16, I32, I64, U8, U16, U32, U64, C64, C128 ->
                throw new IllegalArgumentException(this + " has no fraction");
        };
    }

    /** The distance from 1 to the next larger float. */
    public double epsilon() {
        return Math.scalb(1.0, -fractionBits());
    }

    /** The smallest positive float with a full fraction. */
    public double smallestNormal() {
        return Math.scalb(1.0, 1 - exponentBias());
    }

    /** The largest finite float. */
    public double largest() {
        return Math.scalb(2 - epsilon(), exponentBias());
    }

    private int exponentBias() {
        return (1 << (real().bits() - 2 - fractionBits())) - 1;
    }

    /** The smallest integer. */
    public long minValue() {
        requireInteger();
        return kind == Kind.SIGNED ? Long.MIN_VALUE >> (64 - bits()) : 0;
    }

    /** The largest integer; of u64 the long of the same bits, -1. */
    public long maxValue() {
        requireInteger();
        return kind == Kind.SIGNED ? Long.MAX_VALUE >> (64 - bits()) : -1L >>> (64 - bits());
    }

    /**
     * The dtype that holds the values of two by the one table of promotion; an error where there is none. No operation
     * promotes by itself.
     */
    public static DType promote(DType a, DType b) {
        DType both = Promotion.of(a, b);
        if (both == null) {
            throw TraceErrors.dtypes("promote", ShapedArray.of(a), ShapedArray.of(b));
        }
        return both;
    }

    private void requireInteger() {
        if (!isInteger()) {
            throw new IllegalArgumentException(this + " is no integer type");
        }
    }

    /** The unsigned integers of as many bits. */
    public DType unsigned() {
        return switch (bits()) {
            case 8 -> U8;
            case 16 -> U16;
            case 32 -> U32;
            case 64 -> U64;
            default -> throw new IllegalArgumentException(this + " has no unsigned type of its size");
        };
    }

    /** The element type in MLIR: {@code i1}, {@code ui8}, {@code f32}, {@code complex<f32>}. */
    public String mlir() {
        return mlir;
    }

    @Override
    public String toString() {
        return text;
    }
}
