package io.kiln.cluster;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;

/** The hash that entries are made of. */
final class Sha256 {
    private Sha256() {}

    /** The hash of {@code bytes}. */
    static byte[] of(byte[] bytes) {
        return of(bytes, bytes.length);
    }

    /** The hash of the first {@code length} bytes. */
    static byte[] of(byte[] bytes, int length) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(bytes, 0, length);
            return digest.digest();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("hashing a cache entry: SHA-256 is required, which every JDK has", e);
        }
    }
}
