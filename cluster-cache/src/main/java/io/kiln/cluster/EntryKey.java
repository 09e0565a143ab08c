package io.kiln.cluster;

import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/** A key that entries are signed under. Safe for concurrent use; its text never holds the key. */
sealed interface EntryKey permits MacKey, PublisherKey {
    /** The bytes of an id. */
    int ID_BYTES = 16;

    /** What names the key in an entry; no secret. */
    byte[] id();

    /** The bytes of a signature. */
    int tagBytes();

    /** The signature over the first {@code length} bytes. */
    byte[] sign(byte[] entry, int length);

    /** Whether {@code tag} is the signature over the first {@code length} bytes; a secret key takes the same time for every answer. */
    boolean verifies(byte[] entry, int length, byte[] tag);

    /** The key that bodies are encrypted under; null when the readers share no secret. */
    @Nullable
    SecretKey bodyKey();
}
