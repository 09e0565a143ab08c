package io.kiln.error;

/** Whose fault an error is, and with it the exit code of the {@code kiln} command. */
public enum ErrorCategory {
    /** A fault of Kiln's own. */
    INTERNAL(1),
    /** An unknown or missing option. */
    USAGE(2),
    /** The user's data, model or function. */
    USER(3),
    /** The JDK, the plugin, native access or the device. */
    ENVIRONMENT(4),
    /** The job failed on the cluster. */
    JOB(5);

    private final int exitCode;

    ErrorCategory(int exitCode) {
        this.exitCode = exitCode;
    }

    /** The exit code of a command that ends with an error of this category. */
    public int exitCode() {
        return exitCode;
    }
}
