package io.kiln.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The golden corpus: programs written once, which this version and all later ones read. */
class TestGoldenPrograms {
    static List<Path> files() throws IOException, URISyntaxException {
        Path folder = Path.of(Objects.requireNonNull(TestGoldenPrograms.class.getResource("/programs/v1"))
                .toURI());
        try (Stream<Path> list = Files.list(folder)) {
            return list.filter(f -> f.toString().endsWith(".kiln")).sorted().toList();
        }
    }

    private static Program read(Path file) throws IOException {
        return ProgramFormat.read(Files.readAllBytes(file));
    }

    @ParameterizedTest
    @MethodSource("files")
    void itIsReadPrintsAsItsTextAndIsWrittenInTheSameBytes(Path file) throws IOException {
        Program program = read(file);
        ProgramChecker.check(program);
        String text = file.getFileName().toString().replace(".kiln", ".txt");
        assertThat(program + "\n").isEqualTo(Files.readString(file.resolveSibling(text)));
        assertThat(ProgramFormat.write(program)).isEqualTo(Files.readAllBytes(file));
    }

    /** A new primitive, or an old one with a new parameter, needs a file: GoldenPrograms writes it. */
    @Test
    void everyPrimitiveAndEveryFormOfItsParametersIsInTheCorpus() throws Exception {
        Set<String> found = new HashSet<>();
        for (Path file : files()) {
            collect(read(file), found);
        }
        assertThat(found)
                .containsAll(PrimitiveCases.all().stream()
                        .map(c -> GoldenPrograms.form(c.primitive()))
                        .toList());
        assertThat(found).contains("psum(axis_name)", "pmax(axis_name)", "pmin(axis_name)", "axis_index(axis_name)");
    }

    private static void collect(Program program, Set<String> found) {
        for (Equation eqn : program.equations()) {
            found.add(GoldenPrograms.form(eqn.primitive()));
            for (Param param : eqn.primitive().params()) {
                if (param instanceof Param.Programs(String _, List<Program> inner)) {
                    inner.forEach(p -> collect(p, found));
                }
            }
        }
    }
}
