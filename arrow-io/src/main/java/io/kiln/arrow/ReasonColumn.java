package io.kiln.arrow;

import java.nio.charset.StandardCharsets;
import org.apache.spark.sql.execution.vectorized.ConstantColumnVector;
import org.apache.spark.sql.execution.vectorized.OnHeapColumnVector;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.jspecify.annotations.Nullable;

/**
 * Why the rows of a batch could not be read, as a column of text.
 *
 * @param column null for the rows that could
 * @param bad how many could not
 */
public record ReasonColumn(ColumnVector column, int bad) {
    /** The column of {@code rows} reasons; of nulls when there is none. */
    public static ReasonColumn of(@Nullable String @Nullable [] reasons, int rows) {
        if (reasons == null) {
            ConstantColumnVector none = new ConstantColumnVector(rows, DataTypes.StringType);
            none.setNull();
            return new ReasonColumn(none, 0);
        }
        OnHeapColumnVector column = new OnHeapColumnVector(rows, DataTypes.StringType);
        int bad = 0;
        for (int i = 0; i < rows; i++) {
            String reason = reasons[i];
            if (reason == null) {
                column.appendNull();
            } else {
                byte[] bytes = reason.getBytes(StandardCharsets.UTF_8);
                column.appendByteArray(bytes, 0, bytes.length);
                bad++;
            }
        }
        return new ReasonColumn(column, bad);
    }
}
