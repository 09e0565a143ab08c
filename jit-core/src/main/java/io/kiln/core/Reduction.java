package io.kiln.core;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a {@link Reduce} combines elements with. A row holds its StableHLO name, its neutral element and its derivative. */
public enum Reduction {
    SUM("add", Binary.ADD, 0) {
        @Override
        @Nullable
        Tensor slope(Tensor x, Tensor y) {
            return Lax.like(x, 1);
        }
    },
    PROD("multiply", Binary.MUL, 1) {
        @Override
        @Nullable
        Tensor slope(Tensor x, Tensor y) {
            return null;
        }
    },
    MAX("maximum", Binary.MAX, Double.NEGATIVE_INFINITY) {
        @Override
        @Nullable
        Tensor slope(Tensor x, Tensor y) {
            return isExtreme(x, y);
        }
    },
    MIN("minimum", Binary.MIN, Double.POSITIVE_INFINITY) {
        @Override
        @Nullable
        Tensor slope(Tensor x, Tensor y) {
            return isExtreme(x, y);
        }
    },
    AND("and", Binary.AND, 0) {
        @Override
        @Nullable
        Tensor slope(Tensor x, Tensor y) {
            return null;
        }
    },
    OR("or", Binary.OR, 0) {
        @Override
        @Nullable
        Tensor slope(Tensor x, Tensor y) {
            return null;
        }
    },
    XOR("xor", Binary.XOR, 0) {
        @Override
        @Nullable
        Tensor slope(Tensor x, Tensor y) {
            return null;
        }
    };

    private final String hlo;
    private final Binary combine;
    private final double neutralFloat;

    Reduction(String hlo, Binary combine, double neutralFloat) {
        this.hlo = hlo;
        this.combine = combine;
        this.neutralFloat = neutralFloat;
    }

    /**
     * The weight of each element of {@code x} in the derivative before it is shared among ties, where {@code y} is the
     * result repeated along the reduced axes; {@code null} where there is none, or where {@link Reduce} has a rule of
     * its own.
     */
    abstract @Nullable Tensor slope(Tensor x, Tensor y);

    private static Tensor isExtreme(Tensor x, Tensor y) {
        return Lax.convert(Lax.compare(Compare.EQ, x, y), x.dtype());
    }

    String mnemonic() {
        return "reduce_" + name().toLowerCase(Locale.ROOT);
    }

    String windowMnemonic() {
        return "reduce_window_" + name().toLowerCase(Locale.ROOT);
    }

    String hlo() {
        return "stablehlo." + hlo;
    }

    Binary combine() {
        return combine;
    }

    /** The result for no elements. */
    Atom.Literal neutral(DType dtype) {
        return switch (dtype.kind()) {
            case FLOAT, COMPLEX -> Atom.Literal.of(dtype, neutralFloat);
            case SIGNED, UNSIGNED -> Atom.Literal.of(dtype, neutralInteger(dtype));
            case BOOL -> Atom.Literal.of(dtype, this == AND || this == MIN ? 1L : 0L);
        };
    }

    private long neutralInteger(DType dtype) {
        boolean signed = dtype.kind() == DType.Kind.SIGNED;
        return switch (this) {
            case SUM, OR, XOR -> 0;
            case PROD -> 1;
            case AND -> -1;
            case MAX -> signed ? Long.MIN_VALUE >> (64 - dtype.bits()) : 0;
            case MIN -> signed ? Long.MAX_VALUE >> (64 - dtype.bits()) : -1;
        };
    }
}
