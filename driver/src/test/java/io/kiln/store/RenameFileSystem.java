package io.kiln.store;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** Local files behind the contract of HDFS: a rename onto a file is refused, atomically. */
public class RenameFileSystem extends RawLocalFileSystem {
    @Override
    public String getScheme() {
        return "hdfs";
    }

    @Override
    public URI getUri() {
        return URI.create("hdfs:///");
    }

    @Override
    public boolean rename(Path from, Path to) throws IOException {
        if (pathToFile(from).isDirectory()) {
            return super.rename(from, to);
        }
        try {
            Files.createLink(pathToFile(to).toPath(), pathToFile(from).toPath());
        } catch (FileAlreadyExistsException e) {
            return false;
        }
        return delete(from, false);
    }
}
