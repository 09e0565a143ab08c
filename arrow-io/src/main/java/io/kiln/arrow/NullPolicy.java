package io.kiln.arrow;

import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.io.Serializable;

/**
 * What becomes of a row with a null in a column that a program reads.
 *
 * @param kind the rule
 * @param value what stands in for a null while the program runs; NaN for {@link Kind#NAN} and, on float inputs, for
 *     {@link Kind#PROPAGATE}
 */
public record NullPolicy(Kind kind, double value) implements Serializable {
    /** The rules. */
    public enum Kind {
        /** A null is the user's error: the message names the column, the row and how many there are. */
        ERROR,
        /** A null becomes NaN; only float inputs can hold one. */
        NAN,
        /** A null becomes {@link NullPolicy#value()}. */
        FILL,
        /** Every result of a row with a null is null. */
        PROPAGATE
    }

    /** A null is an error. */
    public static final NullPolicy ERROR = new NullPolicy(Kind.ERROR, 0);

    /** A null becomes NaN. */
    public static final NullPolicy NAN = new NullPolicy(Kind.NAN, Double.NaN);

    /** The results of a row with a null are null. */
    public static final NullPolicy PROPAGATE = new NullPolicy(Kind.PROPAGATE, Double.NaN);

    /** A null becomes {@code value}. */
    public static NullPolicy fill(double value) {
        return new NullPolicy(Kind.FILL, value);
    }

    /**
     * The policy that {@code text} names: {@code error}, {@code nan}, {@code propagate} or a number.
     *
     * @throws KilnException of category USAGE for anything else
     */
    public static NullPolicy parse(String text) {
        return switch (text.strip()) {
            case "error" -> ERROR;
            case "nan" -> NAN;
            case "propagate" -> PROPAGATE;
            default -> {
                try {
                    yield fill(Double.parseDouble(text.strip()));
                } catch (NumberFormatException e) {
                    throw new KilnException(
                            ErrorCategory.USAGE,
                            "reading the null policy: required error, nan, propagate or a number, got '" + text + "'",
                            "say for example nulls=error, or nulls=0 to read every null as 0; to leave rows out, filter them first",
                            e);
                }
            }
        };
    }

    /** Prints as it is parsed. */
    @Override
    public String toString() {
        return switch (kind) {
            case ERROR -> "error";
            case NAN -> "nan";
            case PROPAGATE -> "propagate";
            case FILL -> Double.toString(value);
        };
    }
}
