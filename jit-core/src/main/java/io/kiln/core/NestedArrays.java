package io.kiln.core;

import io.kiln.error.KilnException;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** Java's arrays of arrays, to and from the dense ones. */
final class NestedArrays {
    private NestedArrays() {}

    static HostArray read(Object array) {
        List<Integer> shape = new ArrayList<>();
        Class<?> type = array.getClass();
        for (Object level = array; type.isArray(); type = type.getComponentType()) {
            int size = level == null ? 0 : Array.getLength(level);
            shape.add(size);
            boolean deeper = type.getComponentType().isArray() && size > 0;
            level = deeper ? Array.get(level, 0) : null;
        }
        ShapedArray aval = new ShapedArray(dtype(type), shape);
        Object[] leaves = new Object[Math.toIntExact(aval.elements())];
        fill(array, shape, 0, 0, leaves);
        return aval.dtype().isFloat()
                ? HostArray.ofDoubles(aval, i -> ((Number) leaves[i]).doubleValue())
                : HostArray.ofLongs(
                        aval, i -> leaves[i] instanceof Boolean b ? (b ? 1 : 0) : ((Number) leaves[i]).longValue());
    }

    private static DType dtype(Class<?> type) {
        return switch (type.getName()) {
            case "float" -> DType.F32;
            case "double" -> DType.F64;
            case "byte" -> DType.I8;
            case "short" -> DType.I16;
            case "int" -> DType.I32;
            case "long" -> DType.I64;
            case "boolean" -> DType.BOOL;
            default ->
                throw KilnException.user(
                        "an array must be of float, double, byte, short, int, long or boolean, got "
                                + type.getTypeName(),
                        "convert it to one of these, such as float[][]; docs/errors.md#KILN-T004");
        };
    }

    private static void fill(Object level, List<Integer> shape, int axis, int base, Object[] leaves) {
        int size = shape.get(axis);
        if (Array.getLength(level) != size) {
            throw KilnException.user(
                    "a nested array must have rows of one length, got %d and %d along axis %d"
                            .formatted(size, Array.getLength(level), axis),
                    "pad the shorter rows; docs/errors.md#KILN-T003");
        }
        for (int i = 0; i < size; i++) {
            int at = base * size + i;
            if (axis == shape.size() - 1) {
                leaves[at] = Array.get(level, i);
            } else {
                fill(Array.get(level, i), shape, axis + 1, at, leaves);
            }
        }
    }

    /** A part of a Java array. */
    interface Part<A> {
        A of(A all, int from, int to);
    }

    /** The rows of a matrix whose elements are {@code all}. */
    static <A> A[] rows(HostArray matrix, IntFunction<A[]> empty, A all, Part<A> part) {
        if (matrix.aval().rank() != 2) {
            throw TraceErrors.operands("rows", "the array must have two axes", List.of(matrix.aval()));
        }
        int columns = matrix.aval().dim(1);
        A[] rows = empty.apply(matrix.aval().dim(0));
        for (int i = 0; i < rows.length; i++) {
            rows[i] = part.of(all, i * columns, (i + 1) * columns);
        }
        return rows;
    }
}
