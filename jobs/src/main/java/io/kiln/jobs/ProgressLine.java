package io.kiln.jobs;

import java.io.Console;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.Success$;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.SparkSession;

/**
 * One line that says how far a job is: tasks and rows. On a terminal it is rewritten in place; elsewhere a new line is
 * printed every few seconds, so that a log stays short.
 */
final class ProgressLine extends SparkListener implements AutoCloseable {
    /** How progress is shown: {@code auto} is a live line on a terminal and plain lines elsewhere. */
    enum Mode {
        auto,
        plain,
        none
    }

    private static final long LIVE_NANOS = 200_000_000L;
    private static final long PLAIN_NANOS = 5_000_000_000L;
    private static final String CLEAR_LINE = "\r\033[K";

    private final SparkSession spark;
    private final PrintWriter err;
    private final boolean shown;
    private final boolean live;
    private final String doing;
    private final long started = System.nanoTime();
    private final AtomicLong tasks = new AtomicLong();
    private final AtomicLong tasksDone = new AtomicLong();
    private final AtomicLong rowsRead = new AtomicLong();
    private final AtomicLong rowsWritten = new AtomicLong();
    private volatile String note = "";
    private long printed = started;

    private ProgressLine(SparkSession spark, PrintWriter err, Mode mode, String doing) {
        this.spark = spark;
        this.err = err;
        this.doing = doing;
        // The annotated JDK says that there may be none; Error Prone knows that since JDK 22 there always is.
        this.live = mode == Mode.auto
                && Optional.ofNullable(System.console())
                        .map(Console::isTerminal)
                        .orElse(false);
        this.shown = mode != Mode.none;
    }

    /** Follows the session's jobs until it is closed. */
    static ProgressLine start(SparkSession spark, PrintWriter err, Mode mode, String doing) {
        ProgressLine line = new ProgressLine(spark, err, mode, doing);
        spark.sparkContext().addSparkListener(line);
        return line;
    }

    /** Adds what the driver knows of its own progress, such as the iteration and the objective. */
    void note(String text) {
        note = ", " + text;
        printIfDue();
    }

    /** Rows written so far: of a finished job, once Spark's listener bus is empty, all of them. */
    long rowsWritten() {
        return rowsWritten.get();
    }

    @Override
    public void onStageSubmitted(SparkListenerStageSubmitted event) {
        tasks.addAndGet(event.stageInfo().numTasks());
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd event) {
        if (event.reason() instanceof Success$) {
            tasksDone.incrementAndGet();
            rowsRead.addAndGet(event.taskMetrics().inputMetrics().recordsRead());
            rowsWritten.addAndGet(event.taskMetrics().outputMetrics().recordsWritten());
        }
        printIfDue();
    }

    /** Stops following and leaves the cursor at the start of a clean line. */
    @Override
    public void close() {
        spark.sparkContext().removeSparkListener(this);
        if (live) {
            err.print(CLEAR_LINE);
            err.flush();
        }
    }

    private synchronized void printIfDue() {
        long now = System.nanoTime();
        if (!shown || now - printed < (live ? LIVE_NANOS : PLAIN_NANOS)) {
            return;
        }
        printed = now;
        String line = "%s: %d of %d tasks, %,d rows read, %,d written%s, %.0f s"
                .formatted(
                        doing,
                        tasksDone.get(),
                        tasks.get(),
                        rowsRead.get(),
                        rowsWritten.get(),
                        note,
                        (now - started) / 1e9);
        if (live) {
            err.print(CLEAR_LINE + line);
            err.flush();
        } else {
            err.println(line);
        }
    }
}
