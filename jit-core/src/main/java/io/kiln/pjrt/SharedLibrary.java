package io.kiln.pjrt;

import io.kiln.error.KilnException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Map;

/**
 * The checks of a file before the dynamic loader sees it. The loader maps a file as its headers say: one that was cut off kills the
 * process with SIGBUS, so every part that the headers name must be in the file.
 */
final class SharedLibrary {
    private static final int ELF_HEADER_BYTES = 64;
    private static final int ELF_MAGIC = 0x7f454c46;
    private static final int SHARED_OBJECT = 3;
    private static final int PROGRAM_HEADER_BYTES = 56;
    private static final Map<String, Integer> MACHINES =
            Map.of("amd64", 62, "x86_64", 62, "aarch64", 183, "arm64", 183);

    private SharedLibrary() {}

    /**
     * Returns if {@code file} is a whole shared library for this machine. Only Linux's format (ELF, 64 bits) is looked into.
     *
     * @throws KilnException ENVIRONMENT, saying what is wrong
     */
    static void check(Path file) {
        if (!Files.exists(file)) {
            throw refuse(file, "an existing file", "none");
        }
        if (!Files.isRegularFile(file)) {
            throw refuse(file, "a regular file", Files.isDirectory(file) ? "a directory" : "a special file");
        }
        if (!Files.isReadable(file)) {
            throw refuse(file, "a readable file", "one that this user may not read");
        }
        if (!System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("linux")) {
            return;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            checkElf(file, channel);
        } catch (IOException e) {
            throw new KilnException(
                    io.kiln.error.ErrorCategory.ENVIRONMENT,
                    "loading the PJRT plugin " + file + ": a readable file is required, got " + e,
                    "check the file and its disk",
                    e);
        }
    }

    private static void checkElf(Path file, FileChannel channel) throws IOException {
        long size = channel.size();
        ByteBuffer header = read(channel, 0, ELF_HEADER_BYTES);
        if (size < ELF_HEADER_BYTES || header.order(ByteOrder.BIG_ENDIAN).getInt(0) != ELF_MAGIC) {
            throw refuse(file, "a shared library (ELF)", "a file of another format, %,d bytes long".formatted(size));
        }
        header.order(ByteOrder.LITTLE_ENDIAN);
        int bits = header.get(4) == 2 ? 64 : 32;
        boolean littleEndian = header.get(5) == 1;
        if (bits != 64 || !littleEndian || header.getShort(16) != SHARED_OBJECT) {
            throw refuse(file, "a 64-bit little-endian shared library", "another kind of ELF file");
        }
        String arch = System.getProperty("os.arch");
        int machine = header.getShort(18);
        if (MACHINES.containsKey(arch) && MACHINES.get(arch) != machine) {
            throw refuse(file, "a library for " + arch, "one for ELF machine " + machine);
        }
        long end = header.getLong(40)
                + (long) Short.toUnsignedInt(header.getShort(58)) * Short.toUnsignedInt(header.getShort(60));
        long programs = header.getLong(32);
        int count = Short.toUnsignedInt(header.getShort(56));
        boolean inside = programs >= 0 && programs <= size - (long) count * PROGRAM_HEADER_BYTES;
        ByteBuffer table = inside ? read(channel, programs, count * PROGRAM_HEADER_BYTES) : ByteBuffer.allocate(0);
        for (int at = 0; at + PROGRAM_HEADER_BYTES <= table.limit(); at += PROGRAM_HEADER_BYTES) {
            long segmentEnd = table.getLong(at + 8) + table.getLong(at + 32);
            end = segmentEnd < 0 ? Long.MAX_VALUE : Math.max(end, segmentEnd);
        }
        if (!inside || end < 0 || end > size) {
            throw refuse(
                    file,
                    "a whole library of %,d bytes".formatted(end),
                    "a file of %,d bytes: it is cut off or damaged".formatted(size));
        }
    }

    private static ByteBuffer read(FileChannel channel, long from, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining() && channel.read(buffer, from + buffer.position()) >= 0) {
            // a channel may give less than was asked for
        }
        return buffer.rewind();
    }

    private static KilnException refuse(Path file, String required, String got) {
        return KilnException.environment(
                "loading the PJRT plugin %s: %s is required, got %s".formatted(file, required, got),
                "give the path of a PJRT plugin (a .so that exports GetPjrtApi), or leave it out to use the installed one;"
                        + " `kiln plugin install cpu` installs one");
    }
}
