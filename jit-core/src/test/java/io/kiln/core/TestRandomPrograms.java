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
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Programs made at random from a seed: what holds for each primitive holds for what is composed of them. */
@Timeout(300)
class TestRandomPrograms {
    private static final List<ShapedArray> INPUTS =
            List.of(ShapedArray.of(DType.F64, 3, 4), ShapedArray.of(DType.F64, 4), ShapedArray.of(DType.F64));

    /** All seeds, or the one of {@code -Dkiln.seed}, as a failure's name has it. */
    static IntStream seeds() {
        Integer one = Integer.getInteger("kiln.seed");
        return one == null ? IntStream.range(0, 60) : IntStream.of(one);
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
                                pool.add(
                                        switch (random.nextInt(13)) {
                                            case 0, 1 -> called(operation, a, b);
                                            case 2 -> chosen(operation, random.nextInt(14), a, b);
                                            case 3 -> scanned(operation, random.nextInt(14), a, b);
                                            case 4, 5, 6 -> structured(operation, sheet(a), sheet(b));
                                            default -> step(operation, a, b);
                                        });
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
        Primitive nested = operation % 2 == 0 ? new Call("step", inner) : new Remat(inner, false);
        return Trace.bind(nested, List.of(a, b)).get(0);
    }

    /** One of two steps, by the sign of a sum. */
    private static Tensor chosen(int one, int other, Tensor a, Tensor b) {
        Function<Integer, Program> branch = operation -> Replay.program(
                in -> List.of(
                        step(operation, in.get(0), in.get(1)).sum(), in.get(0).tanh()),
                List.of(a.aval(), b.aval()));
        Tensor index = b.sum().greaterThan(0.1).convert(DType.I32);
        List<Tensor> outs = Trace.bind(new Cond(List.of(branch.apply(one), branch.apply(other))), List.of(index, a, b));
        return outs.get(0).tanh().plus(outs.get(1));
    }

    /** Three steps over the rows of a matrix, of a scan inside a scan: constant, carry, counter, stacked results. */
    private static Tensor scanned(int one, int other, Tensor a, Tensor b) {
        ShapedArray count = ShapedArray.of(DType.I32);
        ShapedArray row = ShapedArray.of(DType.F64, 4);
        Program inner = Replay.program(
                in -> {
                    Tensor next =
                            in.get(1).times(0.5).plus(in.get(2).times(in.get(0)).sin());
                    return List.of(next, next.square());
                },
                List.of(row.withShape(List.of()), row.withShape(List.of()), row.withShape(List.of())));
        Program body = Replay.program(
                in -> {
                    Tensor a2 = step(one, in.get(0), in.get(1)).sum().tanh();
                    List<Tensor> rows = Trace.bind(
                            new Scan(inner, 4, 1, 1, true, 2),
                            List.of(
                                    a2,
                                    in.get(3)
                                            .convert(DType.F64)
                                            .plus(in.get(2).sum())
                                            .tanh(),
                                    in.get(4)));
                    Tensor next = step(other, in.get(2), in.get(2))
                            .sum()
                            .tanh()
                            .plus(in.get(2).times(0.5));
                    return List.of(next, in.get(3).plus(1), rows.get(0).plus(rows.get(1)));
                },
                List.of(a.aval(), b.aval(), row, count, row));
        Tensor x = Tensor.concatenate(0, a.sum().broadcastTo(8), b.sum().cos().broadcastTo(4))
                .reshape(3, 4);
        Tensor start = b.mean().tanh().broadcastTo(4);
        List<Tensor> outs = Trace.bind(
                new Scan(body, 3, 2, 2, false, 1), List.of(a.tanh(), b, start, Lax.scalar(DType.I32, 0), x.tanh()));
        return outs.get(0).plus(outs.get(2).sum(0)).tanh();
    }

    /** A matrix of elements of {@code a}. No two of them are the same: sorts and maxima have no derivative where they are. */
    private static Tensor sheet(Tensor a) {
        Tensor v = vector(a).tanh();
        int n = v.dim(0);
        Tensor twelve = n >= 12 ? v.slice(0, 0, 12) : Lax.pad(v, 0, List.of(0), List.of(12 - n), List.of(0));
        Tensor apart =
                Lax.iota(ShapedArray.of(DType.F64, 12), 0).times(1.7).sin().times(1.3);
        return twelve.plus(apart).reshape(3, 4);
    }

    /** An operation on the positions of two matrices of 3 by 4, or of linear algebra. */
    private static Tensor structured(int operation, Tensor a, Tensor b) {
        Tensor start = b.sum().times(2).convert(DType.I32);
        Tensor rows = Lax.iota(ShapedArray.of(DType.I32, 3), 0).minus(1).abs(); // 1, 0, 1
        Tensor result = switch (operation) {
            case 0 -> a.sort(1, true);
            case 1 -> a.take(rows, 0);
            case 2 -> a.at(rows).add(b);
            case 3 -> a.at(rows).multiply(b);
            case 4 -> a.dynamicSlice(1, start, 2);
            case 5 -> a.dynamicUpdateSlice(b.slice(1, 1, 3), List.of(start, start));
            case 6 -> a.topK(2).values();
            case 7 -> a.cummax(1).plus(b.cumsum(0, true));
            case 8 -> Pooling.max(a, new int[] {2, 2}, new int[] {1, 2}, Padding.SAME);
            case 9 -> Pooling.avg(a, new int[] {2, 3}, new int[] {1, 1}, Padding.VALID);
            case 10 ->
                Convolution.of("NCW", "OIW", "NCW").padding(Padding.SAME).apply(a.reshape(1, 3, 4), b.reshape(2, 3, 2));
            case 11 -> Trace.bind1(new Cholesky(), positive(a));
            case 12 ->
                Trace.bind1(
                        new TriangularSolve(true, true, TriangularSolve.Op.NO_TRANSPOSE, false),
                        Trace.bind1(new Cholesky(), positive(a)),
                        b);
            default -> {
                Tensor spectrum = Trace.bind1(new Fft(Fft.Kind.RFFT, List.of(4)), a);
                yield spectrum.real().plus(spectrum.imag().times(0.5));
            }
        };
        return result.times(0.7).sin();
    }

    private static Tensor positive(Tensor a) {
        ShapedArray square = ShapedArray.of(DType.I32, 3, 3);
        Tensor diagonal = Lax.iota(square, 0).minus(Lax.iota(square, 1)).abs().lessThan(1);
        return a.dot(a.transpose()).plus(diagonal.convert(DType.F64).times(2));
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

    @Test
    void theSeedsReachTheStructuredPrimitives() {
        assertThat(IntStream.range(0, 60)
                        .mapToObj(TestRandomPrograms::program)
                        .flatMap(p -> p.equations().stream())
                        .map(eqn -> eqn.primitive().mnemonic()))
                .contains(
                        "gather",
                        "scatter_add",
                        "scatter_mul",
                        "dynamic_slice",
                        "dynamic_update_slice",
                        "sort",
                        "top_k")
                .contains("reduce_window_max", "conv_general_dilated", "cholesky", "triangular_solve", "fft")
                .contains("scan", "cond", "call", "checkpoint");
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
