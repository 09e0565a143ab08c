package io.kiln.cache;

/**
 * A serialized executable and what it took to compile, which is what finding it saves.
 *
 * @param bytes as the plugin gave them; shared and not to be changed
 * @param compileNanos the time of the compile on the machine that ran it, nanoseconds
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody; a copy of megabytes would buy nothing
public record SerializedExecutable(byte[] bytes, long compileNanos) {
    /** An executable; a time below zero counts as none. */
    public SerializedExecutable {
        compileNanos = Math.max(0, compileNanos);
    }

    /** The bytes' number. */
    public int length() {
        return bytes.length;
    }

    /** Length and time, never the bytes. */
    @Override
    public String toString() {
        return "SerializedExecutable[" + bytes.length + " bytes, compiled in " + compileNanos / 1_000_000 + " ms]";
    }
}
