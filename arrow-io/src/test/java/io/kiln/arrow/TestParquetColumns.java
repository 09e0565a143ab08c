package io.kiln.arrow;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.core.DType;
import io.kiln.core.ShapedArray;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.vectorized.WritableColumnVector;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Spark's own Parquet reader hands over, dictionaries, partition columns and ends of row groups included, packs to the file's rows. */
class TestParquetColumns {
    private static final int ROWS = 1000;

    /** What one task saw and packed. */
    private record Seen(Set<String> vectors, List<Float> words, List<Double> doubles, List<Float> pixels)
            implements java.io.Serializable {}

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void packsToTheRowsOfTheFile(boolean offHeap, @TempDir Path folder) {
        SparkSession spark = SparkSession.builder()
                .master("local[1]")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.sql.columnVector.offheap.enabled", offHeap)
                .config("spark.sql.parquet.columnarReaderBatchSize", 300)
                .getOrCreate();
        try {
            String path = folder.resolve("table").toString();
            spark.range(0, ROWS, 1, 1)
                    .selectExpr(
                            "cast(id % 5 as float) as word",
                            "cast(id as double) / 3 as d",
                            "array(cast(id as float), cast(id % 3 as float)) as pixels",
                            "7 as part")
                    .write()
                    .partitionBy("part")
                    .parquet(path);
            var frame = (org.apache.spark.sql.classic.Dataset<Row>) spark.read().parquet(path);
            SparkPlan scan = frame.queryExecution().sparkPlan();
            assertThat(scan.supportsColumnar()).isTrue();
            Seen seen = scan.executeColumnar()
                    .toJavaRDD()
                    .mapPartitions(task(frame.schema()))
                    .collect()
                    .getFirst();

            String kind = offHeap ? "OffHeapColumnVector" : "OnHeapColumnVector";
            assertThat(seen.vectors()).contains("dictionary " + kind, kind, "ConstantColumnVector");
            for (int id = 0; id < ROWS; id++) {
                assertThat(seen.words().get(2 * id)).isEqualTo(id % 5);
                assertThat(seen.words().get(2 * id + 1)).isEqualTo(7f);
                assertThat(seen.doubles().get(id)).isEqualTo(id / 3.0);
                assertThat(seen.pixels().get(2 * id)).isEqualTo(id);
                assertThat(seen.pixels().get(2 * id + 1)).isEqualTo(id % 3);
            }
        } finally {
            spark.stop();
        }
    }

    private static FlatMapFunction<java.util.Iterator<ColumnarBatch>, Seen> task(StructType schema) {
        int word = schema.fieldIndex("word");
        int d = schema.fieldIndex("d");
        int pixels = schema.fieldIndex("pixels");
        int part = schema.fieldIndex("part");
        BatchPlan plan = BatchPlan.of(
                schema,
                List.of(
                        new InputColumns(ShapedArray.of(DType.F32, 2), List.of(word, part)),
                        new InputColumns(ShapedArray.of(DType.F64), List.of(d)),
                        new InputColumns(ShapedArray.of(DType.F32, 2), List.of(pixels))),
                128,
                NullPolicy.ERROR);
        return incoming -> {
            Seen seen = new Seen(new TreeSet<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
            try (Arena arena = Arena.ofConfined()) {
                BatchPacker packer = new BatchPacker(plan, arena, 0);
                while (incoming.hasNext()) {
                    ColumnarBatch batch = incoming.next();
                    for (int c = 0; c < batch.numCols(); c++) {
                        String name = batch.column(c).getClass().getSimpleName();
                        boolean coded = batch.column(c) instanceof WritableColumnVector w && w.hasDictionary();
                        seen.vectors().add(coded ? "dictionary " + name : name);
                    }
                    for (int from = 0; from < batch.numRows(); ) {
                        if (packer.isFull()) {
                            read(packer, seen);
                            packer.clear();
                        }
                        from += packer.pack(batch, from);
                    }
                }
                packer.pad();
                read(packer, seen);
            }
            return List.of(seen).iterator();
        };
    }

    private static void read(BatchPacker packer, Seen seen) {
        for (int row = 0; row < packer.rows(); row++) {
            seen.words().add(packer.input(0).getAtIndex(ValueLayout.JAVA_FLOAT, row));
            seen.words().add(packer.input(0).getAtIndex(ValueLayout.JAVA_FLOAT, 128L + row));
            seen.doubles().add(packer.input(1).getAtIndex(ValueLayout.JAVA_DOUBLE, row));
            seen.pixels().add(packer.input(2).getAtIndex(ValueLayout.JAVA_FLOAT, 2L * row));
            seen.pixels().add(packer.input(2).getAtIndex(ValueLayout.JAVA_FLOAT, 2L * row + 1));
        }
    }
}
