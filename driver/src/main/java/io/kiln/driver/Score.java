package io.kiln.driver;

import io.kiln.core.DType;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import scala.runtime.AbstractFunction1;

/**
 * A scoring call: a function of one row or a model, and how it is bound to a table. It is a value: each method gives a new one.
 *
 * <pre>{@code
 * Dataset<Row> scored = people.transform(
 *     kiln.score((Tensor age, Tensor income) -> Nn.sigmoid(age.times(0.03).plus(income.log()))).as("risk"));
 * }</pre>
 *
 * <p>Columns are found by the names of the function's parameters or by the model's own, unless {@link #columns} or {@link #bind} says
 * otherwise. A function sees a column of numbers as a scalar of its type (float f32, double f64, int i32, bigint i64, boolean bool,
 * decimal f64) and an array column as a vector.
 */
public final class Score extends AbstractFunction1<Dataset<Row>, Dataset<Row>> {
    private final Kiln kiln;
    private final RowSource source;
    private final ScoreOptions options;
    private final ScorePrograms programs;

    Score(Kiln kiln, RowSource source) {
        this(kiln, source, ScoreOptions.DEFAULT, new ScorePrograms(kiln));
    }

    private Score(Kiln kiln, RowSource source, ScoreOptions options, ScorePrograms programs) {
        this.kiln = kiln;
        this.source = source;
        this.options = options;
        this.programs = programs;
    }

    private Score with(ScoreOptions changed) {
        return new Score(kiln, source, changed, programs);
    }

    /** The name of the result's column, where there is one result, and of the function in messages. */
    public Score as(String name) {
        return with(options.withName(name));
    }

    /** The names of the results' columns, in order. */
    public Score outputs(String... names) {
        return with(options.withOutputs(List.of(names)));
    }

    /**
     * The columns to read, in order; a pattern such as {@code f*} gives its columns in the table's order. One input takes them all; as
     * many inputs as columns take one each.
     */
    public Score columns(String... names) {
        return with(options.withFeatures(List.of(names)));
    }

    /** The columns of one input, which is named or numbered from 0. */
    public Score bind(String input, String... columns) {
        return with(options.withBind(input, List.of(columns)));
    }

    /** The columns that pass through; without this call all do. */
    public Score keep(String... columns) {
        return with(options.withKeep(List.of(columns)));
    }

    /** All columns pass through. */
    public Score keepAll() {
        return with(options.withKeep(null));
    }

    /** No column passes through. */
    public Score keepNone() {
        return with(options.withKeep(List.of()));
    }

    /** Rows of a batch; 0 for the session's setting. Results do not depend on it. */
    public Score batchRows(int rows) {
        return with(options.withBatchRows(rows));
    }

    /**
     * What a null in a column that is read means: {@code error} (the default), {@code nan}, {@code skip} (the row is left out),
     * {@code propagate} (the results are null) or a number that stands for it.
     */
    public Score nulls(String policy) {
        return with(options.withNulls(policy));
    }

    /** The dtype as which a function sees all columns of numbers, whatever their own. */
    public Score read(DType dtype) {
        return with(options.withReading(options.reading().withDtype(dtype)));
    }

    /**
     * Lets dates and timestamps be read: a date is the days since 1970-01-01 (i32), a timestamp the microseconds since then in UTC (i64).
     * Without it such a column is an error.
     */
    public Score timesAsIntegers() {
        return with(options.withReading(options.reading().withTimesAsIntegers()));
    }

    /**
     * How many elements every row of an array column has. Without it a function's vector has the length of the first row's, which a
     * small job looks up.
     */
    public Score length(String column, int elements) {
        return shape(column, elements);
    }

    /** The shape of every row of a column of nested arrays: {@link #length} for several levels. */
    public Score shape(String column, int... dims) {
        List<Integer> shape = IntStream.of(dims).boxed().toList();
        return with(options.withReading(options.reading().withShape(column, shape)));
    }

    /**
     * Fills the rows of an array column up to {@code elements} with zeros; a longer row is an error. {@link #validity} tells a function
     * which elements are real.
     */
    public Score pad(String column, int elements) {
        return with(options.withReading(
                options.reading().withShape(column, List.of(elements)).withPadded(column)));
    }

    /**
     * Names the parameter of a function, or the input of a model, that is told which elements of input {@code of} have a value: a bool
     * tensor of its shape, false for a null and for what {@link #pad} adds. Nulls of that input are no error then: they are read as 0, or
     * as {@link #nulls} says.
     *
     * <pre>{@code
     * kiln.score((Tensor x, Tensor known) -> known.convert(F32).times(x).sum()).columns("f*").validity("known", "x")
     * }</pre>
     */
    public Score validity(String parameter, String of) {
        return with(options.withReading(options.reading().withValidity(parameter, of)));
    }

    /**
     * Keeps rows that cannot be read, because of a null, an array of another length or a value that does not fit: their results are null and
     * the reason stands in {@code errorColumn}, which is null for the others. Without it such a row ends the job.
     */
    public Score badRowsAsNull(String errorColumn) {
        return with(options.withReading(options.reading().withErrorColumn(errorColumn)));
    }

    /**
     * The table with the results as columns. Nothing runs but the trace: names, types and shapes are checked here.
     *
     * @throws io.kiln.error.KilnException of category USER naming the column or the function's line
     */
    @Override
    public Dataset<Row> apply(Dataset<Row> table) {
        return new ScorePlanner(kiln, source, options, programs).plan(table);
    }

    /** The call of {@code kiln_score} on arguments of these types. */
    CallPlan call(StructType arguments) {
        return new ScorePlanner(kiln, source, options, programs).call(arguments);
    }

    /** The program that scores a row of a table of this type, as text: the signature and the equations. */
    public String explain(StructType table) {
        return new ScorePlanner(kiln, source, options, programs).explain(table);
    }
}
