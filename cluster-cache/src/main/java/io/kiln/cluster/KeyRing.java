package io.kiln.cluster;

import java.security.MessageDigest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The keys whose entries are read; one of them signs. While a key is rotated, the ring has the new one, which signs, and the one before.
 *
 * @param signs the key that signs; null when this process only reads
 * @param reads the keys whose entries are read, with {@code signs}
 */
record KeyRing(@Nullable EntryKey signs, List<EntryKey> reads) {
    KeyRing {
        reads = List.copyOf(reads);
    }

    /** One key that signs and reads. */
    static KeyRing of(EntryKey key) {
        return new KeyRing(key, List.of(key));
    }

    /** The key of an id, or null when it is none of these. */
    @Nullable
    EntryKey find(byte[] id) {
        EntryKey found = null;
        for (EntryKey key : reads) {
            if (MessageDigest.isEqual(key.id(), id)) {
                found = key;
            }
        }
        return found;
    }
}
