package io.kiln.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kiln.core.DType;
import io.kiln.core.ShapedArray;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.util.List;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

/** The rules of {@code --features}, {@code --bind} and neither, as the command's contract states them. */
class TestBinding {
    private static final ShapedArray SCALAR = ShapedArray.of(DType.F32);
    private static final ShapedArray THREE = ShapedArray.of(DType.F32, 3);

    private static final StructType TABLE = new StructType()
            .add("id", DataTypes.LongType)
            .add("f0", DataTypes.FloatType)
            .add("f1", DataTypes.FloatType)
            .add("f2", DataTypes.FloatType)
            .add("name", DataTypes.StringType)
            .add("pixels", DataTypes.createArrayType(DataTypes.FloatType));

    private static Columns columns(StructType table) {
        return new Columns(table, false, "scoring with m");
    }

    private static Binding.Slot slot(String name, ShapedArray row, String... own) {
        return new Binding.Slot(name, row, List.of(own));
    }

    private static ScoreOptions features(String... names) {
        return ScoreOptions.DEFAULT.withFeatures(List.of(names));
    }

    private static List<List<Integer>> resolve(ScoreOptions options, Binding.Slot... slots) {
        return Binding.resolve(columns(TABLE), List.of(slots), options);
    }

    @Test
    void featuresFillTheOneInputInTheirOrder() {
        assertThat(resolve(features("f2", "f0", "f1"), slot("x", THREE))).containsExactly(List.of(3, 1, 2));
    }

    @Test
    void aPatternGivesItsColumnsInTheTablesOrder() {
        assertThat(resolve(features("f*"), slot("x", THREE))).containsExactly(List.of(1, 2, 3));
        assertThat(resolve(features("f2", "f*"), slot("x", THREE))).containsExactly(List.of(3, 1, 2));
    }

    @Test
    void asManyInputsAsFeaturesTakeOneEach() {
        assertThat(resolve(features("f1", "f0"), slot("a", SCALAR), slot("b", SCALAR)))
                .containsExactly(List.of(2), List.of(1));
    }

    @Test
    void bindsNameAnInputOrItsPosition() {
        ScoreOptions binds = ScoreOptions.DEFAULT.withBind("b", List.of("f0")).withBind("0", List.of("f2", "f1", "f0"));
        assertThat(resolve(binds, slot("a", THREE), slot("b", SCALAR))).containsExactly(List.of(3, 2, 1), List.of(1));
        assertThat(resolve(ScoreOptions.DEFAULT.withBind("a", List.of("pixels")), slot("a", THREE)))
                .containsExactly(List.of(5));
        assertFails(ScoreOptions.DEFAULT.withBind("c", List.of("f0")), "bind of c", slot("a", SCALAR));
    }

    @Test
    void withoutThemTheModelsOwnColumnsThenTheInputsNameThenInputN() {
        assertThat(resolve(ScoreOptions.DEFAULT, slot("x", THREE, "F2", "f1", "f0")))
                .containsExactly(List.of(3, 2, 1));
        assertThat(resolve(ScoreOptions.DEFAULT, slot("pixels", THREE))).containsExactly(List.of(5));
        StructType numbered = new StructType()
                .add("input1", DataTypes.FloatType)
                .add("input0", DataTypes.FloatType)
                .add("other", DataTypes.FloatType);
        assertThat(Binding.resolve(
                        columns(numbered), List.of(slot("a", SCALAR), slot("b", SCALAR)), ScoreOptions.DEFAULT))
                .containsExactly(List.of(1), List.of(0));
    }

    @Test
    void elseAllNumbersThatAreNotKeptIfTheyAreExactlyAsMany() {
        assertThat(resolve(ScoreOptions.DEFAULT.withKeep(List.of("id")), slot("x", THREE)))
                .containsExactly(List.of(1, 2, 3));
        assertThat(resolve(ScoreOptions.DEFAULT, slot("x", ShapedArray.of(DType.F32, 2, 2))))
                .containsExactly(List.of(0, 1, 2, 3));
        assertFails(ScoreOptions.DEFAULT, "4 columns of numbers", slot("x", THREE));
    }

    @Test
    void whatIsWrongIsNamed() {
        assertFails(features("f0", "f1", "g2"), "nearest: f2, id, f0", slot("x", THREE));
        assertFails(features("f0", "f1"), "takes 3 feature columns, got 2: f0, f1", slot("x", THREE));
        assertFails(features("f0", "f1", "f1"), "f1 twice", slot("x", THREE));
        assertFails(features("z*"), "matches z*", slot("x", THREE));
        assertFails(features("f0", "f1", "pixels"), "one array column", slot("x", THREE));
        assertFails(features("f0"), "required 2 columns", slot("a", SCALAR), slot("b", SCALAR));
        assertFails(ScoreOptions.DEFAULT, "required column f3", slot("x", THREE, "f1", "f2", "f3"));
        assertFails(
                ScoreOptions.DEFAULT, "names of the function's parameters", new Binding.Slot(null, null, List.of()));
        assertFails(ScoreOptions.DEFAULT, "required column nmae", new Binding.Slot("nmae", null, List.of()));
    }

    @Test
    void namesAreFoundAsSparkFindsThem() {
        Columns exact = new Columns(TABLE, true, "scoring");
        assertThat(columns(TABLE).find("F2")).isEqualTo(3);
        assertThat(exact.find("F2")).isEqualTo(-1);
        StructType twins = new StructType().add("a", DataTypes.FloatType).add("A", DataTypes.FloatType);
        assertThatThrownBy(() -> columns(twins).require("a")).hasMessageContaining("several of that name");
    }

    private static void assertFails(ScoreOptions options, String message, Binding.Slot... slots) {
        assertThatThrownBy(() -> resolve(options, slots))
                .isInstanceOfSatisfying(
                        KilnException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.USER))
                .hasMessageContaining(message)
                .hasMessageContaining("fix: ");
    }
}
