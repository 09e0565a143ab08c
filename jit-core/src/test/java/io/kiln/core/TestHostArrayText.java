package io.kiln.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.commons.numbers.complex.Complex;
import org.junit.jupiter.api.Test;

class TestHostArrayText {
    @Test
    void scalarsAndVectorsTakeOneLine() {
        assertThat(HostArray.scalar(2.5f)).hasToString("f32[]{2.5}");
        assertThat(HostArray.of(1.0, Double.NaN, Double.NEGATIVE_INFINITY)).hasToString("f64[3]{1.0, nan, -inf}");
        assertThat(HostArray.of(new int[0])).hasToString("i32[0]{}");
        assertThat(HostArray.of(true, false)).hasToString("bool[2]{true, false}");
    }

    @Test
    void aLongVectorShowsItsEnds() {
        HostArray long_ = HostArray.ofLongs(ShapedArray.of(DType.I32, 17), i -> i);
        assertThat(long_).hasToString("i32[17]{0, 1, 2, ..., 14, 15, 16}");
    }

    @Test
    void rowsAreAlignedBelowTheType() {
        HostArray matrix = HostArray.ofNested(new double[][] {{1, -20.5}, {3.25, 4}});
        assertThat(matrix).hasToString("""
            f64[2,2]
            [[  1.0, -20.5]
             [ 3.25,   4.0]]\
            """);
    }

    @Test
    void blocksAreSetApart() {
        HostArray cube = HostArray.ofNested(new int[][][] {{{1, 2}}, {{3, 40}}});
        assertThat(cube).hasToString("""
            i32[2,1,2]
            [[[ 1,  2]]

             [[ 3, 40]]]\
            """);
    }

    @Test
    void aLargeArrayShowsItsCorners() {
        HostArray large = HostArray.ofLongs(ShapedArray.of(DType.I32, 200, 7), i -> i);
        assertThat(large).hasToString("""
            i32[200,7]
            [[   0,    1,    2, ...,    4,    5,    6]
             [   7,    8,    9, ...,   11,   12,   13]
             [  14,   15,   16, ...,   18,   19,   20]
             ...
             [1379, 1380, 1381, ..., 1383, 1384, 1385]
             [1386, 1387, 1388, ..., 1390, 1391, 1392]
             [1393, 1394, 1395, ..., 1397, 1398, 1399]]\
            """);
    }

    @Test
    void smallFloatsPrintNoMoreDigitsThanTheyHave() {
        assertThat(HostArray.of(ShapedArray.of(DType.BF16, 3), 0.1, 1.0 / 3, 65280))
                .hasToString("bf16[3]{0.1, 0.334, 65300.0}");
        assertThat(HostArray.of(ShapedArray.of(DType.F16, 2), 0.1, 65504)).hasToString("f16[2]{0.1, 65500.0}");
    }

    @Test
    void complexNumbersHaveTwoParts() {
        HostArray z = HostArray.ofComplex(ShapedArray.of(DType.C64, 2), i -> Complex.ofCartesian(i, 0.5 - i));
        assertThat(z).hasToString("c64[2]{0.0+0.5i, 1.0-0.5i}");
    }

    @Test
    void nestedArraysGoInAndOut() {
        float[][] rows = {{1, 2, 3}, {4, 5, 6}};
        HostArray array = HostArray.ofNested(rows);
        assertThat(array.aval()).isEqualTo(ShapedArray.of(DType.F32, 2, 3));
        assertThat(array.toFloatMatrix()).isDeepEqualTo(rows);
        assertThat(array.toDoubleMatrix()[1]).containsExactly(4, 5, 6);
        assertThat(HostArray.ofNested(new short[] {7}).aval()).isEqualTo(ShapedArray.of(DType.I16, 1));
        assertThat(HostArray.ofNested(new long[0][3]).aval()).isEqualTo(ShapedArray.of(DType.I64, 0, 0));
        assertThatThrownBy(() -> HostArray.ofNested(new int[][] {{1, 2}, {3}}))
                .hasMessage("a nested array must have rows of one length, got 2 and 1 along axis 1\n"
                        + "fix: pad the shorter rows; docs/errors.md#KILN-T003");
        assertThatThrownBy(() -> HostArray.ofNested(new String[] {"a"}))
                .hasMessageStartingWith("an array must be of float, double, byte, short, int, long or boolean, got"
                        + " java.lang.String");
    }

    @Test
    void promotionIsSymmetricAndGrows() {
        for (DType a : DType.values()) {
            assertThat(DType.promote(a, a)).isEqualTo(a);
            for (DType b : DType.values()) {
                DType both = Promotion.of(a, b);
                assertThat(both).isEqualTo(Promotion.of(b, a));
                if (both != null) {
                    assertThat(DType.promote(a, both)).isEqualTo(both);
                    assertThat(DType.promote(b, both)).isEqualTo(both);
                }
            }
        }
    }

    @Test
    void theMessageOfTwoDtypesNamesTheConversion() {
        fix(DType.I32, DType.F32, "convert the i32 one: .convert(DType.F32)");
        fix(DType.BF16, DType.F16, "convert both: .convert(DType.F32)");
        fix(DType.U8, DType.I8, "convert both: .convert(DType.I16)");
        fix(
                DType.U64,
                DType.I64,
                "no integer type holds both: convert them to one, .convert(DType.I64) or .convert(DType.F64)");
    }

    private static void fix(DType a, DType b, String fix) {
        assertThatThrownBy(() -> Tensor.zeros(a, 2).plus(Tensor.zeros(b, 2)))
                .hasMessageContaining("fix: " + fix + "; docs/errors.md#KILN-T004");
    }
}
