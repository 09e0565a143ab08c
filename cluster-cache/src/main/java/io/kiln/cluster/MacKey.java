package io.kiln.cluster;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import javax.crypto.KDF;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** A secret that writers and readers share: HMAC-SHA256 over entries, under keys derived from it by HKDF-SHA256. */
final class MacKey implements EntryKey {
    /** The bytes of a secret. */
    static final int SECRET_BYTES = 32;

    private static final int TAG_BYTES = 32;

    private final SecretKey macKey;
    private final SecretKey bodyKey;
    private final byte[] id;

    /**
     * The keys of a secret.
     *
     * @param secret what is shared, 32 bytes
     * @param scope the domain that entries are good for; other scopes of the secret refuse them
     */
    MacKey(byte[] secret, String scope) {
        if (secret.length != SECRET_BYTES) {
            throw new IllegalArgumentException("signing cache entries: a key of " + SECRET_BYTES
                    + " bytes is required, got " + secret.length + " bytes");
        }
        this.macKey = new SecretKeySpec(derive(secret, "entry-mac/v1/" + scope, SECRET_BYTES), "HmacSHA256");
        this.bodyKey = new SecretKeySpec(derive(secret, "entry-aead/v1/" + scope, SECRET_BYTES), "AES");
        this.id = derive(secret, "entry-key-id/v1/" + scope, ID_BYTES);
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
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(macKey);
            mac.update(entry, 0, length);
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("signing a cache entry: HmacSHA256 is required, which every JDK has", e);
        }
    }

    @Override
    public boolean verifies(byte[] entry, int length, byte[] tag) {
        return MessageDigest.isEqual(sign(entry, length), tag);
    }

    @Override
    public SecretKey bodyKey() {
        return bodyKey;
    }

    @Override
    public String toString() {
        return "key id " + HexFormat.of().formatHex(id, 0, 4);
    }

    private static byte[] derive(byte[] secret, String info, int bytes) {
        try {
            KDF hkdf = KDF.getInstance("HKDF-SHA256");
            return hkdf.deriveData(HKDFParameterSpec.ofExtract()
                    .addIKM(secret)
                    .thenExpand(info.getBytes(StandardCharsets.UTF_8), bytes));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("deriving a cache key: HKDF-SHA256 is required, which JDK 25 has", e);
        }
    }
}
