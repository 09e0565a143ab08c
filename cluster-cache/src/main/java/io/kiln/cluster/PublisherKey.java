package io.kiln.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/** A publisher's Ed25519 key: whoever trusts the public part reads what the holder of the private part wrote. */
final class PublisherKey implements EntryKey {
    private static final int TAG_BYTES = 64;
    private static final int OTHERS_ANY = 0077;
    private static final int KEY_FILE_BYTES = 16 << 10;

    /** Keeps these signatures from being good for anything else that the same key may sign. */
    private static final byte[] CONTEXT = "kiln cache entry v1\n".getBytes(StandardCharsets.US_ASCII);

    private final PublicKey publicKey;
    private final @Nullable PrivateKey privateKey;
    private final byte[] id;

    private PublisherKey(PublicKey publicKey, @Nullable PrivateKey privateKey) {
        this.publicKey = publicKey;
        this.privateKey = privateKey;
        this.id = Arrays.copyOf(Sha256.of(publicKey.getEncoded()), ID_BYTES);
    }

    /**
     * The publishers that are trusted, and the key to publish under unless nothing is to be written or there is none.
     *
     * @throws IOException when that key cannot be read, or others can read it
     */
    static KeyRing ring(CacheTrust trust) throws IOException {
        CacheTrust.Published published = Objects.requireNonNull(trust.published(), "publishers are required");
        List<EntryKey> reads = new ArrayList<>();
        published.publishers().forEach(key -> reads.add(trusted(key)));
        String keyFile = trust.readOnly() ? null : published.keyFile();
        return new KeyRing(keyFile == null ? null : pair(Path.of(keyFile)), reads);
    }

    private static PublisherKey pair(Path file) throws IOException {
        if (((Integer) Files.getAttribute(file, "unix:mode") & OTHERS_ANY) != 0) {
            throw new IOException(
                    file + ": a private key that only its owner reads is required\nfix: chmod 600 " + file);
        }
        if (Files.size(file) > KEY_FILE_BYTES) {
            throw new IOException(file + ": a PEM file is required, got " + Files.size(file) + " bytes");
        }
        try {
            return pair(Files.readString(file));
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    /**
     * A key to read with.
     *
     * @param base64 the public key in X.509 encoding, as {@code openssl pkey -pubout} prints it between its marks
     * @throws IllegalArgumentException when it is no such key
     */
    static PublisherKey trusted(String base64) {
        return new PublisherKey(publicKey(base64), null);
    }

    /**
     * A key to write with.
     *
     * @param pem the private key in PKCS #8 encoding and the public key in X.509 encoding, each between its PEM marks
     * @throws IllegalArgumentException when these are not two keys of one pair
     */
    static PublisherKey pair(String pem) {
        try {
            PublisherKey pair = new PublisherKey(
                    publicKey(between(pem, "PUBLIC KEY")),
                    KeyFactory.getInstance("Ed25519")
                            .generatePrivate(new PKCS8EncodedKeySpec(
                                    Base64.getMimeDecoder().decode(between(pem, "PRIVATE KEY")))));
            if (pair.verifies(CONTEXT, CONTEXT.length, pair.sign(CONTEXT, CONTEXT.length))) {
                return pair;
            }
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw noPair(e);
        }
        throw noPair(null);
    }

    private static IllegalArgumentException noPair(@Nullable Exception cause) {
        // Never the text: it may be a private key.
        return new IllegalArgumentException(
                "reading a publisher's key: a PEM file with an Ed25519 PRIVATE KEY and its PUBLIC KEY is required, got"
                        + " another text\n"
                        + "fix: openssl genpkey -algorithm ed25519 -out publisher.pem; openssl pkey -in publisher.pem"
                        + " -pubout >> publisher.pem",
                cause);
    }

    private static String between(String pem, String name) {
        String begin = "-----BEGIN " + name + "-----";
        int start = pem.indexOf(begin);
        int end = pem.indexOf("-----END " + name + "-----");
        if (start < 0 || end < start) {
            throw new IllegalArgumentException(begin + " is required");
        }
        return pem.substring(start + begin.length(), end);
    }

    private static PublicKey publicKey(String base64) {
        try {
            byte[] encoded = Base64.getMimeDecoder().decode(base64);
            return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "reading a trusted publisher: an Ed25519 public key in Base64 is required, got " + base64, e);
        }
    }

    @Override
    public byte[] id() {
        return id.clone();
    }

    @Override
    public int tagBytes() {
        return TAG_BYTES;
    }

    @Override
    public byte[] sign(byte[] entry, int length) {
        if (privateKey == null) {
            throw new IllegalStateException("signing a cache entry: a publisher's private key is required");
        }
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(privateKey);
            signature.update(CONTEXT);
            // Ed25519 goes over its message twice, so the JDK copies it: the hash is what it is to copy.
            signature.update(Sha256.of(entry, length));
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("signing a cache entry: Ed25519 is required, which every JDK has", e);
        }
    }

    @Override
    public boolean verifies(byte[] entry, int length, byte[] tag) {
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initVerify(publicKey);
            signature.update(CONTEXT);
            signature.update(Sha256.of(entry, length));
            return signature.verify(tag);
        } catch (SignatureException e) {
            return false; // bytes that no signature has
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("checking a cache entry: Ed25519 is required, which every JDK has", e);
        }
    }

    /** None: what anybody may read needs no secret. */
    @Override
    public @Nullable SecretKey bodyKey() {
        return null;
    }

    @Override
    public String toString() {
        return "publisher " + HexFormat.of().formatHex(id, 0, 4);
    }
}
