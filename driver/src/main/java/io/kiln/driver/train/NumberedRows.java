package io.kiln.driver.train;

import io.kiln.core.HostArray;
import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import io.kiln.model.Weight;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/** Rows of a table by their numbers from 0: file after file, sorted by path, and in the order in which they stand in a file. */
final class NumberedRows {
    private static final String ID = "kiln_row_id";

    private final TrainingData data;

    NumberedRows(TrainingData data) {
        this.data = data;
    }

    /** The features of these rows as the steps give them, row-major. */
    double[] features(List<Long> numbers) {
        Training training = data.training();
        if (numbers.size() != training.k || numbers.stream().distinct().count() != training.k) {
            throw KilnException.usage(
                    "%s: required %d different init rows, got %s".formatted(data.doing(), training.k, numbers),
                    "name one row for each of the k centres");
        }
        List<Long> ids = ids(numbers);
        Dataset<Row> numbered = data.columns().table().withColumn(ID, functions.monotonically_increasing_id());
        Map<Long, Row> rows = new HashMap<>();
        for (Row row : numbered.where(functions.col(ID).isin(ids.toArray())).collectAsList()) {
            rows.put(row.getLong(row.length() - 1), row);
        }
        return ids.stream()
                .flatMapToDouble(id -> Arrays.stream(features(Objects.requireNonNull(rows.get(id)))))
                .toArray();
    }

    /**
     * Spark's row ids of these numbers: within a partition they count up, and the rows of one file in one partition follow each other, so
     * that the first id and the number of rows of each such piece say where a row is.
     */
    private List<Long> ids(List<Long> numbers) {
        Column file = functions.input_file_name();
        List<Row> pieces = data.columns()
                .table()
                .select(
                        file.as("file"),
                        functions.spark_partition_id().as("part"),
                        functions.monotonically_increasing_id().as("id"))
                .groupBy("file", "part")
                .agg(
                        functions.min("id").as("first"),
                        functions.count(functions.lit(1)).as("rows"))
                .orderBy("file", "first")
                .collectAsList();
        List<Long> ids = new ArrayList<>();
        for (long number : numbers) {
            long left = number;
            Long id = null;
            for (Row piece : pieces) {
                if (left >= 0 && left < piece.getLong(3)) {
                    id = piece.getLong(2) + left;
                    break;
                }
                left -= piece.getLong(3);
            }
            if (id == null) {
                throw KilnException.user(
                        "%s: required init rows from 0 to %d, got %d"
                                .formatted(data.doing(), data.labels().rows() - 1, number),
                        "rows are numbered from 0 in file order");
            }
            ids.add(id);
        }
        return ids;
    }

    private double[] features(Row row) {
        TrainingColumns columns = data.columns();
        double[] values = new double[columns.width()];
        if (columns.length() > 0) {
            List<Object> list = row.getList(columns.featureOrdinals().getFirst());
            for (int i = 0; i < values.length; i++) {
                values[i] = number(list.get(i));
            }
        } else {
            for (int i = 0; i < values.length; i++) {
                int ordinal = columns.featureOrdinals().get(i);
                values[i] = row.isNullAt(ordinal) ? Double.NaN : number(row.get(ordinal));
            }
        }
        List<Tensor> constants = data.steps().constants().stream()
                .map(Weight::value)
                .map(Tensor::of)
                .toList();
        Tensor x = Tensor.of(HostArray.of(values)).convert(data.dtype());
        return data.steps().apply(constants, x).toDoubles();
    }

    private static double number(Object value) {
        if (value instanceof Boolean flag) {
            return flag ? 1 : 0;
        }
        return value instanceof Number number ? number.doubleValue() : Double.NaN;
    }
}
