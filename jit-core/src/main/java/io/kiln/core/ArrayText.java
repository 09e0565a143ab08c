package io.kiln.core;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.stream.IntStream;

/** How a host array prints; {@link HostArray#toString} says what it looks like. */
final class ArrayText {
    private static final int EDGE = 3;
    private static final int LONGEST_LINE = 16;
    private static final int MOST = 1000;
    private static final int LEFT_OUT = -1;

    private final HostArray array;
    private final List<Integer> shape;
    private final boolean summarised;
    private final int width;

    private ArrayText(HostArray array) {
        this.array = array;
        this.shape = array.aval().shape();
        this.summarised = array.aval().elements() > MOST;
        this.width = widest(0, 0);
    }

    static String of(HostArray array) {
        ShapedArray aval = array.aval();
        if (aval.rank() < 2) {
            int size = Math.toIntExact(aval.elements());
            List<String> cells = shown(size, size > LONGEST_LINE).stream()
                    .map(i -> i == LEFT_OUT ? "..." : cell(array, i))
                    .toList();
            return aval + "{" + String.join(", ", cells) + "}";
        }
        if (aval.elements() == 0) {
            return aval + "{}";
        }
        StringBuilder out = new StringBuilder(aval.toString()).append('\n');
        new ArrayText(array).write(out, 0, 0);
        return out.toString();
    }

    /** The indices to show along an axis. */
    private static List<Integer> shown(int size, boolean summarised) {
        if (!summarised || size <= 2 * EDGE) {
            return IntStream.range(0, size).boxed().toList();
        }
        return IntStream.concat(
                        IntStream.concat(IntStream.range(0, EDGE), IntStream.of(LEFT_OUT)),
                        IntStream.range(size - EDGE, size))
                .boxed()
                .toList();
    }

    private int widest(int axis, int base) {
        int widest = 0;
        for (int i : shown(shape.get(axis), summarised)) {
            if (i != LEFT_OUT) {
                int at = base * shape.get(axis) + i;
                boolean last = axis == shape.size() - 1;
                widest = Math.max(widest, last ? cell(array, at).length() : widest(axis + 1, at));
            }
        }
        return widest;
    }

    private void write(StringBuilder out, int axis, int base) {
        boolean last = axis == shape.size() - 1;
        // NumPy's layout: one blank line more between the blocks of each axis further out.
        String between = last ? ", " : "\n".repeat(shape.size() - 1 - axis) + " ".repeat(axis + 1);
        out.append('[');
        String separator = "";
        for (int i : shown(shape.get(axis), summarised)) {
            out.append(separator);
            separator = between;
            int at = base * shape.get(axis) + i;
            if (i == LEFT_OUT) {
                out.append("...");
            } else if (last) {
                String cell = cell(array, at);
                out.append(" ".repeat(width - cell.length())).append(cell);
            } else {
                write(out, axis + 1, at);
            }
        }
        out.append(']');
    }

    private static String cell(HostArray array, int i) {
        return switch (array.aval().dtype()) {
            case BOOL -> String.valueOf(array.longAt(i) != 0);
            case U64 -> Long.toUnsignedString(array.longAt(i));
            case I8, I16, I32, I64, U8, U16, U32 -> String.valueOf(array.longAt(i));
            case BF16, F16, F32, F64 -> number(array.aval().dtype(), array.doubleAt(i));
            case C64, C128 -> {
                DType part = array.aval().dtype().real();
                String imaginary = number(part, array.complexAt(i).getImaginary());
                yield number(part, array.complexAt(i).getReal()) + (imaginary.startsWith("-") ? "" : "+") + imaginary
                        + "i";
            }
        };
    }

    /** The shortest decimal that the dtype rounds back to the value. */
    private static String number(DType dtype, double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        return switch (dtype.bits()) {
            case 64 -> Double.toString(value);
            case 32 -> Float.toString((float) value);
            default -> shortest(dtype, value);
        };
    }

    private static String shortest(DType dtype, double value) {
        // Five digits tell all values of 11 significant bits apart.
        for (int digits = 1; digits < 5; digits++) {
            double rounded = new BigDecimal(value)
                    .round(new MathContext(digits, RoundingMode.HALF_EVEN))
                    .doubleValue();
            if (Atom.Literal.of(dtype, rounded).toHost().doubleAt(0) == value) {
                return Float.toString((float) rounded);
            }
        }
        return Float.toString(new BigDecimal(value)
                .round(new MathContext(5, RoundingMode.HALF_EVEN))
                .floatValue());
    }
}
