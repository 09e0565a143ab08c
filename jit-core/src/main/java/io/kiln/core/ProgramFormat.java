package io.kiln.core;

/** The binary form of a program: versioned, canonical, checked. */
public final class ProgramFormat {
    private ProgramFormat() {}

    /** The bytes of {@code program}; equal programs have equal bytes. */
    public static byte[] write(Program program) {
        throw new UnsupportedOperationException("not yet");
    }

    /** The program of {@code bytes}; any damage is one error. */
    public static Program read(byte[] bytes) {
        throw new UnsupportedOperationException("not yet");
    }
}
