package io.kiln.jobs.cases;

import io.kiln.jobs.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Optional;

/** One {@code kiln} command of a case, run in this JVM. */
final class CommandRun {
    private CommandRun() {}

    /** Runs a command; what is wrong when it fails: its exit code and its message. */
    static Optional<String> failure(List<String> line) {
        StringWriter err = new StringWriter();
        int code = Main.execute(
                new PrintWriter(new StringWriter()), new PrintWriter(err, true), line.toArray(String[]::new));
        return code == 0
                ? Optional.empty()
                : Optional.of("exit code " + code + ": " + err.toString().strip());
    }
}
