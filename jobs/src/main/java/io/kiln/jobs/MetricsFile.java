package io.kiln.jobs;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.kiln.error.KilnException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The file of {@code --metrics}: one JSON object, written whole when the command has succeeded. */
final class MetricsFile {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private MetricsFile() {}

    /** Fails before the work starts when the file could not be written after it. */
    static void requireWritable(@Nullable Path file) {
        if (file == null) {
            return;
        }
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder) || !Files.isWritable(folder) || Files.isDirectory(file)) {
            throw KilnException.user(
                    "writing the metrics: a file in a folder that can be written is required, got " + file,
                    "make the folder, or name another file by --metrics");
        }
    }

    /** Writes the metrics; nothing when {@code file} is null. */
    static void write(@Nullable Path file, Map<String, ?> metrics) throws IOException {
        if (file == null) {
            return;
        }
        Path target = file.toAbsolutePath();
        Path temporary = Files.createTempFile(target.getParent(), "." + target.getFileName(), ".kiln");
        try {
            Files.writeString(temporary, JSON.writeValueAsString(metrics) + System.lineSeparator());
            Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }
}
