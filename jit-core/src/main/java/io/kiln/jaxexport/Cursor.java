package io.kiln.jaxexport;

import io.kiln.error.KilnException;
import java.nio.charset.StandardCharsets;

/** A place in some bytes, and MLIR's numbers read from there: none is read beyond the end. */
final class Cursor {
    private final Malformed malformed;
    private final byte[] bytes;
    private final int end;
    private int at;

    Cursor(Malformed malformed, byte[] bytes, int from, int end) {
        this.malformed = malformed;
        this.bytes = bytes;
        this.at = from;
        this.end = end;
    }

    boolean isAtEnd() {
        return at == end;
    }

    /** The bytes that are left. */
    int left() {
        return end - at;
    }

    /** Another one at the same place. */
    Cursor copy() {
        return new Cursor(malformed, bytes, at, end);
    }

    int oneByte() {
        require(at < end, "a byte");
        return bytes[at++] & 0xff;
    }

    /** A number of 1 to 9 bytes: the zeros at the low end of the first byte say how many follow. */
    long number() {
        int first = oneByte();
        int more = first == 0 ? 8 : Integer.numberOfTrailingZeros(first);
        require(more <= end - at, "a number");
        long value = 0;
        for (int i = more - 1; i >= 0; i--) {
            value = value << 8 | (bytes[at + i] & 0xff);
        }
        at += more;
        return first == 0 ? value : (value << 8 | first) >>> (more + 1);
    }

    /** A number that counts or numbers something, below {@code limit}. */
    int below(long limit, String what) {
        long value = number();
        require(value >= 0 && value < limit, what);
        return (int) value;
    }

    /** How many follow, each of one byte at least. */
    int count(String what) {
        return below((long) end - at + 1, what);
    }

    /** The next {@code length} bytes as a cursor of their own. */
    Cursor part(long length) {
        require(length >= 0 && length <= end - at, "a part");
        at += (int) length;
        return new Cursor(malformed, bytes, at - (int) length, at);
    }

    String text(int length) {
        Cursor part = part(length);
        return new String(bytes, part.at, length, StandardCharsets.UTF_8);
    }

    /** Steps over what a writer puts before something that is to lie at a multiple of {@code alignment}. */
    void align(long alignment) {
        require(alignment > 0 && alignment <= 4096 && Long.bitCount(alignment) == 1, "an alignment");
        while (at % alignment != 0) {
            oneByte();
        }
    }

    void require(boolean holds, String what) {
        if (!holds) {
            throw malformed(what);
        }
    }

    KilnException malformed(String required) {
        return malformed.bad("a damaged module in it: not %s at byte %d of its StableHLO".formatted(required, at));
    }
}
