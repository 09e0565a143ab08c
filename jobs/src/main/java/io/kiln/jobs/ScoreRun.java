package io.kiln.jobs;

import io.kiln.driver.Kiln;
import io.kiln.driver.KilnMetrics;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Writing a scored table, and what that took. */
final class ScoreRun {
    private static final long LISTENERS_MILLIS = 10_000;

    private ScoreRun() {}

    /**
     * What a run did.
     *
     * @param rows rows written
     * @param seconds wall time of the job, without Spark's start
     * @param kiln what Kiln did meanwhile
     */
    record Result(long rows, double seconds, KilnMetrics kiln) {
        /** The object of {@code --metrics}. */
        Map<String, Object> toMap() {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("rows", rows);
            map.put("seconds", seconds);
            map.put("rows_per_s", seconds > 0 ? rows / seconds : 0);
            map.putAll(kiln.toMap());
            return map;
        }
    }

    /**
     * Writes the table to the folder and puts it in its place.
     *
     * @param before what Kiln had done before the table was made, which traces
     */
    static Result write(
            Kiln kiln,
            KilnMetrics before,
            Dataset<Row> scored,
            TableFormat format,
            OutputFolder folder,
            ProgressLine line) {
        long started = System.nanoTime();
        long writtenBefore = line.rowsWritten();
        format.write(scored, folder.temporary());
        folder.commit();
        double seconds = (System.nanoTime() - started) / 1e9;
        try { // the count of rows comes by Spark's listeners, a moment after the job
            kiln.session().sparkContext().listenerBus().waitUntilEmpty(LISTENERS_MILLIS);
        } catch (TimeoutException e) {
            // The rows are written; only their count may lag.
        }
        return new Result(
                line.rowsWritten() - writtenBefore, seconds, kiln.metrics().since(before));
    }
}
