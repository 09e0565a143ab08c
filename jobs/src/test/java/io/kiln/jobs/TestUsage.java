package io.kiln.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Options are checked before anything starts. */
class TestUsage {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bogus",
                "score",
                "score --model m",
                "score --model m --function A::b --input i --output o",
                "score --model m --input i --output o --bogus",
                "score --model m --input i --output o --batch-rows 0",
                "score --model m --input i --output o --batch-rows many",
                "score --model m --input i --output o --nulls perhaps",
                "score --model m --input i --output o --output-format arrows",
                "train --algorithm guess --input i --output o",
                "plugin",
                "test"
            })
    void aCommandLineThatCannotBeReadIsUsage(String line) {
        KilnRun.of(line.isEmpty() ? new String[0] : line.split(" ")).isRefused(2, "--help");
    }

    @ParameterizedTest
    @ValueSource(strings = {"score", "train", "plugin", "plugin install", "inspect", "doctor", "demo", "test"})
    void everyCommandHasHelp(String command) {
        List<String> line = new java.util.ArrayList<>(List.of(command.split(" ")));
        line.add("--help");
        KilnRun run = KilnRun.of(line.toArray(String[]::new)).isDone();
        assertThat(run.out()).contains("Usage: kiln " + command);
    }

    @Test
    void theTopLevelHelpListsCommandsAndExitCodes() {
        assertThat(KilnRun.of("--help").isDone().out()).contains("score", "train", "demo", "Exit codes");
    }
}
