package io.kiln.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.jit.Control;
import io.kiln.jit.Jit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What a user's mistakes say: the problem, the user's own line, the fix. Outside the packages of the library. */
class TestMessages {
    private static final ShapedArray VECTOR = ShapedArray.of(DType.F32, 3);

    private static KilnException traced(Function<Tensor, Tensor> f) {
        KilnException e = catchThrowableOfType(
                KilnException.class, () -> Trace.trace("risk", in -> List.of(f.apply(in.get(0))), List.of(VECTOR)));
        assertThat(e).isNotNull();
        assertThat(e.category()).isEqualTo(ErrorCategory.USER);
        assertThat(e.problem()).contains("tracing risk: ").containsPattern("\n  at io\\.kiln\\.user\\.TestMessages\\.");
        assertThat(e.getMessage()).isEqualTo(e.problem() + "\nfix: " + e.fix());
        return e;
    }

    private static Tensor branches(Tensor x) {
        return x.sum().greaterThan(0).isTrue() ? x : x.negate();
    }

    @Test
    void aBranchOnATensorNamesTheLineAndTheFix() {
        KilnException e = traced(TestMessages::branches);
        assertThat(e.getMessage())
                .matches("(?s)tracing risk: a traced bool\\[] was used as a boolean, but its value is not known while"
                        + " tracing\n"
                        + "  at io\\.kiln\\.user\\.TestMessages\\.branches\\(TestMessages\\.java:\\d+\\)\n"
                        + "fix: use Tensor\\.where\\(condition, a, b\\), or Control\\.cond\\(\\.\\.\\.\\) when"
                        + " only one side may run; docs/errors\\.md#KILN-T001");
    }

    private static Tensor widened(Tensor x) {
        return Control.fori(0, 3, x.sum(), (i, c) -> c.toF64());
    }

    @Test
    void aCarryThatChangesItsTypeNamesTheLineAndTheFix() {
        KilnException e = traced(TestMessages::widened);
        assertThat(e.getMessage())
                .matches("(?s)tracing risk: fori: the carry must keep its type, but carry is f32\\[] before a step and"
                        + " f64\\[] after it\n  at io\\.kiln\\.user\\.TestMessages\\.widened\\(TestMessages\\.java:"
                        + "\\d+\\)\nfix: convert it in the step: \\.convert\\(DType\\.F32\\), or start with"
                        + " \\.convert\\(DType\\.F64\\); docs/errors\\.md#KILN-T030");
    }

    @Test
    void aTensorUsedAsANumberOrAnArrayIsAnError() {
        assertThat(traced(x -> Tensor.scalar((float) x.sum().item())).problem())
                .contains("a traced f32[] was used as a number");
        assertThat(traced(x -> Tensor.of(x.toFloats())).problem()).contains("a traced f32[3] was used as a float[]");
        assertThat(traced(x -> Tensor.of(x.value())).problem()).contains("a traced f32[3] was used as a value");
    }

    @Test
    void shapesThatDoNotBroadcastAreNamed() {
        KilnException e = traced(x -> x.plus(Tensor.of(1f, 2f)));
        assertThat(e.problem())
                .contains("add: the operands must have one shape, or shapes that broadcast, got f32[3] and f32[2]");
        assertThat(e.fix()).contains("reshape").contains("docs/errors.md#KILN-T003");
    }

    @Test
    void innerSizesOfAProductAreNamed() {
        KilnException e = traced(x -> x.dot(Tensor.zeros(DType.F32, 4, 2)));
        assertThat(e.problem()).contains("3 is not 4, got f32[3] and f32[4,2]");
    }

    @Test
    void dtypesAreNotMixedSilently() {
        KilnException e = traced(x -> x.times(Tensor.of(1.0, 2.0, 3.0)));
        assertThat(e.problem()).contains("mul: the operands must have one dtype, got f32[3] and f64[3]");
        assertThat(e.fix()).contains("convert the f32 one: .convert(DType.F64)");
    }

    @Test
    void aFractionIsNoInteger() {
        KilnException e = traced(x -> x.toI32().times(0.5));
        assertThat(e.problem()).contains("the number 0.5 was used with i32[3], whose dtype has no such value");
    }

    @Test
    void anAxisOutOfRangeIsNamed() {
        KilnException e = traced(x -> x.sum(1));
        assertThat(e.problem()).contains("reduce_sum: axis 1 is out of range for f32[3], which has rank 1");
        assertThat(e.fix()).contains("an axis from 0 to 0");
    }

    @Test
    void aFunctionThatThrowsIsNamedWithItsLineAndItsCause() {
        KilnException e = traced(x -> {
            throw new IllegalStateException("no such table");
        });
        assertThat(e.problem())
                .contains("the function threw java.lang.IllegalStateException while it was traced: no such table");
        assertThat(e.getCause()).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aTensorKeptBeyondItsTraceIsAnError() {
        List<Tensor> kept = new ArrayList<>();
        Trace.trace(
                in -> {
                    kept.add(in.get(0));
                    return in;
                },
                List.of(VECTOR));
        assertThat(traced(x -> x.plus(kept.get(0))).problem())
                .contains("a traced f32[3] was used outside the function that it belongs to");
        KilnException outside =
                catchThrowableOfType(KilnException.class, () -> kept.get(0).plus(1));
        assertThat(outside.problem()).contains("used outside the function");
    }

    @Test
    void aGradientNeedsAScalar() {
        KilnException e = catchThrowableOfType(
                KilnException.class, () -> Jit.grad((Tensor x) -> x.times(2)).apply(Tensor.of(1f, 2f)));
        assertThat(e.problem())
                .contains("grad: the function must return one float scalar (f32[] or f64[]), got f32[2]")
                .contains("at io.kiln.user.TestMessages.");
        assertThat(e.fix()).contains(".sum() or .mean()");
    }

    @Test
    void aGradientOfIntegersIsAnError() {
        KilnException e = catchThrowableOfType(
                KilnException.class,
                () -> Jit.grad((Tensor x) -> x.toF32().sum()).apply(Tensor.of(1, 2)));
        assertThat(e.problem()).contains("grad: argument 0 must hold floats to be differentiated, got i32[2]");
    }

    record Model(Tensor w, List<Object> layers) {}

    @Test
    void aLeafThatIsNoTensorIsNamedByItsPath() {
        Model model = new Model(Tensor.of(1f), List.of(Tensor.of(1f), Map.of("rate", 0.1)));
        KilnException e = catchThrowableOfType(
                KilnException.class, () -> Jit.jit((Model m) -> m.w()).call(model));
        assertThat(e.problem()).contains("m.layers[1].rate is a java.lang.Double");
        assertThat(e.fix()).contains("Tensor.scalar(x)").contains("@Static");
    }

    @Test
    void aNullLeafIsNamedByItsPath() {
        KilnException e = catchThrowableOfType(
                KilnException.class, () -> Jit.jit((Model m) -> m.w()).call(new Model(null, List.of())));
        assertThat(e.problem()).contains("m.w is null");
    }

    @Test
    void theAxesOfVmapMustFit() {
        Tensor a = Tensor.zeros(DType.F32, 3, 2);
        Tensor b = Tensor.zeros(DType.F32, 4, 2);
        KilnException sizes = catchThrowableOfType(
                KilnException.class,
                () -> Jit.vmap((Tensor x, Tensor y) -> x.plus(y), 0, 0).apply(a, b));
        assertThat(sizes.problem()).contains("the mapped axes must have one size, got 3 and 4 (argument 1: f32[4,2])");
        KilnException axis = catchThrowableOfType(
                KilnException.class,
                () -> Jit.vmap((Tensor x, Tensor y) -> x.plus(y), 2, 0).apply(a, b));
        assertThat(axis.problem()).contains("argument 0 is f32[3,2], which has no axis 2");
    }

    @Test
    void bytesThatDoNotFitTheirTypeAreAnError() {
        KilnException e = catchThrowableOfType(
                KilnException.class, () -> HostArray.of(VECTOR, java.lang.foreign.MemorySegment.ofArray(new byte[8])));
        assertThat(e.problem()).contains("an array of f32[3] has 12 bytes, got 8");
    }
}
