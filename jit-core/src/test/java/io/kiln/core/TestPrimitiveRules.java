package io.kiln.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.kiln.transform.Grad;
import io.kiln.transform.Jvp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntToDoubleFunction;
import org.apache.commons.numbers.complex.Complex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every rule of every primitive, driven by the rows of {@link PrimitiveCases}. */
class TestPrimitiveRules {
    private static final double STEP = 1e-6;

    static List<PrimitiveCase> all() {
        return PrimitiveCases.all();
    }

    static List<PrimitiveCase> smooth() {
        return all().stream().filter(PrimitiveCase::smooth).toList();
    }

    static List<PrimitiveCase> mappable() {
        return all().stream().filter(c -> !c.ins().isEmpty()).toList();
    }

    @Test
    void everyPrimitiveAndEveryRowOfAFamilyHasACase() {
        Set<Object> covered = new HashSet<>();
        for (PrimitiveCase c : all()) {
            covered.add(c.primitive());
            covered.add(c.primitive().getClass());
            if (c.primitive() instanceof Reduce(Reduction reduction, List<Integer> _)) {
                covered.add(reduction);
            }
            if (c.primitive() instanceof ReduceWindow(Reduction reduction, List<Integer> _, Window _)) {
                covered.add(reduction.windowMnemonic());
            }
            if (c.primitive() instanceof Scatter scatter) {
                covered.add(scatter.combine());
            }
        }
        assertThat(covered).containsAll(concrete(Primitive.class));
        assertThat(covered)
                .contains((Object[]) Unary.values())
                .contains((Object[]) Binary.values())
                .contains((Object[]) SpecialFunction.values())
                .contains((Object[]) Compare.values())
                .contains((Object[]) Reduction.values())
                .contains((Object[]) Scatter.Combine.values());
    }

    private static List<Class<?>> concrete(Class<?> type) {
        // A collective has no value outside the vmap that names its axis: TestCollectives.
        if (type == Collective.class) {
            return List.of();
        }
        return type.isInterface()
                ? Arrays.stream(type.getPermittedSubclasses())
                        .flatMap(c -> concrete(c).stream())
                        .toList()
                : List.of(type);
    }

    @ParameterizedTest
    @MethodSource("all")
    void abstractEvalGivesTheTypes(PrimitiveCase c) {
        List<ShapedArray> ins = c.ins().stream().map(HostArray::aval).toList();
        assertThat(c.primitive().abstractEval(ins)).map(ShapedArray::toString).isEqualTo(c.types());
    }

    @ParameterizedTest
    @MethodSource("all")
    void loweringIsTheGoldenLine(PrimitiveCase c) {
        Emitter out = new Emitter("");
        List<String> args =
                Indices.range(c.ins().size()).stream().map(i -> "%arg" + i).toList();
        out.body(c.program(), args);
        assertThat(out.text()).contains(c.golden());
    }

    @ParameterizedTest
    @MethodSource("all")
    void evalGivesWhatPlainJavaGives(PrimitiveCase c) {
        List<HostArray> outs = Interpreter.run(c.program(), c.ins());
        for (int i = 0; i < outs.size(); i++) {
            assertThat(numbers(outs.get(i))).containsExactly(c.expected().get(i), within(1e-12));
            assertThat(outs.get(i).aval()).hasToString(c.types().get(i));
        }
    }

    @ParameterizedTest
    @MethodSource("smooth")
    void vjpAgreesWithFiniteDifferences(PrimitiveCase c) {
        List<Integer> wrt = Replay.floats(c.program().inputs());
        List<HostArray> cts = cotangents(c.program());
        List<HostArray> grads = vjp(c.program(), c.ins(), cts, wrt);
        for (int k = 0; k < wrt.size(); k++) {
            int input = wrt.get(k);
            double[] got = numbers(grads.get(k));
            boolean complex = grads.get(k).aval().dtype().isComplex();
            for (int i = 0; i < got.length; i++) {
                double slope = (objective(c, cts, input, i, STEP) - objective(c, cts, input, i, -STEP)) / (2 * STEP);
                // A cotangent g pairs with a tangent t by Re(g t): the slope along the imaginary part is -Im(g).
                assertThat(complex && i % 2 == 1 ? -got[i] : got[i])
                        .as("operand %d, element %d", input, i)
                        .isCloseTo(slope, within(1e-6));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("smooth")
    void jvpIsTheTransposeOfVjp(PrimitiveCase c) {
        Program p = c.program();
        List<Integer> wrt = Replay.floats(p.inputs());
        List<HostArray> cts = cotangents(p);
        List<HostArray> tangents = new ArrayList<>();
        for (int i : wrt) {
            tangents.add(filled(p.inputs().get(i), k -> Math.sin(1.0 + i + 2.0 * k)));
        }
        List<HostArray> grads = vjp(p, c.ins(), cts, wrt);
        List<HostArray> forward = jvp(p, c.ins(), tangents, wrt);
        assertThat(inner(forward, cts)).isCloseTo(inner(tangents, grads), within(1e-6));
    }

    @ParameterizedTest
    @MethodSource("mappable")
    void vmapIsALoop(PrimitiveCase c) {
        int size = 3;
        int n = c.ins().size();
        for (int mask = 1; mask < 1 << n; mask++) {
            List<HostArray> operands = new ArrayList<>();
            List<ShapedArray> avals = new ArrayList<>();
            boolean[] mapped = new boolean[n];
            for (int i = 0; i < n; i++) {
                mapped[i] = (mask & 1 << i) != 0;
                HostArray in = c.ins().get(i);
                operands.add(mapped[i] ? stack(in, size) : in);
                avals.add(operands.get(i).aval());
            }
            Program batch = Replay.program(
                    args -> {
                        List<Mapped> ins = new ArrayList<>();
                        for (int i = 0; i < n; i++) {
                            ins.add(new Mapped(args.get(i), mapped[i]));
                        }
                        return Replay.vmap(c.program(), ins, BatchAxis.of(size)).stream()
                                .map(m -> m.along(BatchAxis.of(size)))
                                .toList();
                    },
                    avals);
            ProgramChecker.check(batch);
            List<HostArray> got = Interpreter.run(batch, operands);
            for (int row = 0; row < size; row++) {
                List<HostArray> one = new ArrayList<>();
                for (int i = 0; i < n; i++) {
                    one.add(mapped[i] ? variant(c.ins().get(i), row) : c.ins().get(i));
                }
                List<HostArray> want = Interpreter.run(c.program(), one);
                for (int k = 0; k < want.size(); k++) {
                    int elements = Math.toIntExact(want.get(k).aval().elements());
                    int each = want.get(k).aval().dtype().isComplex() ? 2 * elements : elements;
                    double[] rowValues = Arrays.copyOfRange(numbers(got.get(k)), row * each, (row + 1) * each);
                    assertThat(rowValues)
                            .as("mapped %s, row %d", Arrays.toString(mapped), row)
                            .containsExactly(numbers(want.get(k)), within(1e-12));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void theProgramIsWellFormedAndSurvivesItsBinaryForm(PrimitiveCase c) {
        ProgramChecker.check(c.program());
        assertThat(ProgramFormat.read(ProgramFormat.write(c.program()))).isEqualTo(c.program());
    }

    // Row 0 is the operand itself; other rows differ from it, within the domain of the operation.
    private static HostArray variant(HostArray in, int row) {
        ShapedArray aval = in.aval();
        return switch (aval.dtype().kind()) {
            case FLOAT -> HostArray.ofDoubles(aval, i -> in.doubleAt(i) * (1 + 0.25 * row));
            case COMPLEX -> HostArray.ofComplex(aval, i -> in.complexAt(i).multiply(1 + 0.25 * row));
            case SIGNED, UNSIGNED -> HostArray.ofLongs(aval, i -> in.longAt(i) + row);
            case BOOL -> HostArray.ofLongs(aval, i -> (in.longAt(i) + row) % 2);
        };
    }

    /** The elements, of complex arrays both parts of each. */
    static double[] numbers(HostArray array) {
        return (array.aval().dtype().isComplex() ? array.parts() : array).toDoubles();
    }

    /** An array of floats or complex numbers with the numbers {@code value(i)}. */
    static HostArray filled(ShapedArray aval, IntToDoubleFunction value) {
        return aval.dtype().isComplex()
                ? HostArray.ofComplex(
                        aval, i -> Complex.ofCartesian(value.applyAsDouble(2 * i), value.applyAsDouble(2 * i + 1)))
                : HostArray.ofDoubles(aval, value);
    }

    private static HostArray stack(HostArray in, int size) {
        int n = Math.toIntExact(in.aval().elements());
        ShapedArray aval = in.aval().withShape(Indices.prepend(size, in.aval().shape()));
        return HostArray.pick(aval, i -> variant(in, i / n), i -> i % n);
    }

    private static List<HostArray> cotangents(Program p) {
        return p.outputs().stream()
                .map(aval ->
                        aval.dtype().isInexact() ? filled(aval, i -> 0.5 + Math.cos(3.0 * i)) : HostArray.zeros(aval))
                .toList();
    }

    private static List<HostArray> vjp(Program p, List<HostArray> ins, List<HostArray> cts, List<Integer> wrt) {
        Program back = Grad.vjp(p, wrt);
        ProgramChecker.check(back);
        List<HostArray> all = new ArrayList<>(ins);
        all.addAll(cts);
        return Interpreter.run(back, all);
    }

    private static List<HostArray> jvp(Program p, List<HostArray> ins, List<HostArray> tangents, List<Integer> wrt) {
        Program forward = Jvp.jvp(p);
        ProgramChecker.check(forward);
        List<HostArray> all = new ArrayList<>(ins);
        for (int i = 0; i < ins.size(); i++) {
            int at = wrt.indexOf(i);
            all.add(at < 0 ? HostArray.zeros(ins.get(i).aval()) : tangents.get(at));
        }
        List<HostArray> outs = Interpreter.run(forward, all);
        return outs.subList(p.results().size(), outs.size());
    }

    private static double objective(PrimitiveCase c, List<HostArray> cts, int input, int element, double step) {
        List<HostArray> ins = new ArrayList<>(c.ins());
        HostArray x = ins.get(input);
        double[] at = numbers(x);
        ins.set(input, filled(x.aval(), i -> at[i] + (i == element ? step : 0)));
        Program p = c.program();
        // Results of f32 are too coarse for differences: their cast is compared in f64 by the identity.
        if (c.primitive() instanceof Convert) {
            return inner(List.of(ins.get(0)), cts);
        }
        return inner(Interpreter.run(p, ins), cts);
    }

    private static double inner(List<HostArray> a, List<HostArray> b) {
        double sum = 0;
        for (int k = 0; k < a.size(); k++) {
            DType dtype = a.get(k).aval().dtype();
            if (dtype.isInexact()) {
                double[] x = numbers(a.get(k));
                double[] y = numbers(b.get(k));
                for (int i = 0; i < x.length; i++) {
                    sum += dtype.isComplex() && i % 2 == 1 ? -x[i] * y[i] : x[i] * y[i];
                }
            }
        }
        return sum;
    }
}
