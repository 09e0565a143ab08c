package io.kiln.jaxexport;

import io.kiln.core.DType;
import io.kiln.core.ShapedArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * An input or a result of an exported function.
 *
 * @param name its name in the artifact, else {@code input0}, {@code output1}, ... by its position
 * @param dtype its element type as JAX calls it: {@code f32}, {@code f8_e4m3fn}, ...
 * @param shape its dimensions as JAX writes them: numbers, or expressions of symbols
 */
public record ExportedArray(String name, String dtype, List<String> shape) {
    /** Copies the list. */
    public ExportedArray {
        shape = List.copyOf(shape);
    }

    /** The dimensions that are no numbers. */
    public List<String> symbolic() {
        return shape.stream().filter(dim -> !dim.matches("\\d{1,9}")).toList();
    }

    /** Its type; empty for a symbolic dimension, or an element type that Kiln does not have. */
    public Optional<ShapedArray> aval() {
        Optional<DType> known = knownDType();
        if (known.isEmpty() || !symbolic().isEmpty()) {
            return Optional.empty();
        }
        List<Integer> dims = new ArrayList<>();
        shape.forEach(dim -> dims.add(Integer.parseInt(dim)));
        return Optional.of(new ShapedArray(known.get(), dims));
    }

    /** Its type without the first dimension; empty where there is none, or no type. */
    public Optional<ShapedArray> row() {
        return aval().filter(aval -> aval.rank() > 0)
                .map(aval -> aval.withShape(aval.shape().subList(1, aval.rank())));
    }

    /** Its element type where Kiln has it. */
    Optional<DType> knownDType() {
        for (DType each : DType.values()) {
            if (each.toString().equals(dtype.toLowerCase(Locale.ROOT))) {
                return Optional.of(each);
            }
        }
        return Optional.empty();
    }

    ExportedArray named(String other) {
        return new ExportedArray(other, dtype, shape);
    }

    /** {@code f32[b,4]}. */
    public String type() {
        return dtype + "[" + String.join(",", shape) + "]";
    }

    @Override
    public String toString() {
        return name + " " + type();
    }
}
