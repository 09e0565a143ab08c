package io.kiln.cluster;

import java.security.SecureRandom;

/** Random names of single attempts to compile. */
final class Tokens {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int BYTES = 16;

    private Tokens() {}

    static byte[] random() {
        byte[] token = new byte[BYTES];
        RANDOM.nextBytes(token);
        return token;
    }
}
