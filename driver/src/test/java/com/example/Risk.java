package com.example;

import io.kiln.core.Tensor;

/** Functions of a user, who is not in Kiln's packages: messages name his lines. */
public final class Risk {
    private Risk() {}

    /** Branches on a tensor, which is the user's error. */
    public static Tensor branches(Tensor f0) {
        if (f0.greaterThan(0).isTrue()) {
            return f0;
        }
        return f0.negate();
    }

    /** Throws while it is traced. */
    public static Tensor fails(Tensor f0) {
        throw new IllegalStateException("boom");
    }
}
