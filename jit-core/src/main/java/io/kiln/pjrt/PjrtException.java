package io.kiln.pjrt;

/** An error that a plugin reported: the function that failed, the status code and the plugin's own message. */
public final class PjrtException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String function;
    private final PjrtErrorCode code;
    private final String detail;

    PjrtException(String function, PjrtErrorCode code, String detail) {
        super("%s failed with %s: %s".formatted(function, code, detail));
        this.function = function;
        this.code = code;
        this.detail = detail;
    }

    /** The name of the C function. */
    public String function() {
        return function;
    }

    /** The status code. */
    public PjrtErrorCode code() {
        return code;
    }

    /** The plugin's message. */
    public String detail() {
        return detail;
    }
}
