package io.kiln.driver;

import io.kiln.arrow.BatchLadder;
import io.kiln.arrow.BatchPlan;
import io.kiln.arrow.InputColumns;
import io.kiln.arrow.NullPolicy;
import io.kiln.arrow.ResultColumn;
import io.kiln.core.DType;
import io.kiln.core.LiveBytes;
import io.kiln.core.ShapedArray;
import io.kiln.error.KilnException;
import io.kiln.jaxexport.ExportedFunction;
import io.kiln.model.Model;
import io.kiln.model.ModelCode;
import io.kiln.model.ModelOutput;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** Plans one scoring call over one table: binds columns, traces, checks everything that can be checked before a task starts. */
final class ScorePlanner {
    /** What a batch may hold at one time: about a core's share of a server's caches. */
    private static final long CACHE_BYTES = 10 << 20;

    private static final int MAX_AUTO_ROWS = 4096;
    private static final int MIN_AUTO_ROWS = 8;

    private final Kiln kiln;
    private final RowSource source;
    private final ScoreOptions options;
    private final ScorePrograms programs;
    private final String name;

    ScorePlanner(Kiln kiln, RowSource source, ScoreOptions options, ScorePrograms programs) {
        this.kiln = kiln;
        this.source = source;
        this.options = options;
        this.programs = programs;
        String said = options.name();
        this.name = said == null ? source.name() : said;
    }

    /** The table with the results. */
    Dataset<Row> plan(Dataset<Row> table) {
        Columns columns = columns(table.schema());
        List<List<Integer>> bound = bound(columns);
        List<ShapedArray> rows = new RowTypes(columns, options, name).of(source, bound, table);
        Model model = programs.model(source, rows);
        List<Integer> kept = kept(columns);
        List<String> outputs = outputs(columns, model, kept);
        kiln.admitColumns(table.schema());
        Dataset<Row> texts = TextColumns.indexed(table, columns, model, bound);
        Dataset<Row> rowsToScore = skipsNulls(model) ? skipNulls(texts, bound) : texts;
        return node(rowsToScore, model, rows, bound, kept, outputs, reads(columns, bound));
    }

    /** The program as text. */
    String explain(StructType schema) {
        Columns columns = columns(schema);
        List<List<Integer>> bound = bound(columns);
        Model model = programs.model(source, new RowTypes(columns, options, name).of(source, bound, null));
        return model.signature() + "\n" + model.code();
    }

    /** The call of {@code kiln_score} on arguments of these types. */
    CallPlan call(StructType arguments) {
        Columns columns =
                new Columns(arguments, kiln.isCaseSensitive(), "analysing " + ScoreFunction.NAME + " of " + name);
        Reading reading = options.reading();
        if (!reading.padded().isEmpty() || !reading.validity().isEmpty() || reading.errorColumn() != null) {
            throw KilnException.user(
                    columns.doing() + ": required a scoring call without pad, validity and badRowsAsNull",
                    "score the table instead: table.transform(kiln.score(...))");
        }
        List<List<Integer>> bound = Binding.inOrder(columns, source.inputs(), options);
        FunctionTypes.requireTimesAsked(columns, options, bound);
        List<ShapedArray> rows = new RowTypes(columns, options, name).of(source, bound, null);
        Model model = programs.model(source, rows);
        return CallPlan.of(this, columns, model, rows, bound, options, policy(model));
    }

    org.apache.spark.sql.classic.SparkSession session() {
        return kiln.classicSession();
    }

    private List<List<Integer>> bound(Columns columns) {
        List<List<Integer>> bound = Binding.resolve(columns, source.inputs(), options);
        FunctionTypes.requireTimesAsked(columns, options, bound);
        return bound;
    }

    private Columns columns(StructType schema) {
        return new Columns(schema, kiln.isCaseSensitive(), "scoring with " + name);
    }

    private String policy(Model model) {
        String said = options.nulls();
        return (said == null ? model.nulls() : said).strip();
    }

    private boolean skipsNulls(Model model) {
        return policy(model).equals("skip");
    }

    private Dataset<Row> skipNulls(Dataset<Row> table, List<List<Integer>> bound) {
        Column condition = functions.lit(true);
        for (int ordinal :
                new LinkedHashSet<>(bound.stream().flatMap(List::stream).toList())) {
            Column column = Columns.column(table.columns()[ordinal]);
            condition = condition.and(column.isNotNull());
            condition = condition.and(
                    withoutNulls(column, table.schema().fields()[ordinal].dataType()));
        }
        return table.filter(condition);
    }

    /** Whether no level of an array has a null; true for what is no array. */
    private static Column withoutNulls(Column value, DataType type) {
        if (!(type instanceof ArrayType array)) {
            return functions.lit(true);
        }
        return functions.forall(value, element -> element.isNotNull().and(withoutNulls(element, array.elementType())));
    }

    private List<Integer> kept(Columns columns) {
        List<String> keep = options.keep();
        if (keep != null) {
            return columns.select(keep);
        }
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < columns.schema().size(); i++) {
            all.add(i);
        }
        return all;
    }

    /** The results' names: what the user said, else the model's; each unlike the kept columns. */
    private List<String> outputs(Columns columns, Model model, List<Integer> kept) {
        List<String> names = outputs(columns, model, options);
        String said = options.name();
        if (options.outputs().isEmpty() && said != null && names.size() == 1) {
            names = List.of(said);
        }
        Set<String> taken = new HashSet<>();
        kept.forEach(i -> taken.add(folded(columns, columns.name(i))));
        List<String> all = new ArrayList<>(names);
        String errorColumn = options.reading().errorColumn();
        if (errorColumn != null) {
            all.add(errorColumn);
        }
        for (String each : all) {
            if (!taken.add(folded(columns, each))) {
                throw KilnException.user(
                        "%s: required output names that no kept column has, got %s".formatted(columns.doing(), each),
                        "name the outputs otherwise (as(...), --output-columns), or do not keep that column");
            }
        }
        return names;
    }

    /** One name for each of the model's results: what the user said, else the model's. */
    static List<String> outputs(Columns columns, Model model, ScoreOptions options) {
        List<String> own = model.outputs().stream().map(ModelOutput::name).toList();
        List<String> said = options.outputs();
        if (!said.isEmpty() && said.size() != own.size()) {
            throw KilnException.user(
                    "%s: required %d output names for %s, got %d: %s"
                            .formatted(
                                    columns.doing(),
                                    own.size(),
                                    Columns.listed(own),
                                    said.size(),
                                    Columns.listed(said)),
                    "name every output in order");
        }
        return said.isEmpty() ? own : said;
    }

    /** What each input takes of its columns. */
    private List<InputColumns.Read> reads(Columns columns, List<List<Integer>> bound) {
        Set<Integer> padded = new HashSet<>();
        options.reading().padded().forEach(name -> padded.add(columns.require(name)));
        Set<Integer> validity =
                Binding.validity(columns, source.inputs(), options).keySet();
        List<InputColumns.Read> reads = new ArrayList<>();
        for (int i = 0; i < bound.size(); i++) {
            reads.add(
                    validity.contains(i)
                            ? InputColumns.Read.VALIDITY
                            : padded.contains(bound.get(i).getFirst())
                                    ? InputColumns.Read.PADDED
                                    : InputColumns.Read.VALUES);
        }
        return reads;
    }

    private static String folded(Columns columns, String name) {
        return columns.caseSensitive() ? name : name.toLowerCase(Locale.ROOT);
    }

    private Dataset<Row> node(
            Dataset<Row> table,
            Model model,
            List<ShapedArray> rows,
            List<List<Integer>> bound,
            List<Integer> kept,
            List<String> outputs,
            List<InputColumns.Read> reads) {
        // Text columns were replaced by their indexes, which stand where the table's own columns end.
        List<List<Integer>> read = TextColumns.positions(table.schema(), model, bound);
        List<Integer> inputs = read.stream().flatMap(List::stream).distinct().toList();
        NullPolicy nulls = skipsNulls(model) ? NullPolicy.ERROR : NullPolicy.parse(policy(model));
        StructType narrowed = new StructType(inputs.stream()
                .map(i -> table.schema().fields()[i])
                .toArray(org.apache.spark.sql.types.StructField[]::new));
        List<List<Integer>> positions = read.stream()
                .map(each -> each.stream().map(inputs::indexOf).toList())
                .toList();
        ScoreSpec spec = spec(narrowed, model, rows, positions, nulls, reads);
        LogicalPlan child = ((org.apache.spark.sql.classic.Dataset<Row>) table)
                .queryExecution()
                .analyzed();
        List<Attribute> attributes = Scala.list(child.output());
        List<Attribute> produced = new ArrayList<>();
        for (int i = 0; i < outputs.size(); i++) {
            DataType type = ResultColumn.sparkType(model.outputs().get(i).row());
            boolean nullable =
                    nulls.kind() == NullPolicy.Kind.PROPAGATE || spec.plan().keepsBadRows();
            produced.add(Scala.attribute(outputs.get(i), type, nullable));
        }
        String errorColumn = options.reading().errorColumn();
        if (errorColumn != null) {
            produced.add(Scala.attribute(errorColumn, DataTypes.StringType, true));
        }
        ScoreNode node = new ScoreNode(
                child,
                Scala.seq(inputs.stream().map(attributes::get).toList()),
                Scala.seq(kept.stream().map(attributes::get).toList()),
                Scala.seq(produced),
                spec);
        return org.apache.spark.sql.classic.Dataset.ofRows(
                (org.apache.spark.sql.classic.SparkSession) table.sparkSession(), aliased(node));
    }

    /**
     * What the operator runs over columns of this type.
     *
     * @param positions the columns of each of the model's inputs
     */
    ScoreSpec spec(
            StructType read,
            Model model,
            List<ShapedArray> rows,
            List<List<Integer>> positions,
            NullPolicy nulls,
            List<InputColumns.Read> reads) {
        BatchPlan few = packing(read, rows, positions, nulls, reads);
        BatchPlan plan = few.withBatchRows(batchRows(model, rows, few.inAxes()))
                .withBadRows(options.reading().errorColumn() != null);
        BatchLadder ladder = model.code() instanceof ModelCode.OfBatch
                ? BatchLadder.single(plan.batchRows())
                : BatchLadder.of(plan.batchRows());
        return new ScoreSpec(
                name,
                model,
                ladder,
                programs.batches(model, rows, plan.inAxes(), ladder),
                plan,
                programs.weights(model, rows),
                kiln.workerConf(),
                kiln.snapshots());
    }

    /** How columns of this type become a small batch; an error where one of them does not fit its input. */
    static BatchPlan packing(
            StructType read,
            List<ShapedArray> rows,
            List<List<Integer>> positions,
            NullPolicy nulls,
            List<InputColumns.Read> reads) {
        List<InputColumns> planned = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            planned.add(new InputColumns(rows.get(i), positions.get(i), reads.get(i)));
        }
        return BatchPlan.of(read, planned, MIN_AUTO_ROWS, nulls);
    }

    /**
     * The results under aliases of their own names: in a join of a scored table with itself Spark gives aliases new identities, which it
     * does for no node that it does not know; elsewhere its optimizer takes them away.
     */
    private static LogicalPlan aliased(ScoreNode node) {
        List<NamedExpression> columns = new ArrayList<>(Scala.list(node.keptNow()));
        for (Attribute result : Scala.list(node.produced())) {
            columns.add(Scala.alias(result, result.name()));
        }
        return new Project(Scala.seq(columns), node);
    }

    /** As many rows as keep what a batch holds at one time in the processor's cache, a power of two. */
    private int batchRows(Model model, List<ShapedArray> rows, List<Integer> inAxes) {
        if (model.code() instanceof ModelCode.OfBatch(ExportedFunction function)) {
            return ownRows(function);
        }
        int said = options.batchRows() == 0 ? kiln.conf().batchRows() : options.batchRows();
        if (said != 0) {
            return said;
        }
        // The slope: weights and what is made of them do not grow with the rows.
        int half = MAX_AUTO_ROWS / 2;
        long live = LiveBytes.of(programs.batch(model, rows, inAxes, MAX_AUTO_ROWS))
                - LiveBytes.of(programs.batch(model, rows, inAxes, half));
        long fitting = Long.highestOneBit(Math.max(1, CACHE_BYTES * half / Math.max(1, live)));
        return Math.clamp(fitting, MIN_AUTO_ROWS, MAX_AUTO_ROWS);
    }

    /** An exported function's batch is its own; the session's setting is for those that have a choice. */
    private int ownRows(ExportedFunction function) {
        int own = function.batchRows();
        if (options.batchRows() != 0 && options.batchRows() != own) {
            throw KilnException.user(
                    "scoring with %s: %s was exported for batches of %d rows, got batch rows %d"
                            .formatted(name, function.source(), own, options.batchRows()),
                    "leave the batch rows out, or export the function for that many");
        }
        return own;
    }

    /** The types of a function's rows, from its columns; a model knows its own. */
    private record RowTypes(Columns columns, ScoreOptions options, String name) {
        List<ShapedArray> of(RowSource source, List<List<Integer>> bound, @Nullable Dataset<Row> table) {
            List<ShapedArray> rows = new ArrayList<>();
            for (int i = 0; i < bound.size(); i++) {
                ShapedArray known = source.inputs().get(i).row();
                rows.add(known == null ? FunctionTypes.row(columns, options, bound.get(i), table) : known);
            }
            Binding.validity(columns, source.inputs(), options).forEach((input, of) -> {
                ShapedArray mask = new ShapedArray(DType.BOOL, rows.get(of).shape());
                ShapedArray own = source.inputs().get(input).row();
                if (own != null && !own.equals(mask)) {
                    throw KilnException.user(
                            "%s: required the validity of an input of type %s to be %s, got an input of type %s"
                                    .formatted(columns.doing(), rows.get(of), mask, own),
                            "name an input of bool of the same shape");
                }
                rows.set(input, mask);
            });
            return rows;
        }
    }
}
