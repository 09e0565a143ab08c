package io.kiln.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.example.Risk;
import io.kiln.core.Tensor;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.model.Model;
import io.kiln.model.ModelColumn;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is wrong with a function, a model or a table is an error of the user's, found on the driver: no task has started. */
@Timeout(120)
class TestScoreErrors {
    private final Kiln kiln = LocalSpark.kiln();
    private final Dataset<Row> table = LocalSpark.session()
            .range(0, 10, 1, 1)
            .selectExpr(
                    "id",
                    "cast(id as float) as f0",
                    "cast(id as float) as f1",
                    "'word' as f2",
                    "array('a', 'b') as words",
                    "array(1f, 2f) as pair",
                    "date'2020-01-02' as day",
                    "timestamp'2020-01-02 00:00:00' as moment");

    @Test
    void aColumnThatIsMissingIsNamedWithTheNearest() {
        assertUserError(kiln.score(Models.dot()).columns("f0", "ff1"), "column ff1", "nearest: f1, f0");
        assertUserError(
                kiln.score(Models.dot(ModelColumn.number("f0"), ModelColumn.number("g9"))), "required column g9");
        assertUserError(kiln.score((Tensor f0, Tensor income) -> f0.plus(income)), "required column income");
    }

    @Test
    void aColumnOfWordsIsNamedWithWhatIsRequired() {
        assertUserError(kiln.score(Models.dot()).columns("f0", "f2"), "f2", "float", "string");
        assertUserError(kiln.score(Models.dot()).columns("words"), "words", "array<string>");
        assertUserError(kiln.score((Tensor f2) -> f2.times(2)), "column f2", "string");
    }

    @Test
    void aDateIsReadOnlyWhereThatIsAskedFor() {
        assertUserError(
                kiln.score((Tensor day) -> day.times(2)),
                "column day",
                "got date",
                "timesAsIntegers()",
                "unix_date(day)");
        assertUserError(
                kiln.score(Models.dot()).columns("f0", "moment"), "column moment", "got timestamp", "unix_seconds(");
    }

    @Test
    void anotherNumberOfFeaturesIsNamed() {
        assertUserError(
                kiln.score(Models.dot()).columns("f0", "f1", "id"), "takes 2 feature columns, got 3: f0, f1, id");
    }

    @Test
    void aFunctionThatThrowsOrBranchesNamesItsLine() {
        assertUserError(
                kiln.score(Risk::branches).as("branch"), "tracing Risk.branches", "Risk.java:11", "Tensor.where");
        assertUserError(kiln.score(Risk::fails), "IllegalStateException", "boom", "Risk.java:19");
        assertUserError(kiln.score((Tensor f0) -> "text"), "java.lang.String");
    }

    @Test
    void outputNamesAreUniqueAndAsManyAsOutputs() {
        assertUserError(
                kiln.score((Tensor f0) -> f0.times(2)).as("F1"), "output names that no kept column has, got F1");
        assertUserError(kiln.score(Models.dot()).columns("pair").outputs("a", "b"), "required 1 output names");
        assertThat(table.transform(
                                kiln.score((Tensor f0) -> f0.times(2)).as("f1").keep("id"))
                        .columns())
                .containsExactly("id", "f1");
    }

    @Test
    void aNullPolicyThatIsNoneIsAnError() {
        assertThatThrownBy(() -> table.transform(
                        kiln.score((Tensor f0) -> f0.times(2)).as("y").nulls("drop")))
                .isInstanceOf(KilnException.class)
                .hasMessageContaining("'drop'");
    }

    @Test
    void aModelOfTextColumnsReadsTheirPositions() {
        Model texts = Models.dot(ModelColumn.number("f0"), new ModelColumn("f2", List.of("other", "word")));
        assertThat(table.transform(kiln.score(texts).keep("id")).collectAsList())
                .hasSize(10)
                .allSatisfy(row -> assertThat(row.getFloat(1)).isEqualTo(row.getLong(0) + 10f));
        Model pairs = Models.dot(ModelColumn.number("f0"), new ModelColumn("pair", List.of("other", "word")));
        assertUserError(kiln.score(pairs), "input x takes columns of numbers");
    }

    private void assertUserError(Score score, String... named) {
        assertThatThrownBy(() -> table.transform(score)).isInstanceOfSatisfying(KilnException.class, e -> {
            assertThat(e.category()).isEqualTo(ErrorCategory.USER);
            assertThat(String.valueOf(e.getMessage())).contains(named).contains("fix: ");
        });
    }
}
