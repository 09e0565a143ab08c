package io.kiln.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kiln.arrow.BatchPlan;
import io.kiln.arrow.InputColumns;
import io.kiln.arrow.NullPolicy;
import io.kiln.core.DType;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.pjrt.PjrtHandles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.execution.vectorized.OnHeapColumnVector;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class TestManyExecutions {
    /** The nightly profile asks for a million. */
    private static final int EXECUTIONS = Integer.getInteger("kiln.soak.executions", 10_000);

    private static final int BATCH_ROWS = 2048;
    private static final int COLUMNS = 16;
    private static final Path STATUS = Path.of("/proc/self/status");

    @Test
    @Timeout(3600)
    void executionsLeaveNoHandleAndAFlatResidentSize() {
        assumeTrue(Files.exists(STATUS), "the resident size is read from Linux's /proc");
        StructType schema = SparkFixture.schema("xs", DataTypes.createArrayType(DataTypes.FloatType));
        BatchPlan plan = BatchPlan.of(
                schema,
                List.of(new InputColumns(ShapedArray.of(DType.F32, COLUMNS), List.of(0))),
                BATCH_ROWS,
                NullPolicy.ERROR);
        Program program = Programs.batched(
                in -> List.of(in.get(0).times(2).plus(1), in.get(0).sum()), List.of(), plan);
        ScoreTask task = Programs.task("many", program, plan, WeightSource.none(), List.of(0));
        long[] grown = new long[1];
        try (SparkFixture spark = new SparkFixture()) {
            List<Long> rows = spark.tasks(1, context -> {
                long seen = 0;
                long before = 0;
                Iterator<ColumnarBatch> out = task.run(context, sameBatch(schema));
                for (int i = 0; i < EXECUTIONS; i++) {
                    seen += out.next().numRows();
                    if (i == EXECUTIONS / 5) {
                        before = outsideTheHeap();
                    }
                }
                grown[0] = outsideTheHeap() - before;
                return seen;
            });
            assertThat(rows).containsExactly((long) EXECUTIONS * BATCH_ROWS);
        }
        WorkerRuntime.closeAll();
        assertThat(PjrtHandles.live()).isZero();
        // One lost input a batch would be 1 GB, one lost result of the smaller kind 64 MB.
        assertThat(grown[0]).isLessThan(48L << 20);
    }

    private static Iterator<ColumnarBatch> sameBatch(StructType schema) {
        OnHeapColumnVector vector = new OnHeapColumnVector(BATCH_ROWS, schema.fields()[0].dataType());
        float[] row = new float[COLUMNS];
        for (int i = 0; i < BATCH_ROWS; i++) {
            vector.appendArray(COLUMNS);
            vector.arrayData().appendFloats(COLUMNS, row, 0);
        }
        ColumnarBatch batch = new ColumnarBatch(new OnHeapColumnVector[] {vector}, BATCH_ROWS);
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

    /** The resident size without what the JVM has for itself, bytes. */
    private static long outsideTheHeap() {
        System.gc();
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        try (var lines = Files.lines(STATUS)) {
            long resident = lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
                    .findFirst()
                    .orElseThrow();
            return resident
                    - memory.getHeapMemoryUsage().getCommitted()
                    - memory.getNonHeapMemoryUsage().getCommitted();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
