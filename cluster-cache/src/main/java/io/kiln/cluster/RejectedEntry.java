package io.kiln.cluster;

/** The refusal of an entry; it carries the reason and nothing of an entry that was not checked. */
final class RejectedEntry extends Exception {
    private static final long serialVersionUID = 1L;

    private final RejectReason reason;

    RejectedEntry(RejectReason reason) {
        this(reason, reason.text());
    }

    /** A refusal whose message says more than the reason. */
    RejectedEntry(RejectReason reason, String detail) {
        super(detail, null, false, false);
        this.reason = reason;
    }

    RejectReason reason() {
        return reason;
    }
}
