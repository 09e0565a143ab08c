package io.kiln.arrow;

import io.kiln.core.DType;
import io.kiln.core.ShapedArray;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/** Packs incoming batches as a task does, and reads each packed batch back through {@link ResultColumn}. */
final class PackTable {
    private PackTable() {}

    /** One packed batch, read back: for each row its elements, padding rows included; which rows had a null, if the policy asks and any had. */
    record Packed(int rows, List<List<Object>> all, List<Boolean> nullRows, List<String> reasons) {}

    /** Packs {@code incoming}, whose every batch is closed, and reads the first input back. */
    static List<Packed> pack(BatchPlan plan, List<ColumnarBatch> incoming) {
        return pack(plan, incoming, 0);
    }

    /** Packs {@code incoming}, whose every batch is closed, and reads one input back. */
    static List<Packed> pack(BatchPlan plan, List<ColumnarBatch> incoming, int input) {
        List<Packed> packed = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            BatchPacker packer = new BatchPacker(plan, arena, 0);
            for (ColumnarBatch batch : incoming) {
                int from = 0;
                while (from < batch.numRows()) {
                    if (packer.isFull()) {
                        packed.add(read(plan, packer, input));
                        packer.clear();
                    }
                    from += packer.pack(batch, from);
                }
                batch.close();
            }
            if (!packer.isEmpty()) {
                packer.pad();
                packed.add(read(plan, packer, input));
            }
        }
        return packed;
    }

    private static Packed read(BatchPlan plan, BatchPacker packer, int index) {
        PackedInput input = plan.inputs().get(index);
        int k = input.elements();
        // One long column: the layout's arithmetic is repeated here on purpose, from the contract and not from the
        // packer.
        ResultColumn flat =
                new ResultColumn(ShapedArray.of(input.row().dtype()), packer.input(index), plan.batchRows() * k, null);
        List<List<Object>> all = new ArrayList<>();
        for (int row = 0; row < plan.batchRows(); row++) {
            List<Object> elements = new ArrayList<>();
            for (int j = 0; j < k; j++) {
                int at = input.batchAxis() == 0 && input.row().rank() > 0 ? row * k + j : j * plan.batchRows() + row;
                elements.add(value(flat, input.row().dtype(), at));
            }
            all.add(elements);
        }
        boolean[] nulls = packer.nullRows();
        List<Boolean> nullRows = new ArrayList<>();
        for (int row = 0; nulls != null && row < nulls.length; row++) {
            nullRows.add(nulls[row]);
        }
        String[] reasons = packer.badRows();
        return new Packed(packer.rows(), all, nullRows, reasons == null ? List.of() : Arrays.asList(reasons));
    }

    private static Object value(ResultColumn column, DType dtype, int row) {
        return switch (dtype) {
            case BOOL -> column.getBoolean(row);
            case I8 -> column.getByte(row);
            case I16, U8 -> column.getShort(row);
            case I32, U16 -> column.getInt(row);
            case I64, U32 -> column.getLong(row);
            case U64 -> column.getDecimal(row, 20, 0).toJavaBigDecimal();
            case BF16, F16, F32 -> column.getFloat(row);
            case F64 -> column.getDouble(row);
            case C64, C128 -> throw new IllegalArgumentException(dtype + " has no column");
        };
    }

    /** Columns of values cut into incoming batches of the given sizes, the vectors of each of another kind. */
    static List<ColumnarBatch> batches(
            List<DataType> types, List<List<Object>> columns, List<Integer> sizes, List<VectorKind> kinds) {
        List<ColumnarBatch> batches = new ArrayList<>();
        int from = 0;
        for (int b = 0; b < sizes.size(); b++) {
            int n = sizes.get(b);
            ColumnVector[] vectors = new ColumnVector[columns.size()];
            for (int c = 0; c < vectors.length; c++) {
                vectors[c] = kinds.get((b + c) % kinds.size())
                        .make(types.get(c), columns.get(c).subList(from, from + n));
            }
            batches.add(new ColumnarBatch(vectors, n));
            from += n;
        }
        return batches;
    }
}
