package io.kiln.model;

import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.jaxexport.ExportedArray;
import io.kiln.jaxexport.ExportedFunction;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Models from files that {@code jax.export} wrote. */
final class ExportedModel {
    static final String SUFFIX = ".jaxexport";
    private static final int MOST_BYTES = 1 << 30;

    private ExportedModel() {}

    /** The model of a file on any of Hadoop's file systems. */
    static Model load(String file, Configuration hadoop) {
        ExportedFunction function = ExportedFunction.read(file, bytes(file, hadoop));
        function.requireStatic();
        function.batchRows();
        String name = new Path(file).getName();
        return new Model(
                name.substring(0, name.length() - SUFFIX.length()),
                function.inputs().stream()
                        .map(input -> new ModelInput(input.name(), input.row().orElseThrow(), List.of()))
                        .toList(),
                function.outputs().stream().map(ExportedModel::output).toList(),
                new ModelCode.OfBatch(function),
                List.of(),
                "error",
                Map.of(),
                null);
    }

    private static ModelOutput output(ExportedArray output) {
        return new ModelOutput(output.name(), output.row().orElseThrow());
    }

    private static byte[] bytes(String file, Configuration hadoop) {
        Path path = new Path(file);
        try {
            FileSystem fs = path.getFileSystem(hadoop);
            FileStatus status = fs.getFileStatus(path);
            if (status.isDirectory() || status.getLen() > MOST_BYTES) {
                throw KilnException.user(
                        "reading %s: a file of at most %d bytes is required, got %s"
                                .formatted(
                                        file,
                                        MOST_BYTES,
                                        status.isDirectory() ? "a folder" : status.getLen() + " bytes"),
                        "name the file that export(...).serialize() was written to");
            }
            try (FSDataInputStream in = fs.open(path)) {
                return in.readNBytes(MOST_BYTES);
            }
        } catch (FileNotFoundException e) {
            throw KilnException.user(
                    "reading " + file + ": there is no such file",
                    "name the file that jax.export.export(...)(...).serialize() was written to");
        } catch (IOException | IllegalArgumentException e) {
            throw new KilnException(
                    ErrorCategory.USER,
                    "reading %s: it cannot be read: %s".formatted(file, e.getMessage()),
                    "check its path, its file system and its permissions",
                    e);
        }
    }
}
