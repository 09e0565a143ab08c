package io.kiln.cluster;

import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a process does with the trust that cache entries need. It holds no secret.
 *
 * @param readOnly whether the cache is only read: nothing is stored, dropped or leased, and no folder or key is made
 * @param encrypts whether bodies of the shared tier's entries are encrypted, by AES-GCM
 * @param keyLifetime how long one key of the disk tier or of the application signs; entries of the key before are still read
 * @param published what applications share by publishers' signatures; null: nothing
 */
public record CacheTrust(
        boolean readOnly,
        boolean encrypts,
        Duration keyLifetime,
        @Nullable Published published) implements Serializable {
    /** How long a key signs by default. */
    public static final Duration DEFAULT_KEY_LIFETIME = Duration.ofDays(30);

    /** Trust; the lifetime is positive. */
    public CacheTrust {
        if (keyLifetime.isNegative() || keyLifetime.isZero()) {
            throw new IllegalArgumentException(
                    "configuring the executable cache: a key's lifetime above zero is required, got " + keyLifetime);
        }
    }

    /** Reads and writes, bodies in the clear, nothing published. */
    public static CacheTrust standard() {
        return new CacheTrust(false, false, DEFAULT_KEY_LIFETIME, null);
    }

    /**
     * Entries that publishers signed: in a folder, such as a mounted one or one of a container image, in a Hazelcast cluster, or in both.
     *
     * @param folder its path on every node; null: none
     * @param member whether the shared tier's Hazelcast cluster is one of many applications, so that its entries are the publishers'
     * @param publishers whose entries are read: Ed25519 public keys, X.509 in Base64
     * @param keyFile the PEM file of the key pair to publish under; null: entries are only read
     */
    public record Published(
            @Nullable String folder,
            boolean member,
            List<String> publishers,
            @Nullable String keyFile) implements Serializable {
        /**
         * A place with at least one publisher.
         *
         * @throws IllegalArgumentException when a publisher's key is none
         */
        public Published {
            publishers = List.copyOf(publishers);
            if (publishers.isEmpty()) {
                throw new IllegalArgumentException(
                        "reading published executables: at least one trusted publisher is required, got none");
            }
            publishers.forEach(PublisherKey::trusted);
        }
    }
}
