package io.kiln.isolate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.kiln.error.KilnException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A breadcrumb is a death when its process is gone, and only then; processes are real ones. */
@Timeout(60)
final class TestQuarantine {
    private static final Duration NO_WAIT = Duration.ofMillis(1);

    @TempDir
    Path folder;

    /** A process that enters the quarantine and then waits, or ends as if a program had ended it. */
    static final class Visitor {
        public static void main(String[] arguments) throws IOException {
            Breadcrumb crumb = new Quarantine(Path.of(arguments[0])).enter("aa", "p", Duration.ofSeconds(20));
            crumb.add("a visitor was here");
            System.out.println("in " + crumb.file());
            System.out.flush();
            System.in.read();
            Runtime.getRuntime().halt(3);
        }
    }

    private Process visitor() throws IOException {
        Process process = ChildJvms.start(Visitor.class, folder.toString());
        assertThat(process.inputReader().readLine()).startsWith("in ");
        return process;
    }

    private Breadcrumb enter() {
        return new Quarantine(folder).enter("aa", "p", NO_WAIT);
    }

    @Test
    void aProgramThatDoesNoHarmLeavesNothing() throws IOException {
        enter().close();
        assertThat(new Quarantine(folder).deaths("aa")).isEmpty();
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void aProcessThatWorksIsNoDeath_andOneThatIsKilledIs() throws Exception {
        Process visitor = visitor();
        try {
            assertThat(new Quarantine(folder).deaths("aa")).isEmpty();
        } finally {
            visitor.destroyForcibly().waitFor();
        }
        assertThat(new Quarantine(folder).deaths("aa")).containsExactly("a visitor was here\n");
        enter().close();
    }

    @Test
    void twoDeathsAreTheEnd_andTheMessageTellsBoth() throws Exception {
        for (int i = 0; i < 2; i++) {
            visitor().destroyForcibly().waitFor();
        }
        assertThatExceptionOfType(KilnException.class)
                .isThrownBy(this::enter)
                .withMessageContaining("compiling p: a program that fewer than 2 processes died of is required")
                .withMessageContaining("a visitor was here\na visitor was here")
                .withMessageContaining("delete " + folder.resolve("aa") + "-*");
        new Quarantine(folder).enter("bb", "q", NO_WAIT).close();
    }

    @Test
    void noThirdProcessRunsWhileTwoMayDie() throws Exception {
        List<Process> visitors = new ArrayList<>();
        try {
            visitors.add(visitor());
            visitors.add(visitor());
            assertThatExceptionOfType(KilnException.class)
                    .isThrownBy(this::enter)
                    .withMessageContaining("are given PT0.001S to end, and have not");
        } finally {
            for (Process visitor : visitors) {
                visitor.destroyForcibly().waitFor();
            }
        }
    }

    @Test
    void twoOfOneProcessCountAsTwo() {
        try (Breadcrumb first = enter();
                Breadcrumb second = enter()) {
            assertThat(first.file()).isNotEqualTo(second.file());
            assertThatExceptionOfType(KilnException.class).isThrownBy(this::enter);
        }
        enter().close();
    }
}
