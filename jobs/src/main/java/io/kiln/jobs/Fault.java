package io.kiln.jobs;

import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.io.FileNotFoundException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.apache.spark.SparkException;
import org.apache.spark.SparkThrowable;
import org.jspecify.annotations.Nullable;

/**
 * What went wrong with a command, as its user is told: whose fault it is, the problem, the fix. Spark wraps the exception
 * of a task several times over; the fault is the one inside.
 */
record Fault(ErrorCategory category, String problem, String fix, Throwable thrown) {
    /** SQLSTATE classes of Spark's errors whose cause is the query or the data: data exception, syntax, file contents. */
    private static final Set<String> USER_STATES = Set.of("22", "42", "KD");

    private static final int CAUSES = 50;

    /** Finds the fault in an exception and the causes it wraps. */
    static Fault of(Throwable thrown) {
        List<Throwable> chain = causes(thrown);
        for (Throwable cause : chain) {
            if (cause instanceof KilnException kiln) {
                return new Fault(kiln.category(), kiln.problem(), kiln.fix(), thrown);
            }
        }
        for (Throwable cause : chain.reversed()) { // the innermost names the file or the value
            Fault fault = known(cause, thrown);
            if (fault != null) {
                return fault;
            }
        }
        for (Throwable cause : chain) {
            if (cause instanceof SparkException) {
                return new Fault(
                        ErrorCategory.JOB,
                        "running the job: Spark gave up: " + firstLine(cause),
                        "read the executors' logs, or run again with --debug",
                        thrown);
            }
        }
        return new Fault(
                ErrorCategory.INTERNAL,
                "an unexpected " + thrown.getClass().getSimpleName() + ": " + firstLine(thrown),
                "this is a fault of Kiln's own: report it with the lines above and what `kiln doctor` prints,"
                        + " as an issue of the repository that this Kiln came from",
                thrown);
    }

    /** Prints the fault and returns the exit code; a stack trace only for {@code debug} and for Kiln's own faults. */
    int report(PrintWriter err, boolean debug) {
        if (debug || category == ErrorCategory.INTERNAL) {
            thrown.printStackTrace(err);
        }
        err.printf("kiln: %s%nfix: %s%n", problem, fix);
        err.flush();
        return category.exitCode();
    }

    private static @Nullable Fault known(Throwable cause, Throwable thrown) {
        if (cause instanceof SparkThrowable spark && spark.getSqlState() != null) {
            String state = spark.getSqlState();
            if (state.length() >= 2 && USER_STATES.contains(state.substring(0, 2))) {
                return readingFault(cause, spark, thrown);
            }
        }
        if (cause instanceof FileNotFoundException || cause instanceof AccessDeniedException) {
            return user("opening a file: " + firstLine(cause), "check the path and its permissions", thrown);
        }
        String message = String.valueOf(cause.getMessage());
        if (message.contains("is not a Parquet file") || message.contains("corrupted file")) {
            return user(
                    "reading Parquet: " + firstLine(cause),
                    "the file is cut off or not Parquet: write it again, or name its format by --input-format",
                    thrown);
        }
        if (message.contains("Could not parse Master URL")) {
            return new Fault(
                    ErrorCategory.USAGE,
                    "reading --master: " + firstLine(cause),
                    "say for example --master local[4] or --master spark://host:7077",
                    thrown);
        }
        if (message.contains("stopped SparkContext") || message.contains("LiveListenerBus is stopped")) {
            return new Fault(
                    ErrorCategory.JOB,
                    "running the job: Spark's context stopped before the job was done",
                    "see that the master of --master answers and lets the application run; --debug shows what Spark says",
                    thrown);
        }
        if (message.contains("No space left on device")) {
            return new Fault(
                    ErrorCategory.ENVIRONMENT,
                    "writing: no space is left on the device",
                    "free some, or point spark.local.dir and --output elsewhere",
                    thrown);
        }
        return null;
    }

    private static Fault readingFault(Throwable cause, SparkThrowable spark, Throwable thrown) {
        String condition = String.valueOf(spark.getCondition());
        String path = spark.getMessageParameters().get("path");
        if (condition.startsWith("FAILED_READ_FILE") && path != null) {
            String why = cause.getCause() == null ? "" : ": " + firstLine(cause.getCause());
            return user(
                    "reading " + path + ": " + detail(condition, spark) + why,
                    "the file is cut off, of another format, or of another schema than its neighbours: write it again",
                    thrown);
        }
        return user("reading the input or running its SQL: " + plain(cause), "correct the query or the data", thrown);
    }

    private static String detail(String condition, SparkThrowable spark) {
        var parameters = spark.getMessageParameters();
        if (condition.endsWith("PARQUET_COLUMN_DATA_TYPE_MISMATCH")) {
            return "column %s: %s was expected, %s was found"
                    .formatted(parameters.get("column"), parameters.get("expectedType"), parameters.get("actualType"));
        }
        return "it could not be read";
    }

    /** Spark's message without its condition in brackets, its SQLSTATE and the plan that follows. */
    private static String plain(Throwable cause) {
        String line = firstLine(cause);
        line = line.replaceFirst("^\\[[A-Z0-9_.]+] ", "");
        return line.replaceFirst(" SQLSTATE: \\w+.*$", "");
    }

    private static Fault user(String problem, String fix, Throwable thrown) {
        return new Fault(ErrorCategory.USER, problem, fix, thrown);
    }

    private static String firstLine(Throwable cause) {
        String message = cause.getMessage();
        return message == null || message.isBlank()
                ? cause.getClass().getSimpleName()
                : message.strip().lines().findFirst().orElse("");
    }

    private static List<Throwable> causes(Throwable thrown) {
        List<Throwable> chain = new ArrayList<>();
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Throwable at = thrown; at != null && chain.size() < CAUSES && seen.add(at); at = at.getCause()) {
            chain.add(at);
        }
        return chain;
    }
}
