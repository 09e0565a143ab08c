package io.kiln.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import io.kiln.core.Trace;
import io.kiln.model.Model;
import io.kiln.model.ModelColumn;
import io.kiln.model.ModelInput;
import io.kiln.model.ModelOutput;
import io.kiln.model.Weight;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TestModelsCommand {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @BeforeEach
    void twoVersionsOfALine() {
        publish(1, "--alias", "champion", "--expect", "0");
        publish(2, "--alias", "champion", "--note", "more rows");
    }

    private KilnRun publish(double weight, String... options) {
        String model = folder.resolve("line-" + weight).toString();
        ShapedArray x = ShapedArray.of(DType.F64);
        new Model(
                        "line",
                        List.of(new ModelInput("x", x, List.of(ModelColumn.number("a")))),
                        List.of(new ModelOutput("y", x)),
                        Trace.trace(ins -> List.of(ins.get(0).times(ins.get(1))), List.of(x, x))
                                .program(),
                        List.of(new Weight("w", HostArray.scalar(weight))),
                        "error",
                        Map.of("objective", weight),
                        null)
                .save(model);
        List<String> line = new java.util.ArrayList<>(List.of("models", "publish", model, line()));
        line.addAll(List.of(options));
        return KilnRun.of(line.toArray(String[]::new));
    }

    private String registry() {
        return folder.resolve("models").toString();
    }

    private String line() {
        return registry() + ":line";
    }

    private static String out(String... line) {
        KilnRun run = KilnRun.of(line);
        assertThat(run.code()).as(run.err()).isZero();
        return run.out();
    }

    @Test
    void aRegistryIsListedAndItsVersionsShown() {
        assertThat(out("models", "list", registry())).isEqualTo("line: 2 versions, newest 2, champion 2\n");
        assertThat(out("models", "show", line()))
                .containsSubsequence("version 2 (champion): ", "more rows", "version 1: ", "last change: ");
        assertThat(out("models", "show", line() + "@champion"))
                .contains("version 2 (champion)", "line(x f64[]) -> y f64[]", "metric objective: 2.0");
    }

    @Test
    void aRollbackIsFollowedByAPromotion() {
        assertThat(out("models", "rollback", line())).isEqualTo("champion of line is version 1 again\n");
        assertThat(out("models", "promote", line() + "@2")).isEqualTo("champion of line is version 2\n");
        assertThat(out("models", "promote", line() + "@1", "--alias", "challenger"))
                .isEqualTo("challenger of line is version 1\n");
        assertThat(out("models", "diff", line() + "@challenger", line() + "@champion"))
                .isEqualTo("""
                    weight w f64[]: 1 of 1 elements differ, by at most 1.00000
                    metric objective: 1.0 -> 2.0
                    """);
    }

    @Test
    void aPublisherThatWasOvertakenIsTold() {
        KilnRun late = publish(3, "--alias", "champion", "--expect", "1");
        assertThat(late.code()).isEqualTo(3);
        assertThat(late.err()).contains("champion has to name version 1, it names version 2", "fix: ");
        assertThat(publish(4, "--run", "nightly-7").out()).contains("published " + line() + "@3");
        assertThat(publish(5, "--run", "nightly-7").out()).contains("run nightly-7 published " + line() + "@3 before");
    }

    @Test
    void aDamagedVersionIsFoundAndNamed() throws IOException {
        assertThat(out("models", "verify", registry())).isEqualTo("line: 2 of 2 versions are as they were published\n");
        try (var versions = Files.list(folder.resolve("models/line/versions"))) {
            Files.write(versions.findFirst().orElseThrow().resolve("weights.safetensors"), new byte[] {1});
        }
        KilnRun damaged = KilnRun.of("models", "verify", line());
        assertThat(damaged.code()).isEqualTo(3);
        assertThat(damaged.out()).contains("weights.safetensors", "line: 1 of 2 versions");
        assertThat(damaged.err()).contains("1 versions are not", "fix: ");
    }

    @Test
    void oldVersionsAreDeletedWhenNothingNamesThem() {
        publish(3);
        publish(4);
        assertThat(out("models", "gc", line(), "--keep", "1")).isEqualTo("deleted 1 folders\n");
        assertThat(out("models", "list", registry())).isEqualTo("line: 3 versions, newest 4, champion 2\n");
    }

    @Test
    void whatIsNoModelIsSaid() {
        assertThat(KilnRun.of("models", "show", "somewhere").err())
                .contains("a model as REGISTRY:NAME is required, got somewhere");
        assertThat(KilnRun.of("models", "show", registry() + ":none").err()).contains("it was never published there");
        assertThat(KilnRun.of("models", "promote", line()).code()).isEqualTo(2);
        assertThat(KilnRun.of("models").err()).contains("list, show, diff, publish");
    }
}
