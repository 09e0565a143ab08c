package io.kiln.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TestSourceLine {
    @Test
    void everyPackageOfTheModuleCountsAsTheLibrary() throws Exception {
        List<String> packages;
        try (Stream<Path> folders = Files.list(Path.of("src/main/java/io/kiln"))) {
            packages = folders.filter(Files::isDirectory)
                    .map(folder -> "io.kiln." + folder.getFileName())
                    .toList();
        }
        assertThat(packages).isNotEmpty().allMatch(SourceLine::isLibrary);
    }
}
