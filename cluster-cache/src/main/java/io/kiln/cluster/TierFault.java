package io.kiln.cluster;

import org.jspecify.annotations.Nullable;

/** A tier's failure to answer. The cache goes on without the tier. */
final class TierFault extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean asked;

    private TierFault(String message, @Nullable Throwable cause, boolean asked) {
        super(message, cause, false, true);
        this.asked = asked;
    }

    /** A call that failed or took longer than its budget. */
    static TierFault failed(String message, @Nullable Throwable cause) {
        return new TierFault(message, cause, true);
    }

    /** A call that was not made, because those before it failed. */
    static TierFault notAsked(String message) {
        return new TierFault(message, null, false);
    }

    /** Whether the tier was asked at all; only then is the fault worth a count and a line. */
    boolean asked() {
        return asked;
    }
}
