package io.kiln.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.regex.Pattern;

/** One command run in this JVM: its exit code and what it printed. */
record KilnRun(int code, String out, String err) {
    private static final Pattern STACK_TRACE = Pattern.compile("(?m)^\tat ");

    static KilnRun of(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.execute(new PrintWriter(out, true), new PrintWriter(err, true), args);
        return new KilnRun(code, out.toString(), err.toString());
    }

    /** Asserts that the command was refused with {@code code} and one message that holds {@code named}. */
    KilnRun isRefused(int code, String... named) {
        assertThat(code()).as(err).isEqualTo(code);
        assertThat(err).contains(named);
        assertThat(err.lines().filter(line -> line.startsWith("kiln: ")))
                .as(err)
                .hasSize(1);
        assertThat(err.lines().filter(line -> line.startsWith("fix: "))).as(err).hasSize(1);
        assertThat(STACK_TRACE.matcher(err).find())
                .as("a stack trace in\n%s", err)
                .isFalse();
        return this;
    }

    KilnRun isDone() {
        assertThat(code).as(err).isZero();
        return this;
    }
}
