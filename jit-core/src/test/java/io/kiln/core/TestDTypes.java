package io.kiln.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kiln.compile.LocalRuntime;
import io.kiln.error.KilnException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.numbers.complex.Complex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every dtype in the host's memory, in literals, in conversions and on a device. */
@Timeout(300)
class TestDTypes {
    private static final double[] FLOATS = {
        0,
        -0.0,
        1,
        -1,
        0.1,
        1.5,
        -2.5,
        3.999,
        127.5,
        255.49,
        1e-3,
        65504,
        1e10,
        -1e10,
        1.00390625,
        1.01171875,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Double.NaN
    };
    private static final long[] INTEGERS = {
        0,
        1,
        2,
        3,
        7,
        63,
        64,
        127,
        128,
        255,
        256,
        257,
        32767,
        65535,
        16777217,
        2147483647L,
        4294967295L,
        -1,
        -2,
        -128,
        -129,
        -32768,
        Integer.MIN_VALUE,
        9007199254740993L,
        36028797018963969L,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };

    /** Values that are hard for {@code dtype}. */
    private static HostArray edges(DType dtype) {
        return switch (dtype.kind()) {
            case BOOL -> HostArray.of(true, false);
            case SIGNED, UNSIGNED -> HostArray.ofLongs(ShapedArray.of(dtype, INTEGERS.length), i -> INTEGERS[i]);
            case FLOAT -> HostArray.ofDoubles(ShapedArray.of(dtype, FLOATS.length), i -> FLOATS[i]);
            case COMPLEX ->
                HostArray.ofComplex(
                        ShapedArray.of(dtype, FLOATS.length),
                        i -> Complex.ofCartesian(FLOATS[i], FLOATS[FLOATS.length - 1 - i]));
        };
    }

    private static List<HostArray> onDevice(Program program, HostArray... args) {
        return LocalRuntime.standard()
                .compiler()
                .load(program, "dtypes", Set.of())
                .call(List.of(args));
    }

    @ParameterizedTest
    @EnumSource
    void anArrayComesBackFromTheDeviceAsItWas(DType dtype) {
        HostArray x = edges(dtype);
        Program identity = Replay.program(ins -> ins, List.of(x.aval()));
        assertThat(onDevice(identity, x).get(0)).isEqualTo(x);
    }

    @ParameterizedTest
    @EnumSource
    void aLiteralIsTheScalarItWasMadeOf(DType dtype) {
        HostArray x = edges(dtype);
        Program constants = Replay.program(
                _ -> {
                    List<Tensor> scalars = new ArrayList<>();
                    for (int i = 0; i < x.aval().elements(); i++) {
                        scalars.add(Tensor.of(element(x, i)));
                    }
                    return scalars;
                },
                List.of());
        assertThat(onDevice(constants).stream().map(TestPrimitiveRules::numbers))
                .containsExactly(Indices.range(Math.toIntExact(x.aval().elements())).stream()
                        .map(i -> TestPrimitiveRules.numbers(element(x, i)))
                        .toArray(double[][]::new));
        assertThat(ProgramFormat.read(ProgramFormat.write(constants))).isEqualTo(constants);
        for (int i = 0; i < x.aval().elements(); i++) {
            assertThat(Atom.Literal.of(element(x, i)).toHost()).isEqualTo(element(x, i));
        }
    }

    private static HostArray element(HostArray x, int i) {
        return x.gather(ShapedArray.of(x.aval().dtype()), _ -> i);
    }

    record Pair(DType from, DType to) {}

    static Stream<Pair> conversions() {
        return Stream.of(DType.values())
                .flatMap(from -> Stream.of(DType.values())
                        .filter(to -> !from.isComplex() || to.isInexact())
                        .map(to -> new Pair(from, to)));
    }

    @ParameterizedTest
    @MethodSource("conversions")
    void aConversionInPlainJavaIsThatOfThePlugin(Pair pair) {
        HostArray x = edges(pair.from());
        Program program = Replay.program(ins -> List.of(Lax.convert(ins.get(0), pair.to())), List.of(x.aval()));
        HostArray want = Interpreter.run(program, List.of(x)).get(0);
        assertThat(TestPrimitiveRules.numbers(onDevice(program, x).get(0)))
                .as("%s to %s of %s", pair.from(), pair.to(), x)
                .containsExactly(TestPrimitiveRules.numbers(want));
    }

    static Stream<DType> integers() {
        return Stream.of(DType.values()).filter(DType::isInteger);
    }

    @ParameterizedTest
    @MethodSource("integers")
    void integerArithmeticInPlainJavaIsThatOfThePlugin(DType dtype) {
        HostArray row = edges(dtype);
        int n = Math.toIntExact(row.aval().elements());
        ShapedArray square = ShapedArray.of(dtype, n * n);
        HostArray a = row.gather(square, i -> i / n);
        HostArray b = row.gather(square, i -> i % n);
        List<Primitive> primitives = new ArrayList<>();
        for (Binary binary : Binary.values()) {
            if (binary != Binary.ATAN2 && binary != Binary.POW && binary != Binary.NEXTAFTER) {
                primitives.add(binary);
            }
        }
        primitives.addAll(List.of(Compare.values()));
        List<Primitive> unary = List.of(
                Unary.NEG,
                Unary.ABS,
                Unary.SIGN,
                Unary.NOT,
                Unary.POPULATION_COUNT,
                Unary.COUNT_LEADING_ZEROS,
                new IntegerPow(0),
                new IntegerPow(2),
                new IntegerPow(3),
                new IntegerPow(7));
        Program program = Replay.program(
                ins -> {
                    List<Tensor> outs = new ArrayList<>();
                    primitives.forEach(p -> outs.add(Trace.bind1(p, ins.get(0), ins.get(1))));
                    unary.forEach(p -> outs.add(Trace.bind1(p, ins.get(0))));
                    return outs;
                },
                List.of(square, square));
        List<HostArray> want = Interpreter.run(program, List.of(a, b));
        List<HostArray> got = onDevice(program, a, b);
        primitives.addAll(unary);
        for (int k = 0; k < primitives.size(); k++) {
            assertThat(got.get(k).toLongs())
                    .as(primitives.get(k).mnemonic())
                    .containsExactly(want.get(k).toLongs());
        }
    }

    @Test
    void doublesRoundToTheSmallFloatsAtOnce() {
        // 1 + 2^-8 + 2^-40: by way of f32 it would be a tie and round to even, to 1.
        double value = 1 + 0x1p-8 + 0x1p-40;
        assertThat(HostArray.of(ShapedArray.of(DType.BF16), value).doubleAt(0)).isEqualTo(1 + 0x1p-7);
        double half = 1 + 0x1p-11 + 0x1p-40;
        assertThat(HostArray.of(ShapedArray.of(DType.F16), half).doubleAt(0)).isEqualTo(1 + 0x1p-10);
    }

    @Test
    void complexNumbersDoNotBecomeIntegers() {
        assertThatThrownBy(() -> Lax.convert(Tensor.of(edges(DType.C64)), DType.I32))
                .isInstanceOf(KilnException.class)
                .hasMessageContaining(
                        "convert_element_type: the operand must be real to become i32: take .real() first");
    }

    @ParameterizedTest
    @MethodSource("integers")
    void divisionsOfConstantsDoNotEndTheProcess(DType dtype) {
        long smallest = dtype.kind() == DType.Kind.SIGNED ? Long.MIN_VALUE >> (64 - dtype.bits()) : 0;
        Program constants = Replay.program(
                _ -> {
                    Tensor seven = Tensor.scalar(dtype, 7);
                    Tensor low = Tensor.of(Atom.Literal.of(dtype, smallest).toHost());
                    Tensor minusOne = Tensor.of(Atom.Literal.of(dtype, -1L).toHost());
                    Tensor zero = Tensor.scalar(dtype, 0);
                    return List.of(
                            Lax.div(seven, zero),
                            Trace.bind1(Binary.REM, seven, zero),
                            Lax.div(low, minusOne),
                            Trace.bind1(Binary.REM, low, minusOne));
                },
                List.of());
        assertThat(onDevice(constants)).isEqualTo(Interpreter.run(constants, List.of()));
    }
}
