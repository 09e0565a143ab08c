package io.kiln.jaxexport;

import com.google.flatbuffers.Table;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A FlatBuffers table whose every offset and length is checked against the buffer before it is followed: the format itself trusts them. A
 * table may be referred to from several places, so a small file can be a large tree; how many are read in all is bounded.
 */
final class FlatTable extends Table {
    private static final int MOST_TABLES = 1 << 20;

    private final Reading reading;

    /** What the tables of one buffer share. */
    private static final class Reading {
        private final Malformed malformed;
        private final ByteBuffer bytes;
        private int tables;

        Reading(Malformed malformed, ByteBuffer bytes) {
            this.malformed = malformed;
            this.bytes = bytes;
        }
    }

    private FlatTable(Reading reading, int position) {
        this.reading = reading;
        inside(position, 4, "a table");
        if (++reading.tables > MOST_TABLES) {
            throw bad("more than " + MOST_TABLES + " tables");
        }
        long vtable = (long) position - reading.bytes.getInt(position);
        inside(vtable, 4, "a table's directory");
        int size = Short.toUnsignedInt(reading.bytes.getShort((int) vtable));
        int table = Short.toUnsignedInt(reading.bytes.getShort((int) vtable + 2));
        if (size < 4 || size % 2 != 0 || table < 4) {
            throw bad("a table's directory of %d bytes for %d at %d".formatted(size, table, position));
        }
        inside(vtable, size, "a table's directory");
        inside(position, table, "a table");
        for (int at = 4; at < size; at += 2) {
            int field = Short.toUnsignedInt(reading.bytes.getShort((int) vtable + at));
            if (field != 0 && (field < 4 || field >= table)) {
                throw bad("a field outside its table at " + position);
            }
        }
        __reset(position, reading.bytes);
    }

    /** The root of a buffer. */
    static FlatTable root(Malformed malformed, byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.length < 8) {
            throw malformed.bad("a file of " + bytes.length + " bytes");
        }
        return new FlatTable(new Reading(malformed, buffer), buffer.getInt(0));
    }

    /** A field of {@code width} bytes, not signed; {@code otherwise} where the table has none. */
    long number(int slot, int width, long otherwise) {
        int at = field(slot, width);
        if (at == 0) {
            return otherwise;
        }
        return switch (width) {
            case 1 -> Byte.toUnsignedLong(bb.get(at));
            case 2 -> Short.toUnsignedLong(bb.getShort(at));
            case 4 -> Integer.toUnsignedLong(bb.getInt(at));
            default -> throw new IllegalArgumentException("no field is " + width + " bytes wide");
        };
    }

    /** The text of a field, or null. */
    @Nullable
    String text(int slot) {
        int at = field(slot, 4);
        return at == 0 ? null : textAt(at);
    }

    /** The table of a field, or null. */
    @Nullable
    FlatTable table(int slot) {
        int at = field(slot, 4);
        return at == 0 ? null : new FlatTable(reading, target(at));
    }

    /** The bytes of a field; none where the table has none. */
    byte[] bytes(int slot) {
        int at = vector(slot, 1);
        if (at == 0) {
            return new byte[0];
        }
        byte[] out = new byte[bb.getInt(at - 4)];
        bb.get(at, out);
        return out;
    }

    /** The numbers of {@code width} bytes, 2 or 4, of a field; none where the table has none. */
    List<Long> numbers(int slot, int width) {
        int at = vector(slot, width);
        List<Long> out = new ArrayList<>();
        for (int i = 0; at != 0 && i < bb.getInt(at - 4); i++) {
            out.add(
                    width == 2
                            ? Short.toUnsignedLong(bb.getShort(at + 2 * i))
                            : Integer.toUnsignedLong(bb.getInt(at + 4 * i)));
        }
        return out;
    }

    /** The texts of a field; none where the table has none. */
    List<String> texts(int slot) {
        int at = vector(slot, 4);
        List<String> out = new ArrayList<>();
        for (int i = 0; at != 0 && i < bb.getInt(at - 4); i++) {
            out.add(textAt(at + 4 * i));
        }
        return out;
    }

    /** The tables of a field; none where the table has none. */
    List<FlatTable> tables(int slot) {
        int at = vector(slot, 4);
        List<FlatTable> out = new ArrayList<>();
        for (int i = 0; at != 0 && i < bb.getInt(at - 4); i++) {
            out.add(new FlatTable(reading, target(at + 4 * i)));
        }
        return out;
    }

    private int field(int slot, int width) {
        int offset = __offset(4 + 2 * slot);
        if (offset == 0) {
            return 0;
        }
        inside((long) bb_pos + offset, width, "a field");
        return bb_pos + offset;
    }

    /** Where the elements of a vector begin, whose length is in the four bytes before; 0 when there is none. */
    private int vector(int slot, int width) {
        int at = field(slot, 4);
        if (at == 0) {
            return 0;
        }
        int length = target(at);
        inside(length, 4 + (long) width * Integer.toUnsignedLong(bb.getInt(length)), "a vector");
        return length + 4;
    }

    private int target(int at) {
        long target = at + Integer.toUnsignedLong(bb.getInt(at));
        inside(target, 4, "an offset");
        return (int) target;
    }

    private String textAt(int at) {
        int length = target(at);
        long size = Integer.toUnsignedLong(bb.getInt(length));
        inside(length, 4 + size, "a text");
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(bb.slice(length + 4, (int) size))
                    .toString();
        } catch (CharacterCodingException e) {
            throw bad("text that is not UTF-8 at " + length);
        }
    }

    private void inside(long at, long size, String what) {
        if (at < 0 || at + size > reading.bytes.capacity()) {
            throw bad("%s at %d to %d of %d bytes".formatted(what, at, at + size, reading.bytes.capacity()));
        }
    }

    private io.kiln.error.KilnException bad(String got) {
        return reading.malformed.bad(got);
    }
}
