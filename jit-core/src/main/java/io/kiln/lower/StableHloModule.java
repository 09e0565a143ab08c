package io.kiln.lower;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A module of StableHLO text with one public function {@code @main}. */
@SuppressWarnings("ArrayRecordComponent") // copied in and out, compared by content
public record StableHloModule(String name, byte[] text) {
    /** Copies the text. */
    public StableHloModule {
        text = text.clone();
    }

    /** The UTF-8 text. */
    @Override
    public byte[] text() {
        return text.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof StableHloModule(String n, byte[] t) && name.equals(n) && Arrays.equals(text, t);
    }

    @Override
    public int hashCode() {
        return 31 * name.hashCode() + Arrays.hashCode(text);
    }

    /** The text itself. */
    @Override
    public String toString() {
        return new String(text, StandardCharsets.UTF_8);
    }
}
