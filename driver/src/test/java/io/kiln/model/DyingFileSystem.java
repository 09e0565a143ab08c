package io.kiln.model;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/** Local files of a process that dies at its n-th change of the store: that one and all later ones do not happen. */
public final class DyingFileSystem extends RawLocalFileSystem {
    static final AtomicInteger LEFT = new AtomicInteger();

    @Override
    public String getScheme() {
        return "dying";
    }

    @Override
    public URI getUri() {
        return URI.create("dying:///");
    }

    private static void operation() throws IOException {
        if (LEFT.getAndDecrement() <= 0) {
            throw new IOException("killed");
        }
    }

    @Override
    public FSDataOutputStream create(
            Path path,
            FsPermission permission,
            boolean overwrite,
            int buffer,
            short replication,
            long block,
            Progressable progress)
            throws IOException {
        operation();
        FSDataOutputStream out = super.create(path, permission, overwrite, buffer, replication, block, progress);
        return new FSDataOutputStream(
                new FilterOutputStream(out) {
                    @Override
                    public void write(byte[] bytes, int from, int count) throws IOException {
                        try {
                            operation();
                        } catch (IOException e) {
                            out.write(bytes, from, count / 2);
                            out.flush();
                            throw e;
                        }
                        out.write(bytes, from, count);
                    }
                },
                null);
    }

    @Override
    public boolean mkdirs(Path path) throws IOException {
        operation();
        return super.mkdirs(path);
    }

    @Override
    public boolean rename(Path from, Path to) throws IOException {
        operation();
        return super.rename(from, to);
    }

    @Override
    public boolean delete(Path path, boolean recursive) throws IOException {
        operation();
        return super.delete(path, recursive);
    }
}
