package io.kiln.isolate;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/** The end of what a child wrote to its standard error. It is read all the time, or the child would block, and kept as far as it is quoted. */
final class LastWords {
    private static final int KEPT = 16 << 10;
    private static final int LINES = 12;

    /** A line of a native stack, which tells a user nothing and pushes out what does. */
    private static final Pattern FRAME = Pattern.compile("\\s*@\\s+(0x)?[0-9a-f]+ ");

    private final byte[] ring = new byte[KEPT]; // guarded by this
    private long written; // guarded by this
    private final Thread reader;

    /** Reads {@code from} until it ends. */
    LastWords(InputStream from) {
        reader = Thread.ofPlatform().daemon().name("kiln-compile-child-words").start(() -> read(from));
    }

    private void read(InputStream from) {
        byte[] block = new byte[1024];
        try (from) {
            for (int n = from.read(block); n >= 0; n = from.read(block)) {
                keep(block, n);
            }
        } catch (IOException e) {
            // The stream is closed under the reader when the process is ended.
        }
    }

    private synchronized void keep(byte[] block, int length) {
        for (int i = 0; i < length; i++) {
            ring[(int) (written++ % KEPT)] = block[i];
        }
    }

    /** The last lines, printable, each indented; {@code nothing} when there are none. Called when the child has ended. */
    String quoted() {
        try {
            reader.join(1000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        List<String> lines = text().lines()
                .filter(line -> !line.isBlank() && !FRAME.matcher(line).lookingAt())
                .toList();
        StringBuilder quoted = new StringBuilder();
        for (String line : lines.subList(Math.max(0, lines.size() - LINES), lines.size())) {
            quoted.append("\n  ").append(printable(line));
        }
        return quoted.isEmpty() ? " nothing" : quoted.toString();
    }

    private synchronized String text() {
        int length = (int) Math.min(written, KEPT);
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = ring[(int) ((written - length + i) % KEPT)];
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Foreign text for a message: cut, and without what a terminal would obey. */
    static String printable(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().limit(300).forEach(c -> out.appendCodePoint(Character.isISOControl(c) ? '?' : c));
        return out.toString();
    }
}
