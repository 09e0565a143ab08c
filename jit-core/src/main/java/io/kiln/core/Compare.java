package io.kiln.core;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import org.apache.commons.numbers.complex.Complex;
import org.jspecify.annotations.Nullable;

/** Elementwise comparisons of two operands of one type; the result is bool. NaN is unequal to all and not ordered. */
@SuppressWarnings("ImmutableEnumChecker") // the rows hold functions without state
public enum Compare implements Primitive {
    EQ(c -> c == 0),
    NE(c -> c != 0),
    LT(c -> c < 0),
    LE(c -> c <= 0),
    GT(c -> c > 0),
    GE(c -> c >= 0);

    private final IntPredicate holds;

    Compare(IntPredicate holds) {
        this.holds = holds;
    }

    @Override
    public String mnemonic() {
        return name().toLowerCase(Locale.ROOT);
    }

    @Override
    public List<Param> params() {
        return List.of();
    }

    @Override
    public List<ShapedArray> abstractEval(List<ShapedArray> ins) {
        ShapedArray x = Elementwise.sameType(this, ins);
        (this == EQ || this == NE ? Unary.Domain.ANY : Unary.Domain.ORDERED).check(this, x);
        return List.of(x.withDType(DType.BOOL));
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        String kind = hloKind(eqn.ins().get(0).aval().dtype());
        return List.of(out.op("stablehlo.compare %s, %s, %s, %s".formatted(name(), ins.get(0), ins.get(1), kind), eqn));
    }

    @Override
    public List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs) {
        return Collections.singletonList(null);
    }

    @Override
    public List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs) {
        return Arrays.asList(null, null);
    }

    @Override
    public List<Mapped> vmap(List<Mapped> ins, BatchAxis batch) {
        return Elementwise.vmap(this, ins, batch);
    }

    @Override
    public List<HostArray> eval(List<HostArray> ins) {
        HostArray x = ins.get(0);
        HostArray y = ins.get(1);
        DType dtype = x.aval().dtype();
        return List.of(HostArray.ofLongs(
                x.aval().withDType(DType.BOOL),
                switch (dtype.kind()) {
                    case FLOAT -> i -> holds(x.doubleAt(i), y.doubleAt(i)) ? 1 : 0;
                    case COMPLEX ->
                        i -> {
                            Complex a = x.complexAt(i);
                            Complex b = y.complexAt(i);
                            boolean equal = a.real() == b.real() && a.imag() == b.imag();
                            return equal == (this == EQ) ? 1 : 0;
                        };
                    case BOOL, SIGNED, UNSIGNED -> i -> holds.test(order(x.longAt(i), y.longAt(i), dtype)) ? 1 : 0;
                }));
    }

    /** The order of two integers or bools of {@code dtype}: negative, 0 or positive. */
    static int order(long a, long b, DType dtype) {
        return dtype == DType.U64 ? Long.compareUnsigned(a, b) : Long.compare(a, b);
    }

    /** How StableHLO compares values of {@code dtype}. */
    static String hloKind(DType dtype) {
        return switch (dtype.kind()) {
            case FLOAT, COMPLEX -> "FLOAT";
            case SIGNED -> "SIGNED";
            case BOOL, UNSIGNED -> "UNSIGNED";
        };
    }

    private boolean holds(double a, double b) {
        if (Double.isNaN(a) || Double.isNaN(b)) {
            return this == NE;
        }
        return holds.test(a < b ? -1 : a > b ? 1 : 0);
    }
}
