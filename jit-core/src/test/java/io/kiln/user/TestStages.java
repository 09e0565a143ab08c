package io.kiln.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.jit.Control;
import io.kiln.jit.Jit;
import io.kiln.jit.Jitted1;
import io.kiln.jit.Jitted2;
import io.kiln.jit.Stages;
import org.junit.jupiter.api.Test;

/** The stages of a jitted function: program, StableHLO and executable as values, with the user's lines on request. */
class TestStages {
    private static final Tensor X = Tensor.of(1.0, 2.0, 3.0);
    private static final Tensor WEIGHTS =
            Tensor.of(HostArray.ofDoubles(ShapedArray.of(DType.F64, 100_003), i -> 1.25 * i));

    private static Tensor model(Tensor x, Tensor y) {
        Tensor product = x.times(y);
        x.cos(); // nothing uses it
        return product.sin().sum();
    }

    private static Tensor loss(Tensor x) {
        return x.exp().sum();
    }

    private static String line(String source, String containing) {
        return source.lines().filter(l -> l.contains(containing)).findFirst().orElseThrow();
    }

    @Test
    void eachStagePrintsWithoutARun() {
        Jitted2<Tensor, Tensor, Tensor> f = Jit.jit(TestStages::model);
        Stages.Traced<Tensor> traced = f.trace(X, X);
        assertThat(traced).hasToString("""
            { lambda ; a:f64[3] b:f64[3]. let
                c:f64[3] = mul a b
                d:f64[3] = sin c
                e:f64[] = reduce_sum[axes=(0,)] d
              in (e,) }\
            """);
        assertThat(traced.signature()).hasToString("(f64[3], f64[3])");
        assertThat(traced.cost()).hasToString("3 equations, about 9 operations, 56 bytes of arguments and results");
        assertThat(f.lower(X, X).text())
                .startsWith("module {")
                .contains("%0 = stablehlo.multiply %arg0, %arg1 : tensor<3xf64>");
        assertThat(f.stats().traces()).isZero();
        assertThat(f.stats().runs()).isZero();
    }

    @Test
    void aCompiledStageIsTheFunctionForOneSignature() {
        Jitted2<Tensor, Tensor, Tensor> f = Jit.jit(TestStages::model);
        Stages.Compiled<Tensor> compiled = f.lower(X, X).compile();
        assertThat(compiled.memoryAnalysis().arguments()).isEqualTo(2 * X.aval().byteSize());
        double expected = Math.sin(1) + Math.sin(4) + Math.sin(9);
        assertThat(compiled.call(X, X).item()).isCloseTo(expected, within(1e-14));
        assertThatThrownBy(() -> compiled.call(Tensor.of(1.0), Tensor.of(1.0)))
                .hasMessageContaining("it takes (f64[3], f64[3]), got (f64[1], f64[1])\nfix: call the jitted function");
    }

    @Test
    void linesStandBesideTheEquationsThatRemain() {
        String text = Jit.jit(TestStages::model).trace(X, X).sources();
        assertThat(line(text, "= mul")).matches(".*# .*TestStages\\.model\\(TestStages\\.java:\\d+\\)");
        int mul = lineNumber(line(text, "= mul"));
        assertThat(lineNumber(line(text, "= sin"))).isEqualTo(mul + 2);
        assertThat(lineNumber(line(text, "= reduce_sum"))).isEqualTo(mul + 2);
        assertThat(text).doesNotContain("cos");
    }

    private static int lineNumber(String line) {
        return Integer.parseInt(line.substring(line.lastIndexOf(':') + 1, line.length() - 1));
    }

    @Test
    void anEquationOfADerivativeHasTheLineOfWhatItIsTheDerivativeOf() {
        String text = Jit.jit(Jit.grad(TestStages::loss)).trace(X).sources();
        assertThat(line(text, "= exp")).contains("TestStages.loss(");
        assertThat(line(text, "= mul")).contains("TestStages.loss(");
    }

    @Test
    void theProgramsInsideHaveLinesToo() {
        Jitted1<Tensor, Tensor> inner = Jit.jit(TestStages::loss);
        inner.call(X); // traced before, without lines
        Jitted1<Tensor, Tensor> outer = Jit.jit(x -> inner.call(x.negate()));
        assertThat(line(outer.trace(X).sources(), "= exp")).contains("TestStages.loss(");
        Jitted1<Tensor, Tensor> loop = Jit.jit(x -> Control.fori(0, 3, x, (i, carry) -> carry.tanh()));
        assertThat(line(loop.trace(X).sources(), "= tanh")).contains("TestStages.java:");
    }

    @Test
    void linesAreNoPartOfTheProgram() {
        Jitted2<Tensor, Tensor, Tensor> f = Jit.jit(TestStages::model);
        Stages.Traced<Tensor> one = f.trace(X, X);
        Stages.Traced<Tensor> other = f.trace(X, X);
        assertThat(one.program()).isEqualTo(other.program());
        assertThat(one.lower().text()).doesNotContain("TestStages");
    }

    @Test
    void aLargeConstantIsAHiddenArgumentAndNotedWithItsLine() {
        Tensor weights = WEIGHTS;
        Jitted1<Tensor, Tensor> inner = Jit.jit(x -> x.times(weights));
        Jitted1<Tensor, Tensor> f = Jit.jit(
                x -> Jit.vmap((Tensor row) -> inner.call(row).sum(), 0).apply(x).plus(weights.max()));
        Tensor rows = Tensor.of(HostArray.zeros(ShapedArray.of(DType.F64, 2, 100_003)));
        Stages.Traced<Tensor> traced = f.trace(rows);
        assertThat(traced.constants())
                .isNotEmpty()
                .allSatisfy(c -> assertThat(c.aval()).isEqualTo(WEIGHTS.aval()));
        assertThat(traced.lower().text()).hasSizeLessThan(4000).doesNotContain("125003.75");
        assertThat(traced.sources())
                .containsPattern(
                        "hoisted constant f64\\[100003], 800,024 bytes, first used at .*TestStages\\.java:\\d+");
        f.call(rows);
        assertThat(f.explain()).contains("hoisted constants: 1 (800,024 bytes), the first parameters of the program");
    }

    @Test
    void stagesOfAFunctionThatUsesATracedTensorAreRefused() {
        Jitted1<Tensor, Tensor> outer = Jit.jit(x ->
                Tensor.of(Jit.jit((Tensor y) -> x.times(y)).trace(X).toString().length() * 1.0));
        assertThatThrownBy(() -> outer.call(X)).hasMessageContaining("the stages of a function stand alone");
    }
}
