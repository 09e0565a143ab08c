package io.kiln.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.Interpreter;
import io.kiln.core.ShapedArray;
import io.kiln.core.Trace;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestModelFolder {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private static Model linear() {
        ShapedArray x = ShapedArray.of(DType.F64, 3);
        var program = Trace.trace(
                        ins -> List.of(ins.get(0).dot(ins.get(2)).plus(ins.get(1))),
                        List.of(x, ShapedArray.of(DType.F64), x))
                .program();
        return new Model(
                "linear",
                List.of(new ModelInput(
                        "features",
                        x,
                        List.of(
                                ModelColumn.number("a"),
                                ModelColumn.number("b"),
                                new ModelColumn("c", List.of("x", "y"))))),
                List.of(new ModelOutput("prediction", ShapedArray.of(DType.F64))),
                program,
                List.of(new Weight("w", HostArray.of(1.5, -2, 0.25)), new Weight("b", HostArray.scalar(4.0))),
                "error",
                Map.of("objective", 0.5, "rows", 7),
                "sha256:parent");
    }

    private String saved() {
        String path = folder.resolve("m").toString();
        linear().save(path);
        return path;
    }

    @Test
    void whatWasSavedIsLoaded() {
        Model loaded = Model.load(saved());
        assertThat(loaded.program()).isEqualTo(linear().program());
        assertThat(loaded.inputs()).isEqualTo(linear().inputs());
        assertThat(loaded.outputs()).isEqualTo(linear().outputs());
        assertThat(loaded.weights()).isEqualTo(linear().weights());
        assertThat(loaded.metrics()).isEqualTo(linear().metrics());
        assertThat(loaded.parent()).isEqualTo("sha256:parent");
        List<HostArray> args =
                List.of(loaded.weights().get(0).value(), loaded.weights().get(1).value(), HostArray.of(2.0, 1, 4));
        assertThat(Interpreter.run(loaded.program(), args).getFirst().doubleAt(0))
                .isEqualTo(2 * 1.5 - 2 + 1 + 4);
    }

    @Test
    void theSameModelHasTheSameBytes() throws IOException {
        linear().save(folder.resolve("one").toString());
        linear().save(folder.resolve("two").toString());
        for (String name : List.of("manifest.json", "program.kiln", "weights.safetensors")) {
            assertThat(Files.readAllBytes(folder.resolve("one").resolve(name)))
                    .isEqualTo(Files.readAllBytes(folder.resolve("two").resolve(name)));
        }
    }

    @Test
    void nothingButTheThreeFilesIsLeft() throws IOException {
        saved();
        try (var files = Files.walk(folder)) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(p -> folder.relativize(p).toString()))
                    .containsExactlyInAnyOrder("m/manifest.json", "m/program.kiln", "m/weights.safetensors");
        }
    }

    @Test
    void aFolderThatExistsIsKept() throws IOException {
        String path = saved();
        assertThatThrownBy(() -> linear().save(path)).hasMessageContaining("exists already");
        linear().save(path, new Configuration(), true);
        assertThat(Model.load(path).name()).isEqualTo("linear");
        Path other = Files.createDirectories(folder.resolve("other"));
        Files.writeString(other.resolve("keep_me.txt"), "mine");
        assertThatThrownBy(() -> linear().save(other.toString(), new Configuration(), true))
                .hasMessageContaining("no model");
        assertThat(other.resolve("keep_me.txt")).exists();
    }

    @Test
    void aChangedByteOfAnyFileNamesTheFileAndBothHashes() throws IOException {
        String path = saved();
        for (String name : List.of("program.kiln", "weights.safetensors")) {
            Path file = Path.of(path, name);
            byte[] good = Files.readAllBytes(file);
            for (int at = 0; at < good.length; at++) {
                byte[] bad = good.clone();
                bad[at] ^= 1;
                Files.write(file, bad);
                assertUserError(path, name, Sha256.hex(good), Sha256.hex(bad));
            }
            Files.write(file, good);
        }
    }

    @Test
    void everyTruncationIsANamedError() throws IOException {
        String path = saved();
        for (String name : List.of("manifest.json", "program.kiln", "weights.safetensors")) {
            Path file = Path.of(path, name);
            byte[] good = Files.readAllBytes(file);
            for (int length = 0; length < good.length; length += 1 + length / 16) {
                Files.write(file, Arrays.copyOf(good, length));
                assertUserError(path, name);
            }
            Files.write(file, good);
        }
    }

    @Test
    void aMissingFileOrFolderIsNamed() throws IOException {
        String path = saved();
        Files.delete(Path.of(path, "weights.safetensors"));
        assertUserError(path, "weights.safetensors", "no such file");
        assertUserError(folder.resolve("nowhere").toString(), "nowhere", "no such folder");
    }

    @Test
    void aManifestThatLiesIsANamedError() throws IOException {
        String path = saved();
        Path manifest = Path.of(path, "manifest.json");
        String good = Files.readString(manifest);
        Map<String, String> lies = Map.of(
                "\"format\" : 1", "\"format\" : 2",
                "\"dtype\" : \"f64\"", "\"dtype\" : \"f32\"",
                "\"shape\" : [ 3 ]", "\"shape\" : [ -3 ]",
                "\"weights\" : [ \"w\"", "\"weights\" : [ \"v\"",
                "\"name\" : \"prediction\"", "\"name\" : 7",
                "\"program.kiln\"", "\"program.kil\"",
                "\"nulls\" : \"error\"", "\"nulls\" : \"error\", \"nulls\" : \"nan\"");
        for (Map.Entry<String, String> lie : lies.entrySet()) {
            assertThat(good).contains(lie.getKey());
            Files.writeString(manifest, good.replace(lie.getKey(), lie.getValue()));
            assertUserError(path, "manifest.json");
        }
    }

    private static void assertUserError(String path, String... named) {
        assertThatThrownBy(() -> Model.load(path)).isInstanceOfSatisfying(KilnException.class, e -> {
            assertThat(e.category()).isEqualTo(ErrorCategory.USER);
            assertThat(Objects.requireNonNull(e.getMessage())).contains(named);
        });
    }
}
