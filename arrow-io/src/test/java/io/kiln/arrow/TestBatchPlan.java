package io.kiln.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kiln.core.DType;
import io.kiln.core.ShapedArray;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.List;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

class TestBatchPlan {
    private static final StructType SCHEMA = new StructType()
            .add("id", DataTypes.LongType)
            .add("f0", DataTypes.FloatType)
            .add("f1", DataTypes.DoubleType)
            .add("word", DataTypes.StringType)
            .add("pixels", DataTypes.createArrayType(DataTypes.FloatType))
            .add("words", DataTypes.createArrayType(DataTypes.StringType));

    private static BatchPlan plan(ShapedArray row, Integer... ordinals) {
        return BatchPlan.of(SCHEMA, List.of(new InputColumns(row, List.of(ordinals))), 16, NullPolicy.ERROR);
    }

    @Test
    void oneScalarColumnIsAVectorOfTheBatch() {
        BatchPlan plan = plan(ShapedArray.of(DType.F32), 1);
        assertThat(plan.batchInputs()).hasToString("[f32[16]]");
        assertThat(plan.inAxes()).containsExactly(0);
    }

    @Test
    void scalarColumnsOfAVectorLieColumnAfterColumn() {
        BatchPlan plan = plan(ShapedArray.of(DType.F32, 2), 1, 2);
        assertThat(plan.batchInputs()).hasToString("[f32[2,16]]");
        assertThat(plan.inAxes()).containsExactly(1);
    }

    @Test
    void scalarColumnsFillATensorRowMajorWithTheBatchLast() {
        BatchPlan plan = plan(ShapedArray.of(DType.F64, 2, 1), 1, 2);
        assertThat(plan.batchInputs()).hasToString("[f64[2,1,16]]");
        assertThat(plan.inAxes()).containsExactly(2);
    }

    @Test
    void anArrayColumnLiesRowAfterRow() {
        BatchPlan plan = plan(ShapedArray.of(DType.F32, 4, 2), 4);
        assertThat(plan.batchInputs()).hasToString("[f32[16,4,2]]");
        assertThat(plan.inAxes()).containsExactly(0);
    }

    @Test
    void aPlanTravelsToExecutors() throws Exception {
        BatchPlan plan = plan(ShapedArray.of(DType.F32, 2), 1, 2);
        var bytes = new ByteArrayOutputStream();
        try (var out = new ObjectOutputStream(bytes)) {
            out.writeObject(plan);
        }
        try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            assertThat(in.readObject()).isEqualTo(plan);
        }
    }

    @Test
    void aStringColumnIsRefusedByNameWithBothTypes() {
        assertUserError(() -> plan(ShapedArray.of(DType.F32), 3), "word", "float", "string", "f32[]");
    }

    @Test
    void anArrayOfStringsIsRefused() {
        assertUserError(() -> plan(ShapedArray.of(DType.F32, 3), 5), "words", "array<string>", "f32[3]");
    }

    @Test
    void floatsAreNotCutToIntegers() {
        assertUserError(() -> plan(ShapedArray.of(DType.I32), 2), "f1", "double", "cast(f1 as int)");
    }

    @Test
    void anArrayIsNoScalar() {
        assertUserError(() -> plan(ShapedArray.of(DType.F32), 4), "pixels", "array<float>");
    }

    @Test
    void theNumberOfColumnsMustBeThatOfTheRow() {
        assertUserError(() -> plan(ShapedArray.of(DType.F32, 3), 1, 2), "f0, f1", "3 columns", "got 2");
    }

    @Test
    void nanNeedsAFloatInput() {
        var input = List.of(new InputColumns(ShapedArray.of(DType.I64), List.of(0)));
        assertUserError(() -> BatchPlan.of(SCHEMA, input, 16, NullPolicy.NAN), "id", "i64[]", "nulls=0");
    }

    @Test
    void aFillValueMustBeOneThatTheInputHolds() {
        var input = List.of(new InputColumns(ShapedArray.of(DType.I64), List.of(0)));
        assertUserError(() -> BatchPlan.of(SCHEMA, input, 16, NullPolicy.fill(0.5)), "id", "0.5", "i64[]");
        assertThat(BatchPlan.of(SCHEMA, input, 16, NullPolicy.fill(-1)).nulls()).hasToString("-1.0");
    }

    @Test
    void levelsOfArraysAreTheInputsAxes() {
        StructType nested = new StructType()
                .add("image", DataTypes.createArrayType(DataTypes.createArrayType(DataTypes.FloatType)))
                .add("bytes", DataTypes.BinaryType);
        var image = List.of(new InputColumns(ShapedArray.of(DType.F32, 4, 3), List.of(0)));
        assertThat(BatchPlan.of(nested, image, 16, NullPolicy.ERROR).batchInputs())
                .hasToString("[f32[16,4,3]]");
        var flat = List.of(new InputColumns(ShapedArray.of(DType.F32, 12), List.of(0)));
        assertUserError(
                () -> BatchPlan.of(nested, flat, 16, NullPolicy.ERROR),
                "image",
                "f32[12]",
                "array<array<float>>",
                "flatten");
        var bytes = List.of(new InputColumns(ShapedArray.of(DType.U8, 2, 2), List.of(1)));
        assertThat(BatchPlan.of(nested, bytes, 16, NullPolicy.ERROR).batchInputs())
                .hasToString("[u8[16,2,2]]");
    }

    @Test
    void anInputWhoseValidityIsSeenTakesNulls() {
        var inputs = List.of(
                new InputColumns(ShapedArray.of(DType.F32), List.of(1)),
                new InputColumns(ShapedArray.of(DType.BOOL), List.of(1), InputColumns.Read.VALIDITY),
                new InputColumns(ShapedArray.of(DType.F32), List.of(2)));
        BatchPlan plan = BatchPlan.of(SCHEMA, inputs, 16, NullPolicy.ERROR);
        assertThat(plan.inputs().get(0).nulls()).isEqualTo(NullPolicy.fill(0));
        assertThat(plan.inputs().get(2).nulls()).isEqualTo(NullPolicy.ERROR);
        assertThat(BatchPlan.of(SCHEMA, inputs, 16, NullPolicy.NAN)
                        .inputs()
                        .get(0)
                        .nulls())
                .isEqualTo(NullPolicy.NAN);
        var numbers = List.of(new InputColumns(ShapedArray.of(DType.F32), List.of(1), InputColumns.Read.VALIDITY));
        assertUserError(() -> BatchPlan.of(SCHEMA, numbers, 16, NullPolicy.ERROR), "validity of f0", "bool", "f32[]");
    }

    @Test
    void nullPoliciesParseAsTheyPrint() {
        for (String text : List.of("error", "nan", "propagate", "0.0", "-1.5")) {
            assertThat(NullPolicy.parse(text)).hasToString(text);
        }
        assertThatThrownBy(() -> NullPolicy.parse("maybe"))
                .isInstanceOfSatisfying(
                        KilnException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.USAGE))
                .hasMessageContaining("'maybe'");
    }

    private static void assertUserError(Runnable action, String... parts) {
        assertThatThrownBy(action::run)
                .isInstanceOfSatisfying(
                        KilnException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.USER))
                .hasMessageContainingAll(parts)
                .hasMessageContaining("\nfix: ");
    }
}
