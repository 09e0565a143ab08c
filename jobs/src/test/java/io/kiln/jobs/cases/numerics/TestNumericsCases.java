package io.kiln.jobs.cases.numerics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.kiln.compile.LocalRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The cases that JAX computed, where their folder lies beside the repository: by the plugin, and values in plain Java too. */
@Timeout(600)
class TestNumericsCases {
    private static final Path FOLDER =
            Path.of(System.getProperty("kiln.repository", ".."), "..", "shared", "cases", "numerics");

    private static List<NumericsCase> cases;

    /** All cases, read once. */
    static synchronized List<NumericsCase> cases() throws IOException {
        if (cases == null) {
            List<NumericsCase> read = new ArrayList<>();
            Path manifest = FOLDER.resolve("manifest.json");
            if (Files.isReadable(manifest)) {
                for (JsonNode entry :
                        new JsonMapper().readTree(manifest.toFile()).path("cases")) {
                    read.add(NumericsCase.read(entry, FOLDER));
                }
            }
            cases = List.copyOf(read);
        }
        return cases;
    }

    @Test
    void everyCaseHasItsCounterpart() throws IOException {
        assertThat(cases().stream()
                        .map(NumericsCase::name)
                        .filter(name -> NumericsTable.find(name).isEmpty()))
                .isEmpty();
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("cases")
    void valuesAndVjpsAreThoseOfJax(NumericsCase c) {
        List<String> differences = new NumericsCheck(LocalRuntime.standard())
                .onDevice(c, NumericsTable.find(c.name()).orElseThrow());
        if (c.strict()) {
            assertThat(differences).isEmpty();
        }
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("cases")
    void theInterpretersValuesAreThoseOfJax(NumericsCase c) {
        List<String> differences =
                NumericsCheck.inPlainJava(c, NumericsTable.find(c.name()).orElseThrow());
        if (c.strict()) {
            assertThat(differences).isEmpty();
        }
    }
}
