package io.kiln.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kiln.core.DType;
import io.kiln.core.ShapedArray;
import java.lang.foreign.MemorySegment;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.Test;

class TestResultColumn {
    @Test
    void scalarsOfEveryTypeReadBack() {
        var floats =
                new ResultColumn(ShapedArray.of(DType.F32), MemorySegment.ofArray(new float[] {1.5f, -2f}), 2, null);
        assertThat(floats.dataType()).isEqualTo(DataTypes.FloatType);
        assertThat(floats.getFloat(1)).isEqualTo(-2f);
        assertThat(floats.getFloats(0, 2)).containsExactly(1.5f, -2f);
        var doubles =
                new ResultColumn(ShapedArray.of(DType.F64), MemorySegment.ofArray(new double[] {1.5, 1e300}), 2, null);
        assertThat(doubles.getDoubles(1, 1)).containsExactly(1e300);
        var ints = new ResultColumn(
                ShapedArray.of(DType.I32), MemorySegment.ofArray(new int[] {1, Integer.MIN_VALUE}), 2, null);
        assertThat(ints.getInts(1, 1)).containsExactly(Integer.MIN_VALUE);
        var longs = new ResultColumn(
                ShapedArray.of(DType.I64), MemorySegment.ofArray(new long[] {1, Long.MIN_VALUE}), 2, null);
        assertThat(longs.getLongs(1, 1)).containsExactly(Long.MIN_VALUE);
        var booleans = new ResultColumn(ShapedArray.of(DType.BOOL), MemorySegment.ofArray(new byte[] {0, 1}), 2, null);
        assertThat(booleans.getBooleans(0, 2)).containsExactly(false, true);
    }

    @Test
    void whatSparkHasNoTypeForIsWidened() {
        var halves = new ResultColumn(
                ShapedArray.of(DType.F16), MemorySegment.ofArray(new short[] {0x3C00, (short) 0xC500}), 2, null);
        assertThat(halves.dataType()).isEqualTo(DataTypes.FloatType);
        assertThat(halves.getFloats(0, 2)).containsExactly(1f, -5f);
        var brains = new ResultColumn(
                ShapedArray.of(DType.BF16, 2), MemorySegment.ofArray(new short[] {0x3F80, (short) 0xC0A0}), 1, null);
        assertThat(brains.getArray(0).toFloatArray()).containsExactly(1f, -5f);
        var u8 = new ResultColumn(ShapedArray.of(DType.U8), MemorySegment.ofArray(new byte[] {-1}), 1, null);
        assertThat(u8.dataType()).isEqualTo(DataTypes.ShortType);
        assertThat(u8.getShort(0)).isEqualTo((short) 255);
        var i8 = new ResultColumn(ShapedArray.of(DType.I8), MemorySegment.ofArray(new byte[] {-1}), 1, null);
        assertThat(i8.getByte(0)).isEqualTo((byte) -1);
        var u16 = new ResultColumn(ShapedArray.of(DType.U16), MemorySegment.ofArray(new short[] {-1}), 1, null);
        assertThat(u16.getInts(0, 1)).containsExactly(65535);
        var i16 = new ResultColumn(ShapedArray.of(DType.I16), MemorySegment.ofArray(new short[] {-1}), 1, null);
        assertThat(i16.getShorts(0, 1)).containsExactly((short) -1);
        var u32 = new ResultColumn(ShapedArray.of(DType.U32), MemorySegment.ofArray(new int[] {-1}), 1, null);
        assertThat(u32.getLongs(0, 1)).containsExactly(0xFFFF_FFFFL);
        var u64 = new ResultColumn(ShapedArray.of(DType.U64), MemorySegment.ofArray(new long[] {-1}), 1, null);
        assertThat(u64.dataType().catalogString()).isEqualTo("decimal(20,0)");
        assertThat(u64.getDecimal(0, 20, 0)).hasToString("18446744073709551615");
    }

    @Test
    void complexNumbersHaveNoColumn() {
        assertThatThrownBy(() -> ResultColumn.sparkType(ShapedArray.of(DType.C64)))
                .hasMessageContainingAll("c64", "no complex", "z.real()");
    }

    @Test
    void vectorsAreArraysAndMatricesNestedArrays() {
        MemorySegment values = MemorySegment.ofArray(new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
        var vectors = new ResultColumn(ShapedArray.of(DType.F32, 3), values, 4, null);
        assertThat(vectors.dataType().catalogString()).isEqualTo("array<float>");
        assertThat(vectors.getArray(2).toFloatArray()).containsExactly(6, 7, 8);
        var matrices = new ResultColumn(ShapedArray.of(DType.F32, 3, 2), values, 2, null);
        assertThat(matrices.dataType().catalogString()).isEqualTo("array<array<float>>");
        assertThat(matrices.getArray(1).numElements()).isEqualTo(3);
        assertThat(matrices.getArray(1).getArray(2).toFloatArray()).containsExactly(10, 11);
    }

    @Test
    void nullRowsAreNull() {
        var column = new ResultColumn(
                ShapedArray.of(DType.F32), MemorySegment.ofArray(new float[3]), 2, new boolean[] {true, false, true});
        assertThat(column.hasNull()).isTrue();
        assertThat(column.numNulls()).isEqualTo(1);
        assertThat(column.isNullAt(0)).isTrue();
        assertThat(column.isNullAt(1)).isFalse();
    }

    @Test
    void memoryThatIsTooSmallIsRefused() {
        assertThatThrownBy(() ->
                        new ResultColumn(ShapedArray.of(DType.F32, 2), MemorySegment.ofArray(new float[3]), 2, null))
                .hasMessageContaining("2 rows of f32[2] need 16 bytes, got 12");
    }
}
