package io.kiln.jaxexport;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The sections of MLIR bytecode, and the strings that the others refer to. */
final class VhloSections {
    static final int STRINGS = 0;
    static final int DIALECTS = 1;
    static final int ATTRIBUTES = 2;
    static final int OFFSETS = 3;
    static final int IR = 4;
    static final int PROPERTIES = 8;
    private static final int ALIGNED = 0x80;
    private static final byte[] MAGIC = {'M', 'L', (byte) 0xEF, 'R'};

    private final Malformed malformed;
    private final int version;
    private final Map<Integer, Cursor> sections;
    private final List<String> strings;

    private VhloSections(Malformed malformed, int version, Map<Integer, Cursor> sections) {
        this.malformed = malformed;
        this.version = version;
        this.sections = sections;
        this.strings = strings(section(STRINGS));
    }

    /** Whether MLIR would read this as bytecode. */
    static boolean isBytecode(byte[] bytes) {
        for (int i = 0; i < MAGIC.length; i++) {
            if (i >= bytes.length || bytes[i] != MAGIC[i]) {
                return false;
            }
        }
        return true;
    }

    static VhloSections of(Malformed malformed, byte[] module) {
        if (!isBytecode(module)) {
            throw malformed.bad("a module in it that is no MLIR bytecode");
        }
        Cursor in = new Cursor(malformed, module, MAGIC.length, module.length);
        int version = in.below(Integer.MAX_VALUE, "a version");
        while (in.oneByte() != 0) {
            // the producer
        }
        Map<Integer, Cursor> sections = new HashMap<>();
        while (!in.isAtEnd()) {
            int head = in.oneByte();
            in.require(sections.put(head & ~ALIGNED, content(in, head)) == null, "each section once");
        }
        return new VhloSections(malformed, version, sections);
    }

    private static Cursor content(Cursor in, int head) {
        long length = in.number();
        if ((head & ALIGNED) != 0) {
            in.align(in.number());
        }
        return in.part(length);
    }

    int version() {
        return version;
    }

    boolean has(int id) {
        return sections.containsKey(id);
    }

    /** A section from its beginning. */
    Cursor section(int id) {
        Cursor found = sections.get(id);
        if (found == null) {
            throw malformed.bad("a module without its section " + id);
        }
        return found.copy();
    }

    /** The section of regions that stands at {@code in}. */
    Cursor nested(Cursor in) {
        int head = in.oneByte();
        in.require((head & ~ALIGNED) == IR, "a section of operations");
        return content(in, head);
    }

    /** The names of the dialects, which the section of dialects begins with. */
    List<String> dialects(Cursor in) {
        int count = in.count("dialects");
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int name = in.below(Integer.MAX_VALUE, "a dialect");
            names.add(text(in, name >> 1));
            if ((name & 1) != 0) {
                content(in, in.oneByte()); // its version
            }
        }
        return names;
    }

    String text(Cursor in, int number) {
        in.require(number < strings.size(), "the number of a string");
        return strings.get(number);
    }

    private static List<String> strings(Cursor in) {
        int count = in.count("strings");
        int[] lengths = new int[count];
        // The lengths are written from the last string to the first.
        for (int i = count - 1; i >= 0; i--) {
            lengths[i] = in.below(Integer.MAX_VALUE, "a string");
            in.require(lengths[i] > 0, "a string that ends");
        }
        List<String> strings = new ArrayList<>();
        for (int length : lengths) {
            strings.add(in.text(length - 1));
            in.oneByte();
        }
        in.require(in.isAtEnd(), "strings that fill their section");
        return strings;
    }
}
