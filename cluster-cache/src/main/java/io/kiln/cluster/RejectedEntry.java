package io.kiln.cluster;

/** The refusal of an entry; it carries the reason and nothing of the entry. */
final class RejectedEntry extends Exception {
    private static final long serialVersionUID = 1L;

    private final RejectReason reason;

    RejectedEntry(RejectReason reason) {
        super("reading a cache entry: refused, " + reason.text(), null, false, false);
        this.reason = reason;
    }

    RejectReason reason() {
        return reason;
    }
}
