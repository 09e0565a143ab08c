package io.kiln.jaxexport;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/** The artifacts that {@code make.py} beside them wrote with JAX. */
public final class Artifacts {
    private Artifacts() {}

    /** The bytes of one. */
    public static byte[] bytes(String name) {
        try (InputStream in = Artifacts.class.getResourceAsStream("/jaxexport/" + name + ".jaxexport")) {
            return Objects.requireNonNull(in, name).readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One, read. */
    public static ExportedFunction read(String name) {
        return ExportedFunction.read(name + ".jaxexport", bytes(name));
    }
}
