package io.kiln.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;

/** What went wrong is found inside what Spark makes of it. */
class TestFault {
    @Test
    void aKilnExceptionInsideSparksIsTheFault() {
        KilnException inner = KilnException.user("reading rows: column a is null in row 7", "say --nulls skip");
        Throwable thrown = new SparkException(
                "Job aborted due to stage failure", new SparkException("Task failed while writing rows", inner));
        Fault fault = Fault.of(thrown);
        assertThat(fault.category()).isEqualTo(ErrorCategory.USER);
        assertThat(fault.problem()).isEqualTo("reading rows: column a is null in row 7");
        assertThat(printed(fault, false))
                .isEqualTo("kiln: reading rows: column a is null in row 7\nfix: say --nulls skip\n");
        assertThat(printed(fault, true)).contains("\tat ", "Task failed while writing rows");
    }

    @Test
    void aJobThatSparkGaveUpIsTheJobs() {
        Fault fault = Fault.of(new SparkException("Job aborted due to stage failure: executor lost"));
        assertThat(fault.category()).isEqualTo(ErrorCategory.JOB);
    }

    @Test
    void aContextThatStoppedIsTheJobsAndAMasterThatIsNoneIsUsage() {
        assertThat(Fault.of(new IllegalStateException("LiveListenerBus is stopped."))
                        .category())
                .isEqualTo(ErrorCategory.JOB);
        assertThat(Fault.of(new SparkException("Could not parse Master URL: 'foo'"))
                        .category())
                .isEqualTo(ErrorCategory.USAGE);
    }

    @Test
    void anythingElseIsOurOwnFaultWithAStackTrace() {
        Fault fault = Fault.of(new IllegalStateException("oops"));
        assertThat(fault.category()).isEqualTo(ErrorCategory.INTERNAL);
        assertThat(printed(fault, false)).contains("\tat ", "oops", "report it");
    }

    @Test
    void causesThatTurnInACircleEnd() {
        RuntimeException a = new RuntimeException("a");
        RuntimeException b = new RuntimeException("b", a);
        a.initCause(b);
        assertThat(Fault.of(a).category()).isEqualTo(ErrorCategory.INTERNAL);
    }

    @Test
    void sparksErrorsInTheDataAreTheUsers() {
        SparkException cause = new SparkException(
                "FAILED_READ_FILE.NO_HINT",
                scala.collection.immutable.Map$.MODULE$.from(
                        scala.jdk.javaapi.CollectionConverters.asScala(Map.of("path", "/data/part-3.parquet"))),
                new IllegalArgumentException("bad page"));
        Fault fault = Fault.of(new SparkException("Job aborted", cause));
        assertThat(fault.category()).isEqualTo(ErrorCategory.USER);
        assertThat(fault.problem()).contains("/data/part-3.parquet", "bad page");
    }

    private static String printed(Fault fault, boolean debug) {
        StringWriter text = new StringWriter();
        fault.report(new PrintWriter(text), debug);
        return text.toString().replace(System.lineSeparator(), "\n");
    }
}
