package io.kiln.store;

import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSDataOutputStreamBuilder;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options.CreateFileOptionKeys;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** Local files behind the contract of an object store with conditional writes: a file appears as its stream closes, if there is none then. */
public final class ConditionalFileSystem extends RawLocalFileSystem {
    @Override
    public String getScheme() {
        return "conditional";
    }

    @Override
    public URI getUri() {
        return URI.create("conditional:///");
    }

    @Override
    public boolean hasPathCapability(org.apache.hadoop.fs.Path path, String capability) throws IOException {
        return capability.equals(CreateFileOptionKeys.FS_OPTION_CREATE_CONDITIONAL_OVERWRITE)
                || super.hasPathCapability(path, capability);
    }

    @Override
    @SuppressWarnings("rawtypes") // as Hadoop declares it
    public FSDataOutputStreamBuilder createFile(org.apache.hadoop.fs.Path path) {
        return new Conditional(this, path);
    }

    private static final class Conditional extends FSDataOutputStreamBuilder<FSDataOutputStream, Conditional> {
        private final ConditionalFileSystem files;

        Conditional(ConditionalFileSystem files, org.apache.hadoop.fs.Path path) {
            super(files, path);
            this.files = files;
        }

        @Override
        public Conditional getThisBuilder() {
            return this;
        }

        @Override
        public FSDataOutputStream build() throws IOException {
            rejectUnknownMandatoryKeys(
                    Set.of(CreateFileOptionKeys.FS_OPTION_CREATE_CONDITIONAL_OVERWRITE), "creating " + getPath());
            Path target = files.pathToFile(getPath()).toPath();
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            return new FSDataOutputStream(
                    new FilterOutputStream(bytes) {
                        private boolean closed;

                        @Override
                        public void close() throws IOException {
                            if (!closed) {
                                closed = true;
                                Path whole = Files.createTempFile(target.getParent(), "_put", "");
                                Files.write(whole, bytes.toByteArray());
                                try {
                                    Files.createLink(target, whole);
                                } catch (FileAlreadyExistsException e) {
                                    throw new org.apache.hadoop.fs.FileAlreadyExistsException(target.toString());
                                } finally {
                                    Files.delete(whole);
                                }
                            }
                        }
                    },
                    new FileSystem.Statistics("conditional"));
        }
    }
}
