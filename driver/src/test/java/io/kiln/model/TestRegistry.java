package io.kiln.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import io.kiln.core.Trace;
import io.kiln.error.KilnException;
import io.kiln.model.Publication.Outcome;
import io.kiln.store.HadoopFiles;
import io.kiln.store.StateLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class TestRegistry {
    private static final String CHAMPION = RegisteredModel.CHAMPION;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    /** {@code weight * a + b}. */
    private static Model model(double weight) {
        ShapedArray x = ShapedArray.of(DType.F64, 2);
        return new Model(
                "line",
                List.of(new ModelInput("x", x, List.of(ModelColumn.number("a"), ModelColumn.number("b")))),
                List.of(new ModelOutput("y", ShapedArray.of(DType.F64))),
                Trace.trace(ins -> List.of(ins.get(0).dot(ins.get(1))), List.of(x, x))
                        .program(),
                List.of(new Weight("w", HostArray.of(weight, 1))),
                "error",
                Map.of(),
                null);
    }

    private static double weight(Model model) {
        return model.weights().getFirst().value().toDoubles()[0];
    }

    private String registry() {
        return folder.resolve("models").toString();
    }

    private RegisteredModel line() {
        return Registry.at(registry()).model("line");
    }

    private Model load(String selector) {
        return Model.load(registry() + ":line@" + selector);
    }

    @Test
    void aVersionIsFoundByNumberAndByAlias() {
        assertThat(line().publish(model(1), Publication.once().as(CHAMPION))).isInstanceOf(Outcome.Published.class);
        line().publish(model(2), Publication.once());
        assertThat(weight(load("champion"))).isEqualTo(1);
        assertThat(weight(load("2"))).isEqualTo(2);
        assertThat(Registry.at(registry()).names()).containsExactly("line");
        assertThat(line().state().aliasesOf(1)).containsExactly(CHAMPION);
        assertThat(line().verify()).isEmpty();
    }

    @Test
    void anAliasIsRolledBackOneVersionAtATime() {
        for (int i = 1; i <= 3; i++) {
            line().publish(model(i), Publication.once().as(CHAMPION));
        }
        assertThat(line().rollback(CHAMPION).version()).isEqualTo(2);
        assertThat(line().rollback(CHAMPION).version()).isEqualTo(1);
        assertThatThrownBy(() -> line().rollback(CHAMPION))
                .hasMessageContaining("a version that it named before is required, it named only version 1")
                .hasMessageContaining("kiln models promote");
        assertThat(line().promote("3", CHAMPION).version()).isEqualTo(3);
        assertThat(weight(load("champion"))).isEqualTo(3);
    }

    @Test
    void aRunPublishesOnce() {
        Publication run = Publication.once().ofRun("2026-11-25").as(CHAMPION);
        for (int i = 0; i < 5; i++) {
            Outcome outcome = line().publish(model(1), run);
            assertThat(outcome.version())
                    .isNotNull()
                    .extracting(ModelVersion::version)
                    .isEqualTo(1);
            assertThat(outcome).isInstanceOf(i == 0 ? Outcome.Published.class : Outcome.PublishedBefore.class);
        }
        assertThat(line().state().versions()).hasSize(1);
    }

    @Test
    void aPublicationThatExpectedAnotherChampionConflictsAndChangesNothing() {
        line().publish(model(1), Publication.once().as(CHAMPION).ifStill(0));
        Outcome late = line().publish(model(2), Publication.once().as(CHAMPION).ifStill(0));
        assertThat(late).isInstanceOf(Outcome.Conflict.class);
        assertThat(line().state().last()).isEqualTo(1);
        assertThat(folder.resolve("models/line/versions").toFile().list()).hasSize(1);
    }

    @Test
    void ofSixteenPublishersOneWinsEachRoundAndVersionsHaveNoGaps() throws Exception {
        int publishers = 16;
        int rounds = Integer.getInteger("kiln.soak.rounds", 20);
        try (ExecutorService threads = Executors.newFixedThreadPool(publishers)) {
            for (int round = 0; round < rounds; round++) {
                int before = round;
                List<Callable<Outcome>> all = new ArrayList<>();
                IntStream.range(0, publishers)
                        .forEach(publisher -> all.add(() -> line().publish(
                                        model(before * 100 + publisher),
                                        Publication.once().as(CHAMPION).ifStill(before))));
                int published = 0;
                for (Future<Outcome> each : threads.invokeAll(all)) {
                    switch (each.get()) {
                        case Outcome.Published won -> {
                            published++;
                            assertThat(won.version().version()).isEqualTo(before + 1);
                        }
                        case Outcome.Conflict lost -> assertThat(lost.version()).isNotNull();
                        case Outcome.PublishedBefore wrong -> throw new AssertionError(wrong);
                    }
                }
                assertThat(published).isEqualTo(1);
            }
        }
        List<Integer> numbers =
                line().state().versions().stream().map(ModelVersion::version).toList();
        assertThat(numbers).isEqualTo(IntStream.rangeClosed(1, rounds).boxed().toList());
        assertThat(folder.resolve("models/line/versions").toFile().list()).hasSize(rounds);
    }

    @Test
    void aPublisherThatDiesAtAnyChangeOfTheStoreLeavesTheOldOrTheNewVersion() throws IOException {
        line().publish(model(1), Publication.once().as(CHAMPION));
        int deaths = 0;
        int version = 1;
        for (boolean survived = false; !survived; ) {
            DyingFileSystem.LEFT.set(deaths);
            Publication run = Publication.once().ofRun("run-" + deaths).as(CHAMPION);
            try {
                dying().publish(model(version + 1), run);
                survived = DyingFileSystem.LEFT.get() >= 0;
            } catch (KilnException e) {
                assertThat(e).hasStackTraceContaining("killed");
            }
            int now = line().version(CHAMPION).version();
            assertThat(now).isBetween(version, version + 1);
            assertThat(weight(load("champion"))).isEqualTo(now);
            assertThat(line().verify()).isEmpty();
            // The run goes again, as a scheduler would have it, and publishes once.
            Outcome again = line().publish(model(version + 1), run);
            assertThat(again.version()).extracting(ModelVersion::version).isEqualTo(version + 1);
            assertThat(weight(load("champion"))).isEqualTo(++version);
            deaths++;
        }
        assertThat(deaths).as("changes of the store that a publication makes").isGreaterThan(10);
        line().collect(1000, Duration.ZERO);
        assertThat(folder.resolve("models/line/versions").toFile().list()).hasSize(version);
    }

    /** A registry whose every file operation may be the last. */
    private RegisteredModel dying() {
        Configuration hadoop = new Configuration();
        hadoop.set("fs.dying.impl", DyingFileSystem.class.getName());
        hadoop.setBoolean("fs.dying.impl.disable.cache", true);
        return Registry.at("dying://" + registry(), hadoop).model("line");
    }

    @Test
    void aVersionThatWasChangedIsNotLoaded() throws IOException {
        line().publish(model(1), Publication.once().as(CHAMPION));
        Path manifest = Path.of(line().folder(line().version("1"))).resolve("manifest.json");
        Files.writeString(manifest, Files.readString(manifest).replace("\"error\"", "\"nan\""));
        assertThatThrownBy(() -> load("champion"))
                .hasMessageContaining("as it was published")
                .hasMessageContaining("fix: the version was changed");
        assertThat(line().verify()).singleElement().asString().startsWith("version 1: reading");
    }

    @Test
    void collectingKeepsTheNewestAndWhatAnAliasNamesNowOrBefore() {
        for (int i = 1; i <= 6; i++) {
            line().publish(model(i), Publication.once());
        }
        line().promote("1", CHAMPION);
        line().promote("3", CHAMPION);
        assertThat(line().collect(2, Duration.ofHours(1))).hasSize(2);
        assertThat(line().state().versions().stream().map(ModelVersion::version))
                .containsExactly(1, 3, 5, 6);
        assertThat(line().collect(2, Duration.ZERO)).isEmpty();
        assertThat(line().rollback(CHAMPION).version()).isEqualTo(1);
        assertThat(((Outcome.Published) line().publish(model(7), Publication.once()))
                        .version()
                        .version())
                .isEqualTo(7);
        assertThat(line().verify()).isEmpty();
    }

    @Test
    void whatIsNotThereIsNamedWithWhatIs() {
        assertThatThrownBy(() -> load("champion")).hasMessageContaining("it has no versions");
        line().publish(model(1), Publication.once().as("challenger"));
        assertThatThrownBy(() -> load("champion"))
                .hasMessageContaining("it has versions 1 to 1 and aliases [challenger]")
                .hasMessageContaining("kiln models show");
        assertThatThrownBy(() -> Registry.at(registry()).model("../up")).hasMessageContaining("got '../up'");
        assertThatThrownBy(() -> Registry.at(folder.resolve("none").toString()).names())
                .hasMessageContaining("there is no such folder");
    }

    @Test
    void aDamagedStateIsNamedAndNotGuessed() throws IOException {
        line().publish(model(1), Publication.once());
        StateLog log = new StateLog(
                HadoopFiles.of("registry", registry(), new Configuration()),
                new org.apache.hadoop.fs.Path(registry(), "line/state"));
        String whole = log.latest().orElseThrow().text();
        for (String damaged : List.of(
                "",
                "[]",
                whole.substring(0, whole.length() / 2),
                whole.replace("\"format\" : 1", "\"format\" : 2"),
                whole.replace("\"version\" : 1", "\"version\" : 9"),
                whole.replace("\"aliases\" : { }", "\"aliases\" : { \"champion\" : [ 4 ] }"),
                whole.replaceFirst("\"folder\" : \"", "\"folder\" : \"../../"))) {
            long sequence = log.latest().orElseThrow().sequence();
            log.append(sequence, damaged + " ".repeat((int) sequence));
            assertThatThrownBy(() -> line().state())
                    .as(damaged)
                    .isInstanceOf(KilnException.class)
                    .hasMessageContaining("state " + (sequence + 1) + " of " + registry());
        }
    }

    @Test
    void aReferenceIsReadFromItsEnd() {
        assertThat(ModelReference.parse("hdfs://host:8020/models:digits@champion"))
                .contains(new ModelReference("hdfs://host:8020/models", "digits", "champion"));
        assertThat(ModelReference.parse("models:digits@7")).contains(new ModelReference("models", "digits", "7"));
        assertThat(ModelReference.parse("hdfs://user@host:8020/models/digits")).isEmpty();
        assertThat(ModelReference.parse("out/model")).isEmpty();
        assertThat(ModelReference.parse("C:\\models\\digits")).isEmpty();
    }

    @Test
    void theFileForMlflowSaysFlavorAndSignature() throws IOException {
        line().publish(model(1), Publication.once().ofRun("r1"));
        JsonNode file = new YAMLMapper()
                .readTree(Path.of(line().folder(line().version("1")))
                        .resolve("MLmodel")
                        .toFile());
        assertThat(file.path("run_id").asText()).isEqualTo("r1");
        assertThat(file.path("flavors").has("kiln")).isTrue();
        assertThat(file.path("signature").path("inputs").asText())
                .isEqualTo("[{\"name\":\"a\",\"required\":true,\"type\":\"double\"},"
                        + "{\"name\":\"b\",\"required\":true,\"type\":\"double\"}]");
        assertThat(file.path("signature").path("outputs").asText())
                .isEqualTo(
                        "[{\"name\":\"y\",\"tensor-spec\":{\"dtype\":\"float64\",\"shape\":[-1]},\"type\":\"tensor\"}]");
        assertThat(file.path("utc_time_created").asText()).matches("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d+");
    }
}
