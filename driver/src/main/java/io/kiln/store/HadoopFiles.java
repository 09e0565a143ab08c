package io.kiln.store;

import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;

/** The file systems on which Kiln keeps files that it checks by hashes of its own. */
public final class HadoopFiles {
    private HadoopFiles() {}

    /**
     * The file system of a folder. Hadoop's local one is taken without the {@code .crc} file that it leaves beside each file: Kiln's hashes
     * are the better check.
     *
     * @param what what messages call the folder
     * @throws KilnException of category USER when Hadoop knows no such file system
     */
    public static FileSystem of(String what, String folder, Configuration hadoop) {
        try {
            FileSystem files = new Path(folder).getFileSystem(hadoop);
            return files instanceof LocalFileSystem local ? local.getRawFileSystem() : files;
        } catch (IOException | IllegalArgumentException e) {
            throw new KilnException(
                    ErrorCategory.USER,
                    "opening %s %s: %s".formatted(what, folder, e.getMessage()),
                    "name a folder on a file system that Hadoop knows",
                    e);
        }
    }
}
