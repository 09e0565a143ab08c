package io.kiln.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.kiln.compile.LocalRuntime;
import io.kiln.transform.Grad;
import io.kiln.transform.Vmap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Programs made at random from a seed: what holds for each primitive holds for what is composed of them. */
@Timeout(300)
class TestRandomPrograms {
    private static final List<ShapedArray> INPUTS =
            List.of(ShapedArray.of(DType.F64, 3, 4), ShapedArray.of(DType.F64, 4), ShapedArray.of(DType.F64));

    static IntStream seeds() {
        return IntStream.range(0, 60);
    }

    static Program program(int seed) {
        Random random = new Random(seed);
        return Trace.trace(
                        in -> {
                            List<Tensor> pool = new ArrayList<>(in);
                            for (int i = 0; i < 14; i++) {
                                Tensor a = pool.get(random.nextInt(pool.size()));
                                Tensor b = pool.get(random.nextInt(pool.size()));
                                int operation = random.nextInt(14);
                                pool.add(random.nextInt(4) == 0 ? called(operation, a, b) : step(operation, a, b));
                            }
                            return List.of(pool.get(pool.size() - 1)
                                    .sum()
                                    .plus(pool.get(pool.size() - 2).mean()));
                        },
                        INPUTS)
                .program();
    }

    private static Tensor called(int operation, Tensor a, Tensor b) {
        Program inner =
                Replay.program(in -> List.of(step(operation, in.get(0), in.get(1))), List.of(a.aval(), b.aval()));
        return Trace.bind(new Call("step", inner), List.of(a, b)).get(0);
    }

    // Smooth, and bounded enough for finite differences.
    private static Tensor step(int operation, Tensor a, Tensor b) {
        return switch (operation) {
            case 0 -> a.tanh();
            case 1 -> a.sin();
            case 2 -> a.square().plus(1).sqrt();
            case 3 -> a.logistic();
            case 4 -> a.times(0.5).plus(1);
            case 5 -> a.rank() == 0 ? a.negate() : a.sum(-1);
            case 6 -> a.rank() == 0 ? a.expandDims(0) : a.reverse(0);
            case 7 -> a.transpose();
            case 8 -> a.rank() == 0 ? a.cos() : a.cumsum(0).tanh();
            case 9 -> a.rank() == 0 ? a.broadcastTo(4) : a.slice(0, 0, a.dim(0)).reshape(-1);
            case 10 ->
                a.rank() > 0 && b.rank() > 0 && a.dim(-1) == b.dim(0) && b.rank() < 3
                        ? a.dot(b).tanh()
                        : a.expm1().tanh();
            case 11 -> sameShape(a, b) ? a.times(b) : a.times(0.3);
            case 12 ->
                sameShape(a, b) ? Tensor.concatenate(0, vector(a), vector(b)).tanh() : vector(a);
            default -> sameShape(a, b) ? Tensor.where(b.greaterThan(0), a, a.times(0.1)) : a.plus(0.25);
        };
    }

    private static boolean sameShape(Tensor a, Tensor b) {
        return a.shape().equals(b.shape());
    }

    private static Tensor vector(Tensor x) {
        return x.reshape(-1);
    }

    static List<HostArray> arguments(int seed) {
        Random random = new Random(1000 + seed);
        return INPUTS.stream()
                .map(aval -> HostArray.ofDoubles(aval, _ -> random.nextGaussian()))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void itIsWellFormedAndSurvivesItsBinaryForm(int seed) {
        Program p = program(seed);
        ProgramChecker.check(p);
        assertThat(ProgramFormat.read(ProgramFormat.write(p))).isEqualTo(p);
        assertThat(program(seed)).isEqualTo(p);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void itsGradientAgreesWithFiniteDifferences(int seed) {
        Program p = program(seed);
        List<HostArray> args = arguments(seed);
        Program both = Grad.valueAndGrad(p, List.of(0, 1, 2));
        ProgramChecker.check(both);
        List<HostArray> got = Interpreter.run(both, args);
        double step = 1e-6;
        for (int k = 0; k < args.size(); k++) {
            for (int i = 0; i < args.get(k).aval().elements(); i++) {
                double slope = (at(p, args, k, i, step) - at(p, args, k, i, -step)) / (2 * step);
                assertThat(got.get(k + 1).doubleAt(i)).isCloseTo(slope, within(1e-5 * (1 + Math.abs(slope))));
            }
        }
    }

    private static double at(Program p, List<HostArray> args, int input, int element, double step) {
        List<HostArray> moved = new ArrayList<>(args);
        HostArray x = args.get(input);
        moved.set(input, HostArray.ofDoubles(x.aval(), i -> x.doubleAt(i) + (i == element ? step : 0)));
        return Interpreter.run(p, moved).get(0).doubleAt(0);
    }

    /** Gradient of each row of a batch, on the device: all three transforms and the lowering at once. */
    @ParameterizedTest
    @MethodSource("seeds")
    void aBatchOfGradientsOnTheDeviceIsALoopInPlainJava(int seed) {
        int size = 3;
        Program row = Grad.valueAndGrad(program(seed), List.of(0, 1, 2));
        Program batch = Vmap.vmap(row, Collections.nCopies(3, 0), size);
        ProgramChecker.check(batch);
        List<HostArray> stacked = new ArrayList<>();
        for (int k = 0; k < INPUTS.size(); k++) {
            ShapedArray aval = INPUTS.get(k);
            int n = Math.toIntExact(aval.elements());
            int input = k;
            stacked.add(HostArray.ofDoubles(
                    aval.withShape(Indices.prepend(size, aval.shape())),
                    i -> arguments(seed + i / n).get(input).doubleAt(i % n)));
        }
        List<HostArray> got = LocalRuntime.standard()
                .compiler()
                .load(batch, "batch", Set.of())
                .call(stacked);
        for (int r = 0; r < size; r++) {
            List<HostArray> want = Interpreter.run(row, arguments(seed + r));
            for (int k = 0; k < want.size(); k++) {
                double[] expected = want.get(k).toDoubles();
                double[] rowOf =
                        Arrays.copyOfRange(got.get(k).toDoubles(), r * expected.length, (r + 1) * expected.length);
                for (int i = 0; i < expected.length; i++) {
                    assertThat(rowOf[i]).isCloseTo(expected[i], within(1e-9 * (1 + Math.abs(expected[i]))));
                }
            }
        }
    }
}
