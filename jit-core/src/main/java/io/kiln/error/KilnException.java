package io.kiln.error;

import org.jspecify.annotations.Nullable;

/**
 * An error with a category, a problem and a fix. The problem says what was being done, what was required and what was
 * got; the fix says what to do. The message is both: {@code problem + "\nfix: " + fix}.
 */
public final class KilnException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCategory category;
    private final String problem;
    private final String fix;

    /** An error without a cause. */
    public KilnException(ErrorCategory category, String problem, String fix) {
        this(category, problem, fix, null);
    }

    /** An error with the exception that it was found by. */
    public KilnException(ErrorCategory category, String problem, String fix, @Nullable Throwable cause) {
        super(problem + "\nfix: " + fix, cause);
        this.category = category;
        this.problem = problem;
        this.fix = fix;
    }

    /** An error in the user's data, model or function. */
    public static KilnException user(String problem, String fix) {
        return new KilnException(ErrorCategory.USER, problem, fix);
    }

    /** An error in how a command or a method was called. */
    public static KilnException usage(String problem, String fix) {
        return new KilnException(ErrorCategory.USAGE, problem, fix);
    }

    /** An error of the JDK, the plugin, native access or the device. */
    public static KilnException environment(String problem, String fix) {
        return new KilnException(ErrorCategory.ENVIRONMENT, problem, fix);
    }

    /** A failure of the job on the cluster. */
    public static KilnException job(String problem, String fix) {
        return new KilnException(ErrorCategory.JOB, problem, fix);
    }

    /** A fault of Kiln's own. */
    public static KilnException internal(String problem, String fix) {
        return new KilnException(ErrorCategory.INTERNAL, problem, fix);
    }

    /** A fault of Kiln's own, to be reported with this message. */
    public static KilnException internal(String problem) {
        return internal(problem, "this is a fault of Kiln's own: report it with this message");
    }

    /** Whose fault it is. */
    public ErrorCategory category() {
        return category;
    }

    /** What was being done, what was required, what was got. */
    public String problem() {
        return problem;
    }

    /** What to do. */
    public String fix() {
        return fix;
    }
}
