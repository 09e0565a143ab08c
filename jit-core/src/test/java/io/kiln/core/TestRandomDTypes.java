package io.kiln.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.kiln.compile.LocalRuntime;
import io.kiln.transform.Vmap;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Programs made at random from a seed, of each element type but f64, which {@link TestRandomPrograms} has. */
@Timeout(300)
class TestRandomDTypes {
    private static final int SEEDS = 4;

    /** A program of one element type. */
    record Made(DType dtype, int seed) {
        @Override
        public String toString() {
            return dtype + ", -Dkiln.seed=" + seed;
        }

        List<ShapedArray> inputs() {
            return List.of(ShapedArray.of(dtype, 3, 4), ShapedArray.of(dtype, 3, 4));
        }

        Program program() {
            Random random = new Random(seed);
            return Trace.trace(
                            in -> {
                                List<Tensor> pool = new ArrayList<>(in);
                                for (int i = 0; i < 10; i++) {
                                    Tensor a = pool.get(random.nextInt(pool.size()));
                                    Tensor b = pool.get(random.nextInt(pool.size()));
                                    pool.add(step(random.nextInt(16), a, b));
                                }
                                return List.of(pool.getLast(), pool.get(pool.size() - 2));
                            },
                            inputs())
                    .program();
        }

        List<HostArray> arguments(int row) {
            Random random = new Random(1000L * (row + 1) + seed);
            return inputs().stream()
                    .map(aval -> dtype.isInexact()
                            ? TestPrimitiveRules.filled(aval, _ -> random.nextInt(-8, 9) / 8.0)
                            : HostArray.ofLongs(aval, _ -> dtype == DType.BOOL ? random.nextInt(2) : random.nextLong()))
                    .toList();
        }
    }

    static List<Made> programs() {
        Integer one = Integer.getInteger("kiln.seed");
        return Stream.of(DType.values())
                .filter(d -> d != DType.F64)
                .flatMap(d -> (one == null ? Indices.range(SEEDS) : List.of(one))
                        .stream().map(s -> new Made(d, s)))
                .toList();
    }

    /** What every type has, then what its kind has; all keep the shape. */
    private static Tensor step(int operation, Tensor a, Tensor b) {
        return switch (operation) {
            case 0 -> a.reverse(0);
            case 1 -> Tensor.concatenate(0, a, b).slice(0, 2, 5);
            case 2 -> a.transpose().reshape(3, 4);
            case 3 -> a.take(Lax.iota(ShapedArray.of(DType.I32, 3), 0).minus(1).abs(), 0);
            case 4 -> Tensor.where(Lax.iota(ShapedArray.of(DType.I32, 3, 4), 1).lessThan(2), a, b);
            default ->
                switch (a.dtype().kind()) {
                    case BOOL -> logic(operation, a, b);
                    case SIGNED, UNSIGNED -> integer(operation, a, b);
                    case FLOAT -> floating(operation, a, b);
                    case COMPLEX -> complex(operation, a, b);
                };
        };
    }

    private static Tensor logic(int operation, Tensor a, Tensor b) {
        return switch (operation % 4) {
            case 0 -> a.and(b);
            case 1 -> a.or(b);
            case 2 -> a.xor(b);
            default -> a.convert(DType.I8).plus(b.convert(DType.I8)).convert(DType.BOOL);
        };
    }

    private static Tensor integer(int operation, Tensor a, Tensor b) {
        return switch (operation) {
            case 5 -> a.plus(b);
            case 6 -> a.minus(b);
            case 7 -> a.times(b);
            case 8 -> a.and(b).xor(a);
            case 9 -> a.maximum(b);
            case 10 -> a.cumsum(1);
            case 11 -> a.sort(1);
            case 12 -> a.shiftLeft(3).or(b.shiftRight(2));
            case 13 -> a.convert(a.dtype() == DType.U8 ? DType.I32 : DType.U8).convert(a.dtype());
            case 14 -> a.dividedBy(b);
            default ->
                a.at(Lax.iota(ShapedArray.of(DType.I32, 3), 0).minus(1).abs()).add(b);
        };
    }

    // Every result is in [-1, 1], so that the rounding of a step does not grow.
    private static Tensor floating(int operation, Tensor a, Tensor b) {
        return switch (operation) {
            case 5 -> a.plus(b).times(0.5);
            case 6 -> a.minus(b).times(0.5);
            case 7 -> a.times(b);
            case 8 -> a.negate();
            case 9 -> a.minimum(b);
            case 10 -> a.cumsum(1).times(0.25);
            case 11 -> a.sort(1);
            case 12 -> a.convert(DType.F64).tanh().convert(a.dtype());
            case 13 -> a.abs();
            case 14 -> a.mean(1).broadcastTo(4, 3).transpose();
            default ->
                a.at(Lax.iota(ShapedArray.of(DType.I32, 3), 0).minus(1).abs()).max(b);
        };
    }

    private static Tensor complex(int operation, Tensor a, Tensor b) {
        return switch (operation % 7) {
            case 0 -> a.plus(b).times(0.5);
            case 1 -> a.minus(b).times(0.5);
            case 2 -> a.times(b).times(0.5);
            case 3 -> a.negate();
            case 4 -> a.conj();
            case 5 -> Tensor.complex(b.real(), a.imag());
            default -> a.sum(1).times(0.25).broadcastTo(4, 3).transpose();
        };
    }

    @ParameterizedTest
    @MethodSource("programs")
    void itIsWellFormedAndThePluginAndTheInterpreterAgree(Made made) {
        Program p = made.program();
        ProgramChecker.check(p);
        assertThat(ProgramFormat.read(ProgramFormat.write(p))).isEqualTo(p);
        List<HostArray> got =
                LocalRuntime.standard().compiler().load(p, "dtypes", Set.of()).call(made.arguments(0));
        List<HostArray> want = Interpreter.run(p, made.arguments(0));
        for (int i = 0; i < want.size(); i++) {
            agree(got.get(i), want.get(i), made.dtype());
        }
    }

    @ParameterizedTest
    @MethodSource("programs")
    void aBatchOfItIsALoop(Made made) {
        int size = 2;
        Program p = made.program();
        Program batch = Vmap.vmap(p, List.of(0, 0), size);
        ProgramChecker.check(batch);
        List<HostArray> stacked = new ArrayList<>();
        for (int k = 0; k < made.inputs().size(); k++) {
            int input = k;
            ShapedArray aval = made.inputs().get(k);
            int n = Math.toIntExact(aval.elements());
            stacked.add(HostArray.pick(
                    aval.withShape(Indices.prepend(size, aval.shape())),
                    i -> made.arguments(i / n).get(input),
                    i -> i % n));
        }
        List<HostArray> got = Interpreter.run(batch, stacked);
        for (int row = 0; row < size; row++) {
            List<HostArray> want = Interpreter.run(p, made.arguments(row));
            for (int i = 0; i < want.size(); i++) {
                ShapedArray aval = want.get(i).aval();
                int offset = row * Math.toIntExact(aval.elements());
                agree(got.get(i).gather(aval, e -> e + offset), want.get(i), made.dtype());
            }
        }
    }

    /** Integers and truth values are the same; floats differ by the rounding of ten steps. */
    private static void agree(HostArray got, HostArray want, DType dtype) {
        assertThat(got.aval()).isEqualTo(want.aval());
        if (!dtype.isInexact()) {
            assertThat(got).isEqualTo(want);
            return;
        }
        assertThat(TestPrimitiveRules.numbers(got))
                .containsExactly(TestPrimitiveRules.numbers(want), within(16 * dtype.epsilon()));
    }
}
