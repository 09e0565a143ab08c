package io.kiln.pjrt;

import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** The names of the libraries that a shared library is linked with ({@code DT_NEEDED}), read from its file: nothing is loaded. */
public final class NeededLibraries {
    private static final int PROGRAM_HEADER_BYTES = 56;
    private static final int LOAD = 1;
    private static final int DYNAMIC = 2;
    private static final int END_OF_ENTRIES = 0;
    private static final int NEEDED = 1;
    private static final int STRING_TABLE = 5;
    private static final int ENTRY_BYTES = 16;
    private static final int LONGEST_NAME = 256;
    private static final int MOST_ENTRIES = 4096;

    private final FileChannel channel;
    private final ByteBuffer programs;

    private NeededLibraries(FileChannel channel) throws IOException {
        this.channel = channel;
        ByteBuffer header = read(0, 64);
        int count = Short.toUnsignedInt(header.getShort(56));
        this.programs = read(header.getLong(32), count * PROGRAM_HEADER_BYTES);
    }

    /**
     * The names in the order of the file.
     *
     * @throws KilnException ENVIRONMENT if {@code file} is no whole shared library for this machine
     */
    public static List<String> of(Path file) {
        SharedLibrary.check(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return new NeededLibraries(channel).names();
        } catch (IOException | IllegalArgumentException e) {
            throw new KilnException(
                    ErrorCategory.ENVIRONMENT,
                    "reading which libraries %s needs: a shared library (ELF) is required, got %s".formatted(file, e),
                    "install the plugin again, or give another one",
                    e);
        }
    }

    private List<String> names() throws IOException {
        List<Long> offsets = new ArrayList<>();
        long strings = -1;
        ByteBuffer entries = dynamic();
        for (int at = 0; at + ENTRY_BYTES <= entries.limit(); at += ENTRY_BYTES) {
            long tag = entries.getLong(at);
            if (tag == END_OF_ENTRIES) {
                break;
            } else if (tag == NEEDED) {
                offsets.add(entries.getLong(at + 8));
            } else if (tag == STRING_TABLE) {
                strings = fileOffset(entries.getLong(at + 8));
            }
        }
        List<String> names = new ArrayList<>();
        for (long offset : offsets) {
            names.add(name(strings + offset));
        }
        return List.copyOf(names);
    }

    private ByteBuffer dynamic() throws IOException {
        for (int at = 0; at + PROGRAM_HEADER_BYTES <= programs.limit(); at += PROGRAM_HEADER_BYTES) {
            if (programs.getInt(at) == DYNAMIC) {
                long bytes = Math.min(programs.getLong(at + 32), MOST_ENTRIES * ENTRY_BYTES);
                return read(programs.getLong(at + 8), Math.toIntExact(bytes));
            }
        }
        return ByteBuffer.allocate(0);
    }

    /** Where in the file an address of the loaded library comes from. */
    private long fileOffset(long address) throws IOException {
        for (int at = 0; at + PROGRAM_HEADER_BYTES <= programs.limit(); at += PROGRAM_HEADER_BYTES) {
            long inside = address - programs.getLong(at + 16);
            if (programs.getInt(at) == LOAD && inside >= 0 && inside < programs.getLong(at + 32)) {
                return programs.getLong(at + 8) + inside;
            }
        }
        throw new IOException("its table of names is outside the file");
    }

    private String name(long offset) throws IOException {
        ByteBuffer bytes = read(offset, LONGEST_NAME);
        int length = 0;
        while (length < bytes.limit() && bytes.get(length) != 0) {
            length++;
        }
        return StandardCharsets.UTF_8.decode(bytes.limit(length)).toString();
    }

    /** At most {@code bytes} bytes: fewer at the end of the file. */
    private ByteBuffer read(long from, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining() && channel.read(buffer, from + buffer.position()) >= 0) {
            // a channel may give less than was asked for
        }
        return buffer.flip();
    }
}
