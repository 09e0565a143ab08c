package io.kiln.core;

/** An element type. It prints as {@code f32} and knows its size and its name in MLIR. */
public enum DType {
    BOOL(1, "bool", "i1"),
    I32(4, "i32", "i32"),
    I64(8, "i64", "i64"),
    F32(4, "f32", "f32"),
    F64(8, "f64", "f64");

    private final int byteSize;
    private final String text;
    private final String mlir;

    DType(int byteSize, String text, String mlir) {
        this.byteSize = byteSize;
        this.text = text;
        this.mlir = mlir;
    }

    /** The bytes of one element in memory. */
    public int byteSize() {
        return byteSize;
    }

    /** Whether this is a floating-point type. */
    public boolean isFloat() {
        return this == F32 || this == F64;
    }

    /** Whether this is an integer type; {@code bool} is not. */
    public boolean isInteger() {
        return this == I32 || this == I64;
    }

    /** Whether arithmetic is defined on it: floats and integers. */
    public boolean isNumeric() {
        return this != BOOL;
    }

    /** The element type in MLIR: {@code i1}, {@code i32}, {@code f32}. */
    public String mlir() {
        return mlir;
    }

    @Override
    public String toString() {
        return text;
    }
}
