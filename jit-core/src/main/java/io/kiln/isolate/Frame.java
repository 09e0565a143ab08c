package io.kiln.isolate;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;

/**
 * The unit of the talk between a JVM and its compile child, over the child's standard input and output: a length of 4 bytes, then that many bytes.
 * Neither side allocates by a length that it has not checked.
 */
final class Frame {
    private Frame() {}

    /** Writes one frame. */
    static void write(DataOutputStream out, byte[] content) throws IOException {
        out.writeInt(content.length);
        out.write(content);
        out.flush();
    }

    /**
     * Reads one frame.
     *
     * @param most the longest that is accepted
     * @throws EOFException when the stream ends before the frame does
     * @throws MalformedFrame for a length that is not within 0 and {@code most}
     */
    static byte[] read(DataInputStream in, int most) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > most) {
            throw new MalformedFrame("a frame of 0 to %d bytes is required, got one of %d".formatted(most, length));
        }
        // Grows with what arrives.
        byte[] content = in.readNBytes(length);
        if (content.length < length) {
            throw new EOFException("a frame of %d bytes ended after %d".formatted(length, content.length));
        }
        return content;
    }

    /** Reads a length and that many bytes from within a frame. */
    static byte[] part(DataInputStream frame) throws IOException {
        int length = frame.readInt();
        if (length < 0 || length > frame.available()) {
            throw new MalformedFrame(
                    "a part of 0 to %d bytes is required, got one of %d".formatted(frame.available(), length));
        }
        return frame.readNBytes(length);
    }
}
