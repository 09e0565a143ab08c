package io.kiln.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kiln.core.DType;
import io.kiln.core.ShapedArray;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TestBatchPacker {
    private static final DataType FLOATS = DataTypes.createArrayType(DataTypes.FloatType);

    private static BatchPlan plan(DataType type, ShapedArray row, NullPolicy nulls) {
        return BatchPlan.of(new StructType().add("age", type), List.of(new InputColumns(row, List.of(0))), 8, nulls);
    }

    private static List<PackTable.Packed> pack(BatchPlan plan, DataType type, VectorKind kind, List<Object> values) {
        List<Integer> sizes = new ArrayList<>();
        for (int left = values.size(); left > 0; left -= 3) {
            sizes.add(Math.min(3, left));
        }
        return PackTable.pack(plan, PackTable.batches(List.of(type), List.of(values), sizes, List.of(kind)));
    }

    @ParameterizedTest
    @EnumSource(VectorKind.class)
    void aNullIsRefusedByColumnAndRowOfThePartition(VectorKind kind) {
        BatchPlan plan = plan(DataTypes.FloatType, ShapedArray.of(DType.F32), NullPolicy.ERROR);
        List<Object> values = Arrays.asList(1f, 1f, 1f, 2f, 2f, 2f, 3f, 3f, 3f, null, null, null);
        assertUserError(
                () -> pack(plan, DataTypes.FloatType, kind, values), "column age", "null", "row 9 of partition 0");
    }

    @Test
    void aNullArrayIsRefusedByColumnAndRow() {
        BatchPlan plan = plan(FLOATS, ShapedArray.of(DType.F32, 2), NullPolicy.ERROR);
        List<Object> values = Arrays.asList(List.of(1f, 2f), List.of(1f, 2f), List.of(1f, 2f), List.of(1f, 2f), null);
        assertUserError(() -> pack(plan, FLOATS, VectorKind.ON_HEAP, values), "column age", "1 null ", "row 4 ");
    }

    @ParameterizedTest
    @EnumSource(VectorKind.class)
    void aNullElementIsRefusedByColumnElementAndRow(VectorKind kind) {
        BatchPlan plan = plan(FLOATS, ShapedArray.of(DType.F32, 2), NullPolicy.ERROR);
        List<Object> row = Arrays.asList(1f, null);
        List<Object> values = List.of(List.of(1f, 2f), List.of(1f, 2f), List.of(1f, 2f), row);
        assertUserError(() -> pack(plan, FLOATS, kind, values), "array column age", "element 1 of row 3 ");
    }

    @ParameterizedTest
    @EnumSource(VectorKind.class)
    void anArrayOfAnotherLengthIsRefusedByColumnAndRow(VectorKind kind) {
        BatchPlan plan = plan(FLOATS, ShapedArray.of(DType.F32, 2), NullPolicy.ERROR);
        List<Object> values = List.of(List.of(1f, 2f), List.of(1f, 2f), List.of(1f, 2f), List.of(1f, 2f, 3f));
        assertUserError(
                () -> pack(plan, FLOATS, kind, values),
                "array column age",
                "f32[2]",
                "required 2 elements",
                "got 3",
                "row 3 ");
    }

    @ParameterizedTest
    @EnumSource(VectorKind.class)
    void aLongThatDoesNotFitIsRefusedByColumnAndRow(VectorKind kind) {
        BatchPlan plan = plan(DataTypes.LongType, ShapedArray.of(DType.I32), NullPolicy.ERROR);
        List<Object> values = List.of(1L, (long) Integer.MIN_VALUE, 3L, 1L << 31, 1L << 31, 1L << 31);
        assertUserError(() -> pack(plan, DataTypes.LongType, kind, values), "column age", "bigint", "i32", "row 3 ");
    }

    @Test
    void longsThatFitAreTakenAsIntegers() {
        BatchPlan plan = plan(DataTypes.LongType, ShapedArray.of(DType.I32), NullPolicy.ERROR);
        List<Object> values = List.of((long) Integer.MIN_VALUE, (long) Integer.MAX_VALUE);
        List<PackTable.Packed> packed = pack(plan, DataTypes.LongType, VectorKind.OFF_HEAP, values);
        assertThat(packed.getFirst().all().subList(0, 2))
                .isEqualTo(List.of(List.of(Integer.MIN_VALUE), List.of(Integer.MAX_VALUE)));
    }

    @Test
    void nullsBecomeNan() {
        BatchPlan plan = plan(DataTypes.IntegerType, ShapedArray.of(DType.F32), NullPolicy.NAN);
        List<PackTable.Packed> packed =
                pack(plan, DataTypes.IntegerType, VectorKind.ON_HEAP_DICTIONARY, Arrays.asList(5, null));
        assertThat(packed.getFirst().all().subList(0, 2)).isEqualTo(List.of(List.of(5f), List.of(Float.NaN)));
        assertThat(packed.getFirst().nullRows()).isEmpty();
    }

    @Test
    void propagatedNullsAreKnownByRow() {
        BatchPlan plan = plan(FLOATS, ShapedArray.of(DType.F32, 1), NullPolicy.PROPAGATE);
        List<Object> nullElement = Arrays.asList((Object) null);
        List<Object> values = Arrays.asList(List.of(1f), null, nullElement, List.of(2f));
        List<PackTable.Packed> packed = pack(plan, FLOATS, VectorKind.ARROW, values);
        assertThat(packed.getFirst().nullRows()).startsWith(false, true, true, false);
    }

    @Test
    void inputsAreAlignedForDevices() {
        BatchPlan plan = plan(DataTypes.FloatType, ShapedArray.of(DType.F32), NullPolicy.ERROR);
        try (Arena arena = Arena.ofConfined()) {
            assertThat(new BatchPacker(plan, arena, 0).input(0).address() % 64).isZero();
        }
    }

    private static void assertUserError(Runnable action, String... parts) {
        assertThatThrownBy(action::run)
                .isInstanceOfSatisfying(
                        KilnException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.USER))
                .hasMessageContainingAll(parts)
                .hasMessageContaining("\nfix: ");
    }
}
