package io.kiln.cluster;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * AES-256-GCM of an entry's body, bound to all that stands before it: {@code nonce 12 | cipher text | tag 16}. A nonce is random, which is
 * safe for four thousand million entries of one key.
 */
final class BodyCipher {
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;

    /** By how much a body grows. */
    static final int MORE_BYTES = NONCE_BYTES + TAG_BYTES;

    private static final SecureRandom RANDOM = new SecureRandom();

    private BodyCipher() {}

    /** The body of an executable in an entry whose first {@code before} bytes are written. */
    static byte[] encrypt(SecretKey key, byte[] entry, int before, byte[] executable) {
        byte[] body = new byte[executable.length + MORE_BYTES];
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        System.arraycopy(nonce, 0, body, 0, NONCE_BYTES);
        try {
            cipher(Cipher.ENCRYPT_MODE, key, nonce, entry, before)
                    .doFinal(executable, 0, executable.length, body, NONCE_BYTES);
            return body;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("encrypting a cache entry: AES-GCM is required, which every JDK has", e);
        }
    }

    /** The executable of a body of {@code bytes} bytes that starts at {@code start}. */
    static byte[] decrypt(SecretKey key, byte[] entry, int start, int bytes) throws RejectedEntry {
        if (bytes < MORE_BYTES) {
            throw new RejectedEntry(RejectReason.TRUNCATED);
        }
        byte[] nonce = new byte[NONCE_BYTES];
        System.arraycopy(entry, start, nonce, 0, NONCE_BYTES);
        try {
            return cipher(Cipher.DECRYPT_MODE, key, nonce, entry, start)
                    .doFinal(entry, start + NONCE_BYTES, bytes - NONCE_BYTES);
        } catch (AEADBadTagException e) {
            throw new RejectedEntry(RejectReason.MAC);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("decrypting a cache entry: AES-GCM is required, which every JDK has", e);
        }
    }

    private static Cipher cipher(int mode, SecretKey key, byte[] nonce, byte[] entry, int before)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BYTES * 8, nonce));
        cipher.updateAAD(entry, 0, before);
        return cipher;
    }
}
