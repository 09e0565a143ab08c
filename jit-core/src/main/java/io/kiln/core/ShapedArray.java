package io.kiln.core;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** An abstract value: an element type and a shape, without data. It prints as {@code f32[8,3]}. */
public record ShapedArray(DType dtype, List<Integer> shape) implements Serializable {
    /** Checks that no dimension is negative and that the bytes fit a {@code long}. */
    public ShapedArray {
        shape = List.copyOf(shape);
        long size = dtype.byteSize();
        for (int dim : shape) {
            if (dim < 0) {
                throw TraceErrors.badShape(shape);
            }
            try {
                size = Math.multiplyExact(size, (long) dim);
            } catch (ArithmeticException _) {
                throw TraceErrors.badShape(shape);
            }
        }
    }

    /** The array type with these dimensions. */
    public static ShapedArray of(DType dtype, int... dims) {
        return new ShapedArray(dtype, IntStream.of(dims).boxed().toList());
    }

    /** The number of dimensions. */
    public int rank() {
        return shape.size();
    }

    /** The size of one dimension. */
    public int dim(int axis) {
        return shape.get(axis);
    }

    /** The number of elements; 1 for a scalar. */
    public long elements() {
        long n = 1;
        for (int dim : shape) {
            n *= dim;
        }
        return n;
    }

    /** The bytes of a dense array of this type. */
    public long byteSize() {
        return elements() * dtype.byteSize();
    }

    /** This type with another shape. */
    public ShapedArray withShape(List<Integer> other) {
        return new ShapedArray(dtype, other);
    }

    /** This type with another element type. */
    public ShapedArray withDType(DType other) {
        return new ShapedArray(other, shape);
    }

    /**
     * The shape that arrays of these types broadcast to by NumPy's rule: shapes are aligned at the last axis, and a size
     * of 1 is repeated.
     */
    public static List<Integer> broadcast(String operation, List<ShapedArray> avals) {
        int rank = avals.stream().mapToInt(ShapedArray::rank).max().orElse(0);
        Integer[] out = new Integer[rank];
        Arrays.fill(out, 1);
        for (ShapedArray aval : avals) {
            for (int i = 0; i < aval.rank(); i++) {
                int at = rank - aval.rank() + i;
                int size = aval.dim(i);
                if (size != 1 && out[at] != 1 && out[at] != size) {
                    throw TraceErrors.shapes(operation, avals);
                }
                out[at] = out[at] == 1 ? size : out[at];
            }
        }
        return List.of(out);
    }

    /** The type in MLIR: {@code tensor<8x3xf32>}. */
    public String mlir() {
        String dims = shape.stream().map(d -> d + "x").collect(Collectors.joining());
        return "tensor<" + dims + dtype.mlir() + ">";
    }

    @Override
    public String toString() {
        return dtype + shape.stream().map(String::valueOf).collect(Collectors.joining(",", "[", "]"));
    }
}
