package io.kiln.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Programs as text, as bytes, and as what the checker accepts. */
class TestProgram {
    private static final ShapedArray VECTOR = ShapedArray.of(DType.F32, 3);
    private static final ShapedArray SCALAR = ShapedArray.of(DType.F32);

    private static Program example() {
        return Trace.trace(
                        in -> List.of(in.get(0).sin().times(in.get(1)).plus(0.1).sum()), List.of(VECTOR, VECTOR))
                .program();
    }

    @Test
    void aProgramPrintsAsAJaxpr() {
        assertThat(example()).hasToString("""
            { lambda ; a:f32[3] b:f32[3]. let
                c:f32[3] = sin a
                d:f32[3] = mul c b
                e:f32[3] = broadcast_in_dim[shape=(3,) broadcast_dimensions=()] 0.1:f32[]
                f:f32[3] = add d e
                g:f32[] = reduce_sum[axes=(0,)] f
              in (g,) }\
            """);
    }

    @Test
    void aProgramInsideAProgramIsIndented() {
        Program program = Replay.program(
                in -> Trace.bind(new Call("square", ControlCases.square()), in), List.of(ShapedArray.of(DType.F64, 3)));
        assertThat(program).hasToString("""
            { lambda ; a:f64[3]. let
                b:f64[3] c:f64[] = call[
                  name=square
                  program=(
                    { lambda ; a:f64[3]. let
                        b:f64[3] = mul a a
                        c:f64[] = reduce_sum[axes=(0,)] a
                      in (b, c) }
                  )
                ] a
              in (b, c) }\
            """);
    }

    @Test
    void namesGoOnAfterZ() {
        Program program = Trace.trace(
                        in -> {
                            Tensor x = in.get(0);
                            for (int i = 0; i < 27; i++) {
                                x = x.negate();
                            }
                            return List.of(x);
                        },
                        List.of(SCALAR))
                .program();
        assertThat(program.toString()).contains("z:f32[] = neg y\n    aa:f32[] = neg z\n    ab:f32[]");
    }

    @Test
    void tracingTheSameFunctionGivesTheSameProgramAndTheSameBytes() {
        assertThat(example()).isEqualTo(example());
        assertThat(ProgramFormat.write(example())).isEqualTo(ProgramFormat.write(example()));
    }

    @Test
    void theNumbersOfVariablesDoNotChangeTheBytes() {
        Program p = example();
        List<Atom.Var> moved = p.params().stream()
                .map(v -> new Atom.Var(v.id() + 100, v.aval()))
                .toList();
        Equation first = p.equations().get(0);
        Program small =
                new Program(p.params(), List.of(first), List.of(first.outs().get(0)));
        Program other = new Program(
                moved,
                List.of(new Equation(first.primitive(), List.of(moved.get(0)), List.of(new Atom.Var(7, VECTOR)))),
                List.of(new Atom.Var(7, VECTOR)));
        assertThat(ProgramFormat.write(other)).isEqualTo(ProgramFormat.write(small));
    }

    @Test
    void scalarsAreLiteralsAndArraysAreConstants() {
        Tensor scalar = Tensor.scalar(2f);
        Tensor array = Tensor.of(1f, 2f, 3f);
        ClosedProgram closed =
                Trace.trace(in -> List.of(in.get(0).times(scalar).plus(array).times(array)), List.of(VECTOR));
        assertThat(closed.consts()).containsExactly(HostArray.of(1f, 2f, 3f));
        assertThat(closed.program().inputs()).containsExactly(VECTOR, VECTOR);
        assertThat(closed.inputs()).containsExactly(VECTOR);
        assertThat(closed.toString()).contains("2.0:f32[]");
    }

    @Test
    void literalsAreExact() {
        for (float value : new float[] {-0f, Float.NaN, Float.NEGATIVE_INFINITY, Float.MIN_VALUE, 0.1f}) {
            Atom.Literal literal = Atom.Literal.of(DType.F32, value);
            assertThat(Float.floatToRawIntBits(literal.toHost().toFloats()[0]))
                    .isEqualTo(Float.floatToRawIntBits(value));
        }
        assertThat(Atom.Literal.of(DType.I64, Long.MAX_VALUE).toHost().toLongs())
                .containsExactly(Long.MAX_VALUE);
    }

    @Test
    void theCheckerFindsAVariableThatIsNotBound() {
        Atom.Var a = new Atom.Var(0, SCALAR);
        Program bad = new Program(List.of(a), List.of(), List.of(new Atom.Var(1, SCALAR)));
        assertThatThrownBy(() -> ProgramChecker.check(bad)).hasMessageContaining("the results use variable 1 as f32[]");
    }

    @Test
    void theCheckerFindsAWrongType() {
        Atom.Var a = new Atom.Var(0, VECTOR);
        Atom.Var b = new Atom.Var(1, SCALAR);
        Program bad = new Program(List.of(a), List.of(new Equation(Unary.EXP, List.of(a), List.of(b))), List.of(b));
        assertThatThrownBy(() -> ProgramChecker.check(bad))
                .hasMessageContaining("equation 0 (exp) has results [f32[]], but its types give [f32[3]]");
    }

    @Test
    void theCheckerFindsAVariableBoundTwice() {
        Atom.Var a = new Atom.Var(0, SCALAR);
        Program bad = new Program(List.of(a), List.of(new Equation(Unary.EXP, List.of(a), List.of(a))), List.of(a));
        assertThatThrownBy(() -> ProgramChecker.check(bad)).hasMessageContaining("bind variable 0 a second time");
    }
}
