package io.kiln.isolate;

import io.kiln.error.KilnException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** MLIR bytecode as far as its string section: magic, version, producer, then sections of a number, a length and, where marked, an alignment. */
final class Bytecode {
    private static final byte[] MAGIC = {'M', 'L', (byte) 0xEF, 'R'};
    private static final int STRINGS = 0;
    private static final int SECTIONS = 16;
    private static final int ALIGNED = 0x80;

    private final String name;
    private final byte[] module;
    private final int end;
    private int at;

    private Bytecode(String name, byte[] module, int from, int end) {
        this.name = name;
        this.module = module;
        this.at = from;
        this.end = end;
    }

    /** Whether MLIR would read this as bytecode. */
    static boolean is(byte[] module) {
        for (int i = 0; i < MAGIC.length; i++) {
            if (i >= module.length || module[i] != MAGIC[i]) {
                return false;
            }
        }
        return true;
    }

    /**
     * All strings of the string section, in which the names of all operations are.
     *
     * @throws KilnException USER when the sections do not fit the file
     */
    static List<String> strings(String name, byte[] module) {
        return new Bytecode(name, module, MAGIC.length, module.length)
                .stringSection()
                .all();
    }

    /** The reader of the string section; each section may be there once. */
    private Bytecode stringSection() {
        number(); // version
        while (require(at < end, "a producer that ends") && module[at] != 0) {
            at++;
        }
        at++;
        boolean[] seen = new boolean[SECTIONS];
        Bytecode found = null;
        while (at < end) {
            int head = module[at++] & 0xff;
            int id = head & ~ALIGNED;
            require(id < SECTIONS && !seen[id], "each section once");
            seen[id] = true;
            long length = number();
            if ((head & ALIGNED) != 0) {
                long alignment = number();
                require(alignment > 0 && alignment <= 4096 && Long.bitCount(alignment) == 1, "an alignment");
                // MLIR pads to the address, which is the offset for a buffer that is aligned as it is written
                while (at % alignment != 0) {
                    at++;
                }
            }
            require(length >= 0 && length <= end - at, "sections within the file");
            if (id == STRINGS) {
                found = new Bytecode(name, module, at, (int) (at + length));
            }
            at += (int) length;
        }
        require(found != null, "a string section");
        return Objects.requireNonNull(found);
    }

    private List<String> all() {
        long count = number();
        require(count >= 0 && count <= end - at, "string lengths within the section");
        int[] lengths = new int[(int) count];
        // The lengths are written from the last string to the first.
        for (int i = lengths.length - 1; i >= 0; i--) {
            long length = number();
            require(length > 0 && length <= end, "strings within the section");
            lengths[i] = (int) length;
        }
        List<String> strings = new ArrayList<>(lengths.length);
        for (int length : lengths) {
            require(length <= end - at, "strings within the section");
            strings.add(new String(module, at, length - 1, StandardCharsets.UTF_8));
            at += length;
        }
        require(at == end, "strings that fill their section");
        return strings;
    }

    /** A number of 1 to 9 bytes: the zeros at the low end of the first byte say how many follow. */
    private long number() {
        require(at < end, "numbers within the file");
        int first = module[at] & 0xff;
        int more = first == 0 ? 8 : Integer.numberOfTrailingZeros(first);
        require(more < end - at, "numbers within the file");
        long value = 0;
        for (int i = more; i >= (first == 0 ? 1 : 0); i--) {
            value = value << 8 | (module[at + i] & 0xff);
        }
        at += more + 1;
        return first == 0 ? value : value >>> (more + 1);
    }

    private boolean require(boolean holds, String what) {
        if (!holds) {
            throw KilnException.user(
                    "importing %s: MLIR bytecode with %s is required, got other bytes at %d".formatted(name, what, at),
                    "check the file: it is cut off or damaged");
        }
        return true;
    }
}
