package io.kiln.jobs.cases.numerics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.kiln.compile.LocalRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The cases that JAX computed, where their folder lies beside the repository: by the plugin, and values in plain Java too. */
@Timeout(600)
class TestNumericsCases {
    private static final Path FOLDER =
            Path.of(System.getProperty("kiln.repository", ".."), "..", "shared", "cases", "numerics");

    private static List<JsonNode> entries() throws IOException {
        Path manifest = FOLDER.resolve("manifest.json");
        return Files.isReadable(manifest)
                ? new JsonMapper()
                        .readTree(manifest.toFile())
                        .path("cases")
                        .valueStream()
                        .toList()
                : List.of();
    }

    static List<String> names() throws IOException {
        return entries().stream()
                .map(each -> each.path("name").asText())
                .filter(name -> NumericsTable.find(name).isPresent())
                .toList();
    }

    private static NumericsCase read(String name) throws IOException {
        JsonNode entry = entries().stream()
                .filter(each -> each.path("name").asText().equals(name))
                .findFirst()
                .orElseThrow();
        return NumericsCase.read(entry, FOLDER);
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("names")
    void valuesAndVjpsAreThoseOfJax(String name) throws IOException {
        NumericsCase c = read(name);
        List<String> differences = new NumericsCheck(LocalRuntime.standard())
                .onDevice(c, NumericsTable.find(name).orElseThrow());
        if (c.strict()) {
            assertThat(differences).isEmpty();
        }
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("names")
    void theInterpretersValuesAreThoseOfJax(String name) throws IOException {
        NumericsCase c = read(name);
        List<String> differences =
                NumericsCheck.inPlainJava(c, NumericsTable.find(name).orElseThrow());
        if (c.strict()) {
            assertThat(differences).isEmpty();
        }
    }
}
