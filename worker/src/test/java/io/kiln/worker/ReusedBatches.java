package io.kiln.worker;

import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.RowToColumnConverter;
import org.apache.spark.sql.execution.vectorized.OffHeapColumnVector;
import org.apache.spark.sql.execution.vectorized.OnHeapColumnVector;
import org.apache.spark.sql.execution.vectorized.WritableColumnVector;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/**
 * Incoming batches of given sizes that behave as Spark's readers do at their worst: one set of vectors for all batches, overwritten as
 * soon as the next batch is looked for.
 */
final class ReusedBatches implements Iterator<ColumnarBatch>, AutoCloseable {
    private final Iterator<Row> rows;
    private final Iterator<Integer> sizes;
    private final WritableColumnVector[] vectors;
    private final RowToColumnConverter converter;
    private final scala.Function1<Object, Object> toCatalyst;

    ReusedBatches(StructType schema, List<Row> rows, List<Integer> sizes, boolean offHeap) {
        this.rows = rows.iterator();
        this.sizes = sizes.iterator();
        this.vectors = offHeap
                ? OffHeapColumnVector.allocateColumns(4, schema)
                : OnHeapColumnVector.allocateColumns(4, schema);
        this.converter = new RowToColumnConverter(schema);
        this.toCatalyst = CatalystTypeConverters.createToCatalystConverter(schema);
    }

    @Override
    public boolean hasNext() {
        for (WritableColumnVector vector : vectors) {
            vector.reset();
        }
        return sizes.hasNext();
    }

    @Override
    public ColumnarBatch next() {
        int n = sizes.next();
        for (int i = 0; i < n; i++) {
            converter.convert((InternalRow) toCatalyst.apply(rows.next()), vectors);
        }
        return new ColumnarBatch(vectors.clone(), n);
    }

    @Override
    public void close() {
        for (ColumnVector vector : vectors) {
            vector.close();
        }
    }
}
