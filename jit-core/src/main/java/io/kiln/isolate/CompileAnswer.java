package io.kiln.isolate;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * What a child says.
 *
 * @param number the request's, 0 for the greeting
 * @param kind what the content is
 * @param content the serialized executable, or text
 */
@SuppressWarnings("ArrayRecordComponent") // written or read once, compared by nobody
record CompileAnswer(long number, Kind kind, byte[] content) {
    /** Room for everything but the executable. */
    static final int OVERHEAD = 1 << 10;

    /** What an answer is, as one byte of it says. */
    enum Kind {
        /** The child has loaded the plugin and can compile. */
        READY(1),
        /** It could not load the plugin; the content says why. */
        NOT_READY(2),
        /** The content is a serialized executable that this child has loaded once. */
        COMPILED(3),
        /** The plugin's compiler refused the program; the content is what it said. */
        REFUSED(4);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        private static Kind of(int code) throws MalformedFrame {
            for (Kind kind : values()) {
                if (kind.code == code) {
                    return kind;
                }
            }
            throw new MalformedFrame("an answer of a known kind is required, got " + code);
        }
    }

    static CompileAnswer text(long number, Kind kind, String text) {
        return new CompileAnswer(number, kind, text.getBytes(StandardCharsets.UTF_8));
    }

    byte[] bytes() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeLong(number);
            out.writeByte(kind.code);
            out.write(content);
        }
        return bytes.toByteArray();
    }

    /** The answer in a frame's bytes; throws {@link MalformedFrame} for bytes that are none. */
    static CompileAnswer read(byte[] bytes) throws IOException {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            if (bytes.length < Long.BYTES + 1) {
                throw new MalformedFrame("an answer of 9 bytes at least is required, got " + bytes.length);
            }
            long number = in.readLong();
            return new CompileAnswer(number, Kind.of(in.readUnsignedByte()), in.readAllBytes());
        }
    }

    /** The content as text for a message. */
    String text() {
        return new String(content, StandardCharsets.UTF_8);
    }
}
