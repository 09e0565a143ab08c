package io.kiln.cluster;

import io.kiln.cache.CacheKey;
import io.kiln.cache.HostRecord;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.KDF;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Puts executables into signed entries and takes them out again, under one key. An entry is
 *
 * <pre>
 * magic 8 | version 2 | flags 2 | key id 16 | cache key 32 | host record SHA-256 32 | plugin SHA-256 32
 *         | host record length 4 | body length 8 | host record | body | HMAC-SHA256 of all before 32
 * </pre>
 *
 * in big-endian order. Nothing of an entry is handed out, and nothing of its claimed size is allocated, before all of it was checked: a
 * damaged executable kills the process that loads it.
 */
final class EntrySeal {
    /** The entry format; part of map and folder names, so that versions do not see each other. */
    static final int VERSION = 1;

    private static final long MAGIC = 0x4b494c4e45584543L; // KILNEXEC
    private static final int KEY_ID_BYTES = 16;
    private static final int HASH_BYTES = 32;
    private static final int HEADER_BYTES = 8 + 2 + 2 + KEY_ID_BYTES + 3 * HASH_BYTES + 4 + 8;
    private static final int MAX_HOST_BYTES = 64 << 10;

    private final SecretKey macKey;
    private final byte[] keyId;
    private final byte[] pluginHash;
    private final Target target;
    private final byte[] record;
    private final int maxBytes;

    /**
     * A seal.
     *
     * @param secret the key that writers and readers share, 32 bytes
     * @param scope the domain that entries are good for
     * @param target what executables are compiled with here, and what may be loaded
     * @param maxBytes the most bytes of an entry
     */
    EntrySeal(byte[] secret, String scope, Target target, int maxBytes) {
        if (secret.length != HASH_BYTES) {
            throw new IllegalArgumentException("signing cache entries: a key of " + HASH_BYTES
                    + " bytes is required, got " + secret.length + " bytes");
        }
        this.macKey = new SecretKeySpec(derive(secret, "entry-mac/v1/" + scope, HASH_BYTES), "HmacSHA256");
        this.keyId = derive(secret, "entry-key-id/v1/" + scope, KEY_ID_BYTES);
        this.target = target;
        this.pluginHash = sha256(target.pluginSha256().getBytes(StandardCharsets.UTF_8));
        this.record = target.code().text().getBytes(StandardCharsets.UTF_8);
        this.maxBytes = maxBytes;
    }

    /** The entry's length for an executable of this length. */
    long entryBytes(long executableBytes) {
        return HEADER_BYTES + record.length + executableBytes + HASH_BYTES;
    }

    /** Whether an executable of this length fits an entry. */
    boolean fits(long executableBytes) {
        return entryBytes(executableBytes) <= maxBytes;
    }

    /** The most bytes that an entry may have. */
    int maxBytes() {
        return maxBytes;
    }

    /** The signed entry of an executable that was compiled on this host. */
    byte[] seal(CacheKey key, byte[] executable) {
        byte[] entry = new byte[Math.toIntExact(entryBytes(executable.length))];
        ByteBuffer out = ByteBuffer.wrap(entry);
        out.putLong(MAGIC).putShort((short) VERSION).putShort((short) 0);
        out.put(keyId).put(key.bytes()).put(sha256(record)).put(pluginHash);
        out.putInt(record.length).putLong(executable.length).put(record).put(executable);
        out.put(mac(entry, out.position()));
        return entry;
    }

    /**
     * The executable in an entry of this key.
     *
     * @throws RejectedEntry when anything about the entry is not as it must be
     */
    byte[] open(CacheKey key, byte[] entry) throws RejectedEntry {
        require(entry.length <= maxBytes, RejectReason.TOO_LONG);
        require(entry.length >= HEADER_BYTES + HASH_BYTES, RejectReason.TRUNCATED);
        ByteBuffer in = ByteBuffer.wrap(entry);
        require(in.getLong() == MAGIC, RejectReason.NOT_AN_ENTRY);
        require(in.getShort() == VERSION && in.getShort() == 0, RejectReason.VERSION);
        require(MessageDigest.isEqual(keyId, take(in, KEY_ID_BYTES)), RejectReason.FOREIGN_KEY);
        byte[] cacheKey = take(in, HASH_BYTES);
        byte[] hostHash = take(in, HASH_BYTES);
        byte[] plugin = take(in, HASH_BYTES);
        int hostBytes = in.getInt();
        long bodyBytes = in.getLong();
        require(
                hostBytes >= 0 && hostBytes <= MAX_HOST_BYTES && bodyBytes >= 0 && bodyBytes <= maxBytes,
                RejectReason.TOO_LONG);
        require(HEADER_BYTES + hostBytes + bodyBytes + HASH_BYTES == entry.length, RejectReason.TRUNCATED);
        int signed = entry.length - HASH_BYTES;
        byte[] tag = take(ByteBuffer.wrap(entry, signed, HASH_BYTES), HASH_BYTES);
        require(MessageDigest.isEqual(mac(entry, signed), tag), RejectReason.MAC);
        require(MessageDigest.isEqual(key.bytes(), cacheKey), RejectReason.OTHER_KEY);
        require(MessageDigest.isEqual(pluginHash, plugin), RejectReason.PLUGIN);
        byte[] needed = take(in, hostBytes);
        require(MessageDigest.isEqual(sha256(needed), hostHash), RejectReason.FEATURES);
        List<String> lacks = target.host().lacks(HostRecord.parse(new String(needed, StandardCharsets.UTF_8)));
        if (!lacks.isEmpty()) {
            throw new RejectedEntry(
                    RejectReason.FEATURES,
                    "this processor lacks " + String.join(", ", lacks) + ", which the code needs");
        }
        return take(in, (int) bodyBytes);
    }

    /** The key's id, which is no secret, and never the key. */
    @Override
    public String toString() {
        return "EntrySeal[key id " + HexFormat.of().formatHex(keyId, 0, 4) + ", plugin " + target.pluginSha256() + "]";
    }

    private static void require(boolean holds, RejectReason otherwise) throws RejectedEntry {
        if (!holds) {
            throw new RejectedEntry(otherwise);
        }
    }

    private static byte[] take(ByteBuffer in, int bytes) {
        byte[] taken = new byte[bytes];
        in.get(taken);
        return taken;
    }

    private byte[] mac(byte[] bytes, int length) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(macKey);
            mac.update(bytes, 0, length);
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("signing a cache entry: HmacSHA256 is required, which every JDK has", e);
        }
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

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("hashing a host record: SHA-256 is required, which every JDK has", e);
        }
    }
}
