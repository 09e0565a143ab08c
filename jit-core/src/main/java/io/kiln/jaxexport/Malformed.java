package io.kiln.jaxexport;

import io.kiln.error.KilnException;

/** What a file is called in messages, and the error for bytes that are not what they have to be. */
record Malformed(String source) {
    /** A file that is no artifact at all, or was changed after it was written. */
    KilnException bad(String got) {
        return KilnException.user(
                "reading %s: a function that jax.export serialized is required, got %s"
                        .formatted(source, printable(got)),
                "write the file again: open(path, \"wb\").write(jax.export.export(jax.jit(f))(...).serialize())");
    }

    /** Foreign text for a message: cut, and without what a terminal would obey. */
    static String printable(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().limit(200).forEach(c -> out.appendCodePoint(Character.isISOControl(c) ? '?' : c));
        return out.toString();
    }
}
