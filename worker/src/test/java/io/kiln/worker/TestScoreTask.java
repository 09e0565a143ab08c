package io.kiln.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.kiln.arrow.BatchLadder;
import io.kiln.arrow.BatchPlan;
import io.kiln.arrow.InputColumns;
import io.kiln.arrow.NullPolicy;
import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.pjrt.PjrtHandles;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.apache.spark.util.TaskCompletionListener;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TestScoreTask {
    private static final StructType SCHEMA = SparkFixture.schema(
            "name", DataTypes.StringType,
            "a", DataTypes.FloatType,
            "b", DataTypes.FloatType,
            "tags", DataTypes.createArrayType(DataTypes.StringType),
            "xs", DataTypes.createArrayType(DataTypes.FloatType));

    private static final AtomicReference<CountDownLatch> RUNNING = new AtomicReference<>();
    private static final AtomicReference<CountDownLatch> ENDED = new AtomicReference<>();

    private static SparkFixture spark;

    @BeforeAll
    static void start() {
        spark = new SparkFixture();
    }

    @AfterAll
    static void stop() {
        spark.close();
    }

    /** When the runtimes are closed as well, nothing native is left. */
    @AfterEach
    void nothingIsLeftOpen() {
        WorkerRuntime.closeAll();
        assertThat(PjrtHandles.live()).isZero();
    }

    private static List<Row> table(int rows) {
        List<Row> table = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            table.add(RowFactory.create(
                    i % 7 == 3 ? null : "row " + i,
                    i * 0.5f,
                    (float) Math.sin(i),
                    List.of("t" + i % 3, "u"),
                    List.of((float) i, 1f, -i * 0.25f)));
        }
        return table;
    }

    private static BatchPlan plan(int batchRows, NullPolicy nulls) {
        return BatchPlan.of(
                SCHEMA,
                List.of(
                        new InputColumns(ShapedArray.of(DType.F32, 2), List.of(1, 2)),
                        new InputColumns(ShapedArray.of(DType.F32, 3), List.of(4))),
                batchRows,
                nulls);
    }

    /** Of one row: {@code a * 2 + max(b, 0)} and {@code xs * a}: exact in f32 whatever the order. */
    private static Program program(BatchPlan plan) {
        return Programs.batched(
                in -> List.of(
                        in.get(0).at(0).times(2).plus(in.get(0).at(1).maximum(0)),
                        in.get(1).times(in.get(0).at(0))),
                List.of(),
                plan);
    }

    private static ScoreTask task(BatchPlan plan, List<Integer> keep) {
        return Programs.task("test", program(plan), plan, WeightSource.none(), keep);
    }

    /** One row of the output: the kept name and tags, then the two results. */
    private static String print(InternalRow row) {
        String name = row.isNullAt(0) ? "null" : row.getUTF8String(0).toString();
        var tags = row.getArray(1);
        return name + " " + tags.getUTF8String(0) + tags.getUTF8String(1) + " " + row.getFloat(2) + " "
                + List.of(
                        row.getArray(3).getFloat(0),
                        row.getArray(3).getFloat(1),
                        row.getArray(3).getFloat(2));
    }

    private static String expected(Row row) {
        float a = row.getFloat(1);
        List<Float> xs = row.getAs(4);
        List<String> tags = row.getAs(3);
        return row.getString(0) + " " + tags.get(0) + tags.get(1) + " " + (a * 2 + Math.max(row.getFloat(2), 0)) + " "
                + List.of(xs.get(0) * a, xs.get(1) * a, xs.get(2) * a);
    }

    private static List<String> score(
            ScoreTask task, TaskContext context, ReusedBatches incoming, BatchListener listener) {
        TaskCompletionListener close = ended -> incoming.close();
        context.addTaskCompletionListener(close);
        List<String> rows = new ArrayList<>();
        Iterator<ColumnarBatch> out = task.run(context, incoming, listener);
        while (out.hasNext()) {
            ColumnarBatch batch = out.next();
            for (int i = 0; i < batch.numRows(); i++) {
                rows.add(print(batch.getRow(i)));
            }
            batch.closeIfFreeable();
        }
        return rows;
    }

    @ParameterizedTest
    @CsvSource({"1,false", "3,true", "8,false", "8,true", "64,false", "1000,true"})
    void everyRowKeepsItsColumnsAndGetsItsResults(int batchRows, boolean offHeap) {
        ScoreTask task = task(plan(batchRows, NullPolicy.ERROR), List.of(0, 3));
        List<Integer> sizes = List.of(8, 8, 3, 0, 21, 1, 8, 40, 11);
        List<String> rows = spark.tasks(
                        1,
                        context -> score(
                                task,
                                context,
                                new ReusedBatches(SCHEMA, table(100), sizes, offHeap),
                                BatchListener.NONE))
                .getFirst();
        assertThat(rows)
                .isEqualTo(table(100).stream().map(TestScoreTask::expected).toList());
    }

    @Test
    void onlyTheLastBatchOfAPartitionIsPadded() {
        ScoreTask task = task(plan(16, NullPolicy.ERROR), List.of(0, 3));
        List<String> batches = spark.tasks(1, context -> {
                    List<String> seen = new ArrayList<>();
                    score(
                            task,
                            context,
                            new ReusedBatches(SCHEMA, table(50), List.of(10, 10, 10, 20), false),
                            batch -> seen.add(batch.rows() + "+" + batch.paddedRows()));
                    return seen;
                })
                .getFirst();
        assertThat(batches).containsExactly("16+0", "16+0", "16+0", "2+14");
    }

    private static ScoreTask onLadder(int batchRows, NullPolicy nulls, List<Integer> keep) {
        BatchPlan plan = plan(batchRows, nulls);
        BatchLadder ladder = BatchLadder.of(batchRows);
        List<TracedProgram> programs = ladder.sizes().stream()
                .map(size -> new TracedProgram(program(plan.withBatchRows(size))))
                .toList();
        return new ScoreTask(Programs.conf(), "tails", ladder, programs, plan, WeightSource.none(), keep);
    }

    @ParameterizedTest
    @CsvSource({
        "512,1000,512+0 488+24",
        "512,2600,512+0 512+0 512+0 512+0 512+0 40+88",
        "512,10,10+22",
        "512,33,33+95",
        "8192,4500,2048+0 2048+0 404+108", // in one batch 3,692 rows would be padding
    })
    void aPartitionsLastRowsRunInSmallBatches(int batchRows, int rows, String batches) {
        ScoreTask task = onLadder(batchRows, NullPolicy.ERROR, List.of(0, 3));
        List<List<String>> seen = spark.tasks(1, context -> {
                    List<String> sizes = new ArrayList<>();
                    List<Integer> incoming = List.of(rows / 2, rows - rows / 2);
                    List<String> scored = score(
                            task,
                            context,
                            new ReusedBatches(SCHEMA, table(rows), incoming, rows % 2 == 0),
                            batch -> sizes.add(batch.rows() + "+" + batch.paddedRows()));
                    return List.of(sizes, scored);
                })
                .getFirst();
        assertThat(String.join(" ", seen.getFirst())).isEqualTo(batches);
        assertThat(seen.getLast())
                .isEqualTo(table(rows).stream().map(TestScoreTask::expected).toList());
    }

    @Test
    void nullsOfATailThatIsCutStayWithTheirRows() {
        List<Row> table = table(4500);
        for (int row : new int[] {5, 2047, 2048, 4499}) {
            table.set(row, RowFactory.create("x", null, 1f, List.of("t", "u"), List.of(1f, 2f, 3f)));
        }
        ScoreTask task = onLadder(8192, NullPolicy.PROPAGATE, List.of());
        List<Integer> nulls = spark.tasks(
                        1,
                        context ->
                                nullRows(task.run(context, new ReusedBatches(SCHEMA, table, List.of(4000, 500), true))))
                .getFirst();
        assertThat(nulls).containsExactly(5, 2047, 2048, 4499);
    }

    @Test
    void partitionsOfAllSizesCompileOneProgramASize() {
        ScoreTask task = onLadder(128, NullPolicy.ERROR, List.of(0, 3));
        WorkerMetrics before = WorkerRuntime.jvmMetrics();
        for (int round = 0; round < 2; round++) {
            List<Integer> rows = spark.tasks(40, context -> {
                int n = 1 + 7 * context.partitionId();
                List<String> scored = score(
                        task, context, new ReusedBatches(SCHEMA, table(n), List.of(n), false), BatchListener.NONE);
                return scored.equals(
                                table(n).stream().map(TestScoreTask::expected).toList())
                        ? n
                        : -1;
            });
            assertThat(rows).doesNotContain(-1);
        }
        assertThat(WorkerRuntime.jvmMetrics().since(before).compiles()).isEqualTo(3); // 128, 32, 8
    }

    @Test
    void aPartitionWithoutRowsHasNoBatches() {
        ScoreTask task = task(plan(16, NullPolicy.ERROR), List.of(0, 3));
        List<String> rows = spark.tasks(
                        1,
                        context -> score(
                                task,
                                context,
                                new ReusedBatches(SCHEMA, List.of(), List.of(0, 0), false),
                                BatchListener.NONE))
                .getFirst();
        assertThat(rows).isEmpty();
    }

    @Test
    void aNullIsTheUsersErrorWithColumnAndRow() {
        List<Row> table = table(20);
        table.set(13, RowFactory.create("x", null, 1f, List.of("t", "u"), List.of(1f, 2f, 3f)));
        ScoreTask task = task(plan(8, NullPolicy.ERROR), List.of(0, 3));
        assertThatThrownBy(() -> spark.tasks(
                        1,
                        context -> score(
                                task,
                                context,
                                new ReusedBatches(SCHEMA, table, List.of(10, 10), false),
                                BatchListener.NONE)))
                .rootCause()
                .isInstanceOfSatisfying(
                        KilnException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.USER))
                .hasMessageContainingAll("column a", "1 null", "row 13 of partition 0");
    }

    @Test
    void propagatedNullsGiveNullResults() {
        List<Row> table = table(20);
        table.set(13, RowFactory.create("x", null, 1f, List.of("t", "u"), List.of(1f, 2f, 3f)));
        ScoreTask task = task(plan(8, NullPolicy.PROPAGATE), List.of());
        List<Integer> nulls = spark.tasks(
                        1,
                        context ->
                                nullRows(task.run(context, new ReusedBatches(SCHEMA, table, List.of(10, 10), false))))
                .getFirst();
        assertThat(nulls).containsExactly(13);
    }

    /** The rows whose two results are null. */
    private static List<Integer> nullRows(Iterator<ColumnarBatch> scored) {
        List<Integer> found = new ArrayList<>();
        int row = 0;
        while (scored.hasNext()) {
            ColumnarBatch batch = scored.next();
            for (int i = 0; i < batch.numRows(); i++, row++) {
                if (batch.column(0).isNullAt(i) && batch.column(1).isNullAt(i)) {
                    found.add(row);
                }
            }
        }
        return found;
    }

    @ParameterizedTest
    @ValueSource(strings = {"stop early", "source fails", "consumer fails"})
    void aTaskThatEndsEarlyLeavesNothingOpen(String how) {
        ScoreTask task = task(plan(8, NullPolicy.ERROR), List.of(0));
        try {
            spark.tasks(1, context -> {
                var incoming = new ReusedBatches(SCHEMA, table(100), List.of(20, 20, 20, 20, 20), false);
                Iterator<ColumnarBatch> source = how.equals("source fails") ? failing(incoming) : incoming;
                var out = task.run(context, source);
                out.next();
                out.next();
                if (how.equals("consumer fails")) {
                    throw new IllegalStateException("the consumer gave up");
                }
                while (how.equals("source fails") && out.hasNext()) {
                    out.next();
                }
                return "done";
            });
            assertThat(how).isEqualTo("stop early");
        } catch (Exception e) {
            assertThat(e)
                    .hasMessageContaining(how.equals("source fails") ? "the file is gone" : "the consumer gave up");
        }
    }

    private static Iterator<ColumnarBatch> failing(Iterator<ColumnarBatch> source) {
        return new Iterator<>() {
            private int left = 2;

            @Override
            public boolean hasNext() {
                return true;
            }

            @Override
            public ColumnarBatch next() {
                if (left-- == 0) {
                    throw new IllegalStateException("the file is gone");
                }
                return source.hasNext() ? source.next() : fail("the source is used up");
            }
        };
    }

    @Test
    void aKilledTaskStopsAndLeavesNothingOpen() throws Exception {
        ScoreTask task = task(plan(8, NullPolicy.ERROR), List.of(0));
        RUNNING.set(new CountDownLatch(1));
        ENDED.set(new CountDownLatch(1));
        Thread job = Thread.ofPlatform()
                .start(() -> assertThatThrownBy(() -> spark.inGroup(
                                "doomed",
                                () -> spark.tasks(1, context -> {
                                    // Listeners run in the reverse of this order: this one when the task's own has
                                    // closed everything.
                                    TaskCompletionListener ended =
                                            done -> ENDED.get().countDown();
                                    context.addTaskCompletionListener(ended);
                                    var out = task.run(
                                            context, endless(new ReusedBatches(SCHEMA, table(8), List.of(8), false)));
                                    while (out.hasNext()) {
                                        out.next();
                                        RUNNING.get().countDown();
                                    }
                                    return "ended";
                                })))
                        .hasMessageContaining("cancelled"));
        assertThat(RUNNING.get().await(30, TimeUnit.SECONDS)).isTrue();
        spark.session().sparkContext().cancelJobGroup("doomed");
        assertThat(job.join(Duration.ofSeconds(30))).isTrue();
        assertThat(ENDED.get().await(30, TimeUnit.SECONDS)).isTrue();
    }

    /** The only batch of {@code source}, for ever. */
    private static Iterator<ColumnarBatch> endless(Iterator<ColumnarBatch> source) {
        ColumnarBatch batch = source.hasNext() ? source.next() : fail("the source has a batch");
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return true;
            }

            @Override
            public ColumnarBatch next() {
                return batch;
            }
        };
    }

    @Test
    void resultsCanBeScoredAgain() {
        ScoreTask first = task(plan(8, NullPolicy.ERROR), List.of(0, 3));
        StructType schema = SparkFixture.schema(
                "name",
                DataTypes.StringType,
                "tags",
                DataTypes.createArrayType(DataTypes.StringType),
                "y",
                DataTypes.FloatType,
                "zs",
                DataTypes.createArrayType(DataTypes.FloatType, false));
        BatchPlan plan = BatchPlan.of(
                schema,
                List.of(
                        new InputColumns(ShapedArray.of(DType.F32), List.of(2)),
                        new InputColumns(ShapedArray.of(DType.F32, 3), List.of(3))),
                5,
                NullPolicy.ERROR);
        Program sum = Programs.batched(in -> List.of(in.get(0).plus(in.get(1).at(2))), List.of(), plan);
        ScoreTask second = Programs.task("again", sum, plan, WeightSource.none(), List.of(0));
        List<String> rows = spark.tasks(1, context -> {
                    List<String> found = new ArrayList<>();
                    var incoming = new ReusedBatches(SCHEMA, table(40), List.of(9, 16, 15), true);
                    var out = second.run(context, first.run(context, incoming));
                    while (out.hasNext()) {
                        ColumnarBatch batch = out.next();
                        for (int i = 0; i < batch.numRows(); i++) {
                            var row = batch.getRow(i);
                            found.add((row.isNullAt(0) ? "null" : row.getUTF8String(0)) + " " + row.getFloat(1));
                        }
                    }
                    incoming.close();
                    return found;
                })
                .getFirst();
        List<String> expected = new ArrayList<>();
        for (Row row : table(40)) {
            float a = row.getFloat(1);
            List<Float> xs = row.getAs(4);
            expected.add(row.getString(0) + " " + (a * 2 + Math.max(row.getFloat(2), 0) + xs.get(2) * a));
        }
        assertThat(rows).isEqualTo(expected);
    }

    /** Counts how often the weights were asked for. */
    private record CountedWeights() implements WeightSource {
        private static final AtomicInteger LOADS = new AtomicInteger();

        @Override
        public String contentId() {
            return "counted";
        }

        @Override
        public List<HostArray> load() {
            LOADS.incrementAndGet();
            return List.of(HostArray.of(2f, 10f), HostArray.scalar(0.5f));
        }
    }

    @Test
    void tasksShareWeightsAndExecutables() {
        CountedWeights.LOADS.set(0);
        WorkerMetrics before = WorkerRuntime.jvmMetrics();
        StructType schema = SparkFixture.schema("a", DataTypes.FloatType, "b", DataTypes.FloatType);
        BatchPlan plan = BatchPlan.of(
                schema, List.of(new InputColumns(ShapedArray.of(DType.F32, 2), List.of(0, 1))), 8, NullPolicy.ERROR);
        Program program = Programs.batched(
                in -> List.of(in.get(2).times(in.get(0)).sum().plus(in.get(1))),
                List.of(ShapedArray.of(DType.F32, 2), ShapedArray.of(DType.F32)),
                plan);
        ScoreTask task = Programs.task("weights", program, plan, new CountedWeights(), List.of(0));
        List<List<Float>> results = spark.tasks(12, context -> {
            List<Row> rows = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                rows.add(RowFactory.create((float) i, (float) context.partitionId()));
            }
            List<Float> found = new ArrayList<>();
            var out = task.run(context, new ReusedBatches(schema, rows, List.of(20), true));
            while (out.hasNext()) {
                ColumnarBatch batch = out.next();
                for (int i = 0; i < batch.numRows(); i++) {
                    found.add(batch.column(1).getFloat(i));
                }
            }
            return found;
        });
        for (int partition = 0; partition < 12; partition++) {
            for (int i = 0; i < 20; i++) {
                assertThat(results.get(partition).get(i)).isEqualTo(2f * i + 10f * partition + 0.5f);
            }
        }
        assertThat(CountedWeights.LOADS).hasValue(1);
        WorkerMetrics done = WorkerRuntime.jvmMetrics().since(before);
        assertThat(done.compiles()).isEqualTo(1);
        assertThat(done.rows()).isEqualTo(240);
        assertThat(done.batches()).isEqualTo(36);
    }

    @Test
    void aProgramForOtherColumnsIsRefusedWhenPlanned() {
        BatchPlan plan = plan(8, NullPolicy.ERROR);
        Program other = program(plan(16, NullPolicy.ERROR));
        assertThatThrownBy(() -> Programs.task("test", other, plan, WeightSource.none(), List.of()))
                .hasMessageContainingAll("f32[2,8]", "f32[2,16]");
    }
}
