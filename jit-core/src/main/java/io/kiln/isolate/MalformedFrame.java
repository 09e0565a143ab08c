package io.kiln.isolate;

import java.io.IOException;

/** What came from the other side is none of the protocol's frames. */
final class MalformedFrame extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedFrame(String message) {
        super(message);
    }
}
