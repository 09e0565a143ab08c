package io.kiln.core;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a {@link Reduce} combines elements with. A row holds its StableHLO name, its neutral element and its derivative. */
public enum Reduction {
    SUM("add", Binary.ADD, 0, 0) {
        @Override
        @Nullable
        Tensor slope(Tensor x, Tensor y) {
            return Lax.like(x, 1);
        }
    },
    PROD("multiply", Binary.MUL, 1, 1) {
        @Override
        @Nullable
        Tensor slope(Tensor x, Tensor y) {
            return null;
        }
    },
    MAX("maximum", Binary.MAX, Double.NEGATIVE_INFINITY, Long.MIN_VALUE) {
        @Override
        @Nullable
        Tensor slope(Tensor x, Tensor y) {
            return isExtreme(x, y);
        }
    },
    MIN("minimum", Binary.MIN, Double.POSITIVE_INFINITY, Long.MAX_VALUE) {
        @Override
        @Nullable
        Tensor slope(Tensor x, Tensor y) {
            return isExtreme(x, y);
        }
    },
    AND("and", Binary.AND, 0, -1) {
        @Override
        @Nullable
        Tensor slope(Tensor x, Tensor y) {
            return null;
        }
    },
    OR("or", Binary.OR, 0, 0) {
        @Override
        @Nullable
        Tensor slope(Tensor x, Tensor y) {
            return null;
        }
    };

    private final String hlo;
    private final Binary combine;
    private final double neutralFloat;
    private final long neutralInteger;

    Reduction(String hlo, Binary combine, double neutralFloat, long neutralInteger) {
        this.hlo = hlo;
        this.combine = combine;
        this.neutralFloat = neutralFloat;
        this.neutralInteger = neutralInteger;
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

    String hlo() {
        return "stablehlo." + hlo;
    }

    Binary combine() {
        return combine;
    }

    /** The result for no elements. */
    Atom.Literal neutral(DType dtype) {
        return switch (dtype) {
            case F32, F64 -> Atom.Literal.of(dtype, neutralFloat);
            case I64 -> Atom.Literal.of(dtype, neutralInteger);
            case I32 ->
                Atom.Literal.of(dtype, Math.clamp(neutralInteger, (long) Integer.MIN_VALUE, (long) Integer.MAX_VALUE));
            case BOOL -> Atom.Literal.of(dtype, this == AND || this == MIN ? 1L : 0L);
        };
    }
}
