package io.kiln.core;

import java.util.ArrayList;
import java.util.List;

/**
 * What the axes of a convolution's operands and result mean: for each the axis of the batch (of the kernel: of the output
 * features), of the features (of the kernel: of the input features), and those of space.
 */
public record ConvDimensions(List<Integer> lhs, List<Integer> rhs, List<Integer> out) {
    /** Copies the lists. */
    public ConvDimensions {
        lhs = List.copyOf(lhs);
        rhs = List.copyOf(rhs);
        out = List.copyOf(out);
    }

    /**
     * The axes by letters, as in JAX: {@code N} for the batch, {@code C} for the features, {@code O} and {@code I} for the
     * kernel's, any others for space: {@code of("NHWC", "HWIO", "NHWC")}.
     */
    public static ConvDimensions of(String lhs, String rhs, String out) {
        String space = lhs.replace("N", "").replace("C", "");
        return new ConvDimensions(axes(lhs, "NC" + space), axes(rhs, "OI" + space), axes(out, "NC" + space));
    }

    private static List<Integer> axes(String letters, String wanted) {
        List<Integer> axes = new ArrayList<>();
        wanted.chars().forEach(c -> axes.add(letters.indexOf(c)));
        if (letters.length() != wanted.length() || axes.contains(-1)) {
            throw TraceErrors.convDimensions(letters, wanted);
        }
        return axes;
    }

    static List<Integer> space(List<Integer> axes) {
        return axes.subList(2, axes.size());
    }

    /** Batch and features, or output and input features, exchanged. */
    static List<Integer> exchanged(List<Integer> axes) {
        return Indices.concat(List.of(axes.get(1), axes.get(0)), space(axes));
    }

    boolean fits(int rank) {
        return lhs.size() == rank
                && rank >= 2
                && rhs.size() == rank
                && out.size() == rank
                && Indices.areAxes(lhs, rank)
                && Indices.areAxes(rhs, rank)
                && Indices.areAxes(out, rank);
    }

    /** As StableHLO writes it: {@code [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]}. */
    String mlir() {
        return "%sx%s->%s".formatted(mlir(lhs, "b", "f"), mlir(rhs, "o", "i"), mlir(out, "b", "f"));
    }

    private static List<String> mlir(List<Integer> axes, String first, String second) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < axes.size(); i++) {
            int at = axes.indexOf(i);
            names.add(at == 0 ? first : at == 1 ? second : String.valueOf(at - 2));
        }
        return names;
    }
}
