package io.kiln.pjrt;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A shared library that exports {@code GetPjrtApi} and nothing else, written byte by byte, so that no test needs a C compiler. Its function
 * table has a version and no functions.
 */
public final class FakePlugin {
    /** Segments start at multiples of this, the largest page size of the processors. */
    private static final int PAGE = 0x10000;

    private static final int CODE = 0x180;
    private static final int SYMBOLS = 0x200;
    private static final int HASH = 0x240;
    private static final int STRINGS = 0x300;
    private static final int TABLE = PAGE + 0x400;
    private static final int SIZE = PAGE + 0x1000;
    private static final byte[] NAMES = "\0GetPjrtApi\0".getBytes(StandardCharsets.US_ASCII);

    private FakePlugin() {}

    /** Writes the library of a plugin with PJRT API {@code major.minor} for this machine, linked with the libraries {@code needed}; its name is the file's. */
    public static Path write(Path file, int major, int minor, String... needed) throws IOException {
        boolean arm = System.getProperty("os.arch").equals("aarch64");
        ByteBuffer out = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
        header(out, arm);
        if (arm) {
            // adr x0, TABLE; ret
            out.putInt(CODE, 0x10000000 | (TABLE - CODE) >> 2 << 5);
            out.putInt(CODE + 4, 0xd65f03c0);
        } else {
            // lea rax, [rip + TABLE]; ret
            out.put(CODE, new byte[] {0x48, (byte) 0x8d, 0x05}).putInt(CODE + 3, TABLE - CODE - 7);
            out.put(CODE + 7, (byte) 0xc3);
        }
        // The second symbol: name 1, a global function, in section 1, at CODE, 8 bytes.
        out.position(SYMBOLS + 24)
                .putInt(1)
                .put((byte) 0x12)
                .put((byte) 0)
                .putShort((short) 1)
                .putLong(CODE)
                .putLong(8);
        String soname = String.valueOf(file.getFileName());
        byte[] names = names(soname, needed);
        out.put(STRINGS, names);
        // One bucket with symbol 1, two chains that end.
        out.position(HASH).putInt(1).putInt(2).putInt(1).putInt(0).putInt(0);
        // DT_HASH, DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_SYMENT, DT_NULL
        long[] dynamic = {4, HASH, 5, STRINGS, 6, SYMBOLS, 10, names.length, 11, 24};
        out.position(PAGE);
        for (long word : dynamic) {
            out.putLong(word);
        }
        out.putLong(14).putLong(NAMES.length); // DT_SONAME
        int name = NAMES.length + soname.length() + 1;
        for (String library : needed) {
            out.putLong(1).putLong(name); // DT_NEEDED
            name += library.length() + 1;
        }
        out.putLong(0).putLong(0);
        out.putLong(TABLE, 1000);
        out.putLong(TABLE + 16, 24).putInt(TABLE + 32, major).putInt(TABLE + 36, minor);
        return Files.write(file, out.array());
    }

    private static byte[] names(String soname, String... needed) {
        StringBuilder names = new StringBuilder(new String(NAMES, StandardCharsets.US_ASCII));
        names.append(soname).append('\0');
        for (String library : needed) {
            names.append(library).append('\0');
        }
        return names.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static void header(ByteBuffer out, boolean arm) {
        out.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).position(16);
        out.putShort((short) 3).putShort((short) (arm ? 183 : 62)).putInt(1);
        out.putLong(0).putLong(64).putLong(0).putInt(0);
        out.putShort((short) 64).putShort((short) 56).putShort((short) 4).putShort((short) 0);
        out.position(64);
        segment(out, 1, 5, 0, PAGE); // PT_LOAD, read and execute
        segment(out, 1, 6, PAGE, SIZE - PAGE); // PT_LOAD, read and write
        segment(out, 2, 6, PAGE, TABLE - PAGE); // PT_DYNAMIC, which its last entry ends
        segment(out, 0x6474e551, 6, 0, 0); // PT_GNU_STACK, not executable
    }

    private static void segment(ByteBuffer out, int type, int flags, long at, long size) {
        out.putInt(type)
                .putInt(flags)
                .putLong(at)
                .putLong(at)
                .putLong(at)
                .putLong(size)
                .putLong(size)
                .putLong(PAGE);
    }
}
