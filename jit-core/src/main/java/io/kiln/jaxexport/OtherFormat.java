package io.kiln.jaxexport;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What a file is that is no artifact of {@code jax.export}, for messages. */
final class OtherFormat {
    private OtherFormat() {}

    /** What the bytes begin like; empty when that may be an artifact. */
    static Optional<String> of(byte[] bytes) {
        if (bytes.length == 0) {
            return Optional.of("an empty file");
        }
        String head = new String(bytes, 0, Math.min(bytes.length, 16), StandardCharsets.ISO_8859_1);
        if (head.charAt(0) == 0x80 && head.length() > 1 && head.charAt(1) >= 2 && head.charAt(1) <= 5) {
            return Optional.of("a Python pickle");
        }
        if (head.startsWith("PK\3\4")) {
            return Optional.of("a zip archive");
        }
        if (head.startsWith("\u0089HDF")) {
            return Optional.of("an HDF5 file");
        }
        if (VhloSections.isBytecode(bytes)) {
            return Optional.of("MLIR bytecode without the container: the function's types and names are not in it");
        }
        if (head.startsWith("module") || head.startsWith("#loc")) {
            return Optional.of("MLIR text: the function's types and names are not in it");
        }
        if (head.strip().startsWith("{")) {
            return Optional.of("JSON");
        }
        return Optional.empty();
    }
}
