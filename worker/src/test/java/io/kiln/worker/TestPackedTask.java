package io.kiln.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.kiln.arrow.BatchPlan;
import io.kiln.arrow.InputColumns;
import io.kiln.arrow.NullPolicy;
import io.kiln.core.DType;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.pjrt.PjrtHandles;
import io.kiln.transform.Grad;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Squared loss of a line over rows (x0, x1, y): sums and gradients beside the same in plain doubles. */
class TestPackedTask {
    private static final StructType SCHEMA =
            SparkFixture.schema("x0", DataTypes.DoubleType, "x1", DataTypes.DoubleType, "y", DataTypes.DoubleType);
    private static final int ROWS = 101;

    private static SparkFixture spark;

    @BeforeAll
    static void start() {
        spark = new SparkFixture();
    }

    @AfterAll
    static void stop() {
        spark.close();
    }

    @AfterEach
    void nothingIsLeftOpen() {
        WorkerRuntime.closeAll();
        assertThat(PjrtHandles.live()).isZero();
    }

    private static List<Row> table(int partition) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            rows.add(RowFactory.create(Math.sin(i + partition), Math.cos(3.0 * i), Math.sin(7.0 * i) * 10));
        }
        return rows;
    }

    private static BatchPlan plan(int batchRows) {
        return BatchPlan.of(
                SCHEMA,
                List.of(
                        new InputColumns(ShapedArray.of(DType.F64, 2), List.of(0, 1)),
                        new InputColumns(ShapedArray.of(DType.F64), List.of(2))),
                batchRows,
                NullPolicy.ERROR);
    }

    /** (w, b, X[2,B], y[B], mask[B]) to the sum of the loss, the rows, and the gradients of w and b. */
    private static Program program(BatchPlan plan) {
        List<ShapedArray> avals = new ArrayList<>(List.of(ShapedArray.of(DType.F64, 2), ShapedArray.of(DType.F64)));
        avals.addAll(plan.batchInputs());
        avals.add(PackedPartition.mask(plan));
        int rows = plan.batchRows();
        Program loss = Trace.trace(in -> List.of(residuals(in).square().sum().times(0.5)), avals)
                .program();
        Program gradient = Grad.valueAndGrad(loss, List.of(0, 1));
        return Trace.trace(
                        in -> {
                            List<Tensor> out = new ArrayList<>(io.kiln.core.Inline.call(gradient, in));
                            Tensor one = Tensor.ones(DType.F64, rows);
                            out.add(
                                    1,
                                    Tensor.where(in.get(4), one, one.times(0)).sum());
                            return out;
                        },
                        avals)
                .program();
    }

    private static Tensor residuals(List<Tensor> in) {
        Tensor w = in.get(0);
        Tensor x = in.get(2);
        int rows = x.dim(1);
        Tensor y = w.reshape(1, 2)
                .matmul(x)
                .reshape(rows)
                .plus(in.get(1).broadcastTo(rows))
                .minus(in.get(3));
        return Tensor.where(in.get(4), y, y.times(0));
    }

    /** The same sums in plain Java. */
    private static double[] expected(List<Row> rows, double[] p) {
        double[] sums = new double[5];
        for (Row row : rows) {
            double r = p[0] * row.getDouble(0) + p[1] * row.getDouble(1) + p[2] - row.getDouble(2);
            sums[0] += 0.5 * r * r;
            sums[1] += 1;
            sums[2] += r * row.getDouble(0);
            sums[3] += r * row.getDouble(1);
            sums[4] += r;
        }
        return sums;
    }

    private static Iterator<ColumnarBatch> batches(int partition) {
        return new ReusedBatches(SCHEMA, table(partition), List.of(40, 0, 41, 20), false);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 10, 64, 101, 256})
    void sumsAreThoseOfAllRowsWhateverTheBatch(int batchRows) {
        BatchPlan plan = plan(batchRows);
        PackedTask task = PackedTask.sum(Programs.conf(), "line", program(plan), plan, "rows-" + batchRows);
        double[] parameters = {0.5, -1.5, 2};
        List<double[]> sums = spark.tasks(3, context -> task.run(context, batches(context.partitionId()), parameters));
        for (int partition = 0; partition < 3; partition++) {
            assertThat(sums.get(partition)).containsExactly(expected(table(partition), parameters), within(1e-9));
        }
    }

    @Test
    void aPackedPartitionIsNotReadAgainAndGivesTheSameBits() {
        BatchPlan plan = plan(16);
        PackedTask task = PackedTask.sum(Programs.conf(), "line", program(plan), plan, "kept");
        double[] parameters = {0.5, -1.5, 2};
        List<double[]> first = spark.tasks(2, context -> task.run(context, batches(context.partitionId()), parameters));
        assertThat(WorkerRuntime.jvmMetrics().packedBytes()).isEqualTo(2 * 7 * 16L * (3 * 8 + 1));
        List<double[]> again = spark.tasks(2, context -> task.run(context, gone(), parameters));
        assertThat(again.get(0)).containsExactly(first.get(0));
        assertThat(again.get(1)).containsExactly(first.get(1));

        PackedPartition.free("kept");
        assertThat(WorkerRuntime.jvmMetrics().packedBytes()).isZero();
        List<double[]> rebuilt =
                spark.tasks(2, context -> task.run(context, batches(context.partitionId()), parameters));
        assertThat(rebuilt.get(1)).containsExactly(first.get(1));
    }

    private static Iterator<ColumnarBatch> gone() {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                throw new IllegalStateException("the rows were read again");
            }

            @Override
            public ColumnarBatch next() {
                throw new IllegalStateException("the rows were read again");
            }
        };
    }

    @Test
    void aPartitionThatCouldNotBePackedIsPackedByTheNextTask() {
        BatchPlan plan = plan(16);
        PackedTask task = PackedTask.sum(Programs.conf(), "line", program(plan), plan, "failed once");
        double[] parameters = {1, 1, 1};
        assertThatThrownBy(() -> spark.tasks(1, context -> task.run(context, gone(), parameters)))
                .hasMessageContaining("the rows were read again");
        double[] sums = spark.tasks(1, context -> task.run(context, batches(0), parameters))
                .getFirst();
        assertThat(sums).containsExactly(expected(table(0), parameters), within(1e-9));
    }

    @Test
    void aPartitionWithoutRowsSumsToZero() {
        BatchPlan plan = plan(16);
        PackedTask task = PackedTask.sum(Programs.conf(), "line", program(plan), plan, "empty");
        double[] sums = spark.tasks(
                        1,
                        context -> task.run(
                                context, new ReusedBatches(SCHEMA, List.of(), List.of(0), false), new double[] {1, 1, 1
                                }))
                .getFirst();
        assertThat(sums).containsExactly(0, 0, 0, 0, 0);
    }

    @Test
    void theNumberOfParametersMustBeTheProgramsOwn() {
        BatchPlan plan = plan(16);
        PackedTask task = PackedTask.sum(Programs.conf(), "line", program(plan), plan, "parameters");
        assertThatThrownBy(() -> spark.tasks(1, context -> task.run(context, batches(0), new double[] {1, 1})))
                .hasMessageContaining("required 3 parameters for [f64[2], f64[]], got 2");
    }

    @Test
    void resultsOfEachBatchAreInOrderAndKnowTheirPlace() {
        BatchPlan plan = plan(16);
        List<ShapedArray> avals = new ArrayList<>(List.of(ShapedArray.of(DType.F64)));
        avals.addAll(plan.batchInputs());
        avals.add(PackedPartition.mask(plan));
        avals.add(PackedTask.place());
        Program program = Trace.trace(
                        in -> List.of(
                                Tensor.where(in.get(3), in.get(2), in.get(2).times(0))
                                        .sum(),
                                in.get(4).toF64().plus(in.get(0))),
                        avals)
                .program();
        PackedTask task = PackedTask.each(Programs.conf(), "each", program, plan, "each");
        List<double[]> found =
                spark.tasks(2, context -> task.run(context, batches(context.partitionId()), new double[] {100}));
        for (int partition = 0; partition < 2; partition++) {
            List<Row> rows = table(partition);
            double[] results = found.get(partition);
            assertThat(results).hasSize(7 * 3);
            for (int batch = 0; batch < 7; batch++) {
                double sum = 0;
                for (int i = batch * 16; i < Math.min(ROWS, batch * 16 + 16); i++) {
                    sum += rows.get(i).getDouble(2);
                }
                assertThat(results[batch * 3]).isCloseTo(sum, within(1e-9));
                assertThat(results[batch * 3 + 1]).isEqualTo(100 + partition);
                assertThat(results[batch * 3 + 2]).isEqualTo(100 + batch);
            }
        }
    }
}
