package io.kiln.jit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.kiln.compile.LocalRuntime;
import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.Interpreter;
import io.kiln.core.Program;
import io.kiln.core.ProgramChecker;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.lower.Lowering;
import io.kiln.transform.Grad;
import io.kiln.transform.Vmap;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A jitted function inside another is one call of one function, also after the transforms. */
@Timeout(60)
class TestNestedJit {
    private static final ShapedArray VECTOR = ShapedArray.of(DType.F64, 3);
    private static final Jitted1<Tensor, Tensor> SWISH =
            Jit.jit((Tensor x) -> x.times(x.logistic())).named("swish");

    private static Program program(UnaryOperator<Tensor> f) {
        return Trace.trace(in -> List.of(f.apply(in.get(0))), List.of(VECTOR)).program();
    }

    private static String lowered(Program program) {
        return Lowering.lower(program, "f", Set.of()).toString();
    }

    private static long count(String text, String part) {
        return Pattern.compile(Pattern.quote(part)).matcher(text).results().count();
    }

    private static double swish(double x) {
        return x / (1 + Math.exp(-x));
    }

    private static double slope(double x) {
        double s = 1 / (1 + Math.exp(-x));
        return s + x * s * (1 - s);
    }

    @Test
    void itPrintsAsOneCall() {
        assertThat(program(SWISH::call)).hasToString("""
            { lambda ; a:f64[3]. let
                b:f64[3] = call[
                  name=swish
                  program=(
                    { lambda ; a:f64[3]. let
                        b:f64[3] = logistic a
                        c:f64[3] = mul a b
                      in (c,) }
                  )
                ] a
              in (b,) }\
            """);
    }

    @Test
    void twoCallsAreLoweredToOnePrivateFunction() {
        assertThat(lowered(program(x -> SWISH.call(SWISH.call(x))))).isEqualTo("""
            module {
              func.func public @main(%arg0: tensor<3xf64>) -> (tensor<3xf64>) {
                %0 = func.call @swish(%arg0) : (tensor<3xf64>) -> (tensor<3xf64>)
                %1 = func.call @swish(%0) : (tensor<3xf64>) -> (tensor<3xf64>)
                return %1 : tensor<3xf64>
              }
              func.func private @swish(%arg0: tensor<3xf64>) -> (tensor<3xf64>) {
                %0 = stablehlo.logistic %arg0 : tensor<3xf64>
                %1 = stablehlo.multiply %arg0, %0 : tensor<3xf64>
                return %1 : tensor<3xf64>
              }
            }
            """);
    }

    @Test
    void functionsOfOneNameAndAnotherProgramGetSymbolsOfTheirOwn() {
        Jitted1<Tensor, Tensor> other = Jit.jit((Tensor x) -> x.negate()).named("swish");
        String text = lowered(program(x -> other.call(SWISH.call(x))));
        assertThat(text).contains("private @swish(").contains("private @swish_1(");
    }

    @Test
    void theGradientOfCallsIsCallsAndEachWayIsOneFunction() {
        Program p = Trace.trace(in -> List.of(SWISH.call(SWISH.call(in.get(0))).sum()), List.of(VECTOR))
                .program();
        Program both = Grad.valueAndGrad(p, List.of(0));
        ProgramChecker.check(both);
        String text = lowered(both);
        assertThat(count(text, "func.call @swish(")).isEqualTo(2);
        assertThat(count(text, "func.call @vjp_swish(")).isEqualTo(2);
        assertThat(count(text, "func.func private")).isEqualTo(2);
        assertThat(count(text, "stablehlo.logistic"))
                .as("the backward pass keeps it")
                .isEqualTo(1);
        HostArray x = HostArray.of(-0.7, 0.2, 1.9);
        double[] onDevice = LocalRuntime.standard()
                .compiler()
                .load(both, "both", Set.of())
                .call(List.of(x))
                .get(1)
                .toDoubles();
        double[] inJava = Interpreter.run(both, List.of(x)).get(1).toDoubles();
        for (int i = 0; i < 3; i++) {
            double want = slope(swish(x.doubleAt(i))) * slope(x.doubleAt(i));
            assertThat(onDevice[i]).isCloseTo(want, within(1e-12));
            assertThat(inJava[i]).isCloseTo(want, within(1e-12));
        }
    }

    @Test
    void aBatchOfCallsIsACall() {
        Program batch = Vmap.vmap(program(SWISH::call), List.of(0), 4);
        assertThat(batch.equations()).hasSize(1);
        assertThat(batch.toString()).contains("name=vmap(swish)");
        assertThat(batch.outputs()).containsExactly(ShapedArray.of(DType.F64, 4, 3));
    }

    @Test
    void whatABatchDoesNotMapStaysUnmappedThroughACall() {
        Jitted2<Tensor, Tensor, List<Tensor>> both = Jit.jit((Tensor x, Tensor w) -> List.of(x.times(w), w.exp()));
        Program p = Trace.trace(
                        in -> both.call(in.get(0), in.get(1)),
                        List.of(ShapedArray.of(DType.F64), ShapedArray.of(DType.F64)))
                .program();
        String text = Vmap.vmap(p, List.of(0, -1), 5).toString();
        assertThat(text).contains(":f64[] = exp b");
    }

    @Test
    void resultsThatNothingUsesAreDroppedInsideTheCall() {
        Jitted1<Tensor, List<Tensor>> both = Jit.jit((Tensor x) -> List.of(x.exp(), x.sin()));
        Jitted1<Tensor, Tensor> outer = Jit.jit((Tensor x) -> both.call(x).get(1));
        outer.call(Tensor.scalar(2.0));
        assertThat(outer.explain()).contains("= sin a").doesNotContain("exp");
    }

    @Test
    void gradOfGradOfVmapOfANestedFunctionIsItsClosedForm() {
        Jitted1<Tensor, Tensor> sin = Jit.jit((Tensor x) -> x.sin());
        F1<Tensor, Tensor> third =
                Jit.grad(Jit.grad(Jit.grad(Jit.jit((Tensor x) -> sin.call(x).times(x)))));
        double[] got = Jit.jit(Jit.vmap(third, 0)).call(Tensor.of(0.3, 1.1)).toDoubles();
        // (x sin x)''' = -3 sin x - x cos x
        assertThat(got[0]).isCloseTo(-3 * Math.sin(0.3) - 0.3 * Math.cos(0.3), within(1e-12));
        assertThat(got[1]).isCloseTo(-3 * Math.sin(1.1) - 1.1 * Math.cos(1.1), within(1e-12));
    }

    @Test
    void aCallInsideALoopIsLoweredInsideTheLoop() {
        Jitted1<Tensor, Tensor> half = Jit.jit((Tensor x) -> x.times(0.5)).named("half");
        Jitted1<Tensor, Tensor> f = Jit.jit((Tensor x) -> Control.fori(0, 3, x, (i, y) -> half.call(y)));
        assertThat(f.call(Tensor.scalar(8.0)).item()).isEqualTo(1);
    }
}
