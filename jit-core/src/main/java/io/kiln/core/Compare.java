package io.kiln.core;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
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
        return List.of(Elementwise.sameType(this, ins).withDType(DType.BOOL));
    }

    @Override
    public List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        String kind = switch (eqn.ins().get(0).aval().dtype()) {
            case F32, F64 -> "FLOAT";
            case I32, I64 -> "SIGNED";
            case BOOL -> "UNSIGNED";
        };
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
        ShapedArray aval = x.aval().withDType(DType.BOOL);
        return List.of(HostArray.ofLongs(
                aval,
                x.aval().dtype().isFloat()
                        ? i -> holds(x.doubleAt(i), y.doubleAt(i)) ? 1 : 0
                        : i -> holds.test(Long.compare(x.longAt(i), y.longAt(i))) ? 1 : 0));
    }

    private boolean holds(double a, double b) {
        if (Double.isNaN(a) || Double.isNaN(b)) {
            return this == NE;
        }
        return holds.test(a < b ? -1 : a > b ? 1 : 0);
    }
}
