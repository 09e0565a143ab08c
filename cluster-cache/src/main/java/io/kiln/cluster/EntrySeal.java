package io.kiln.cluster;

import io.kiln.cache.CacheKey;
import io.kiln.cache.HostRecord;
import io.kiln.cache.SerializedExecutable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Puts executables into signed entries and takes them out again. An entry is
 *
 * <pre>
 * magic 8 | version 2 | flags 2 | key id 16 | cache key 32 | host record SHA-256 32 | plugin SHA-256 32
 *         | compile time in nanoseconds 8 | host record length 4 | description length 4 | body length 8
 *         | host record | description of the cache key | body | signature of all before
 * </pre>
 *
 * in big-endian order; the signature is an HMAC-SHA256 of 32 bytes, or a publisher's Ed25519 of 64, by the flags. Nothing of an entry is
 * handed out, and nothing of its claimed size is allocated, before all of it was checked: a damaged executable kills the process that loads
 * it.
 */
final class EntrySeal {
    /** The entry format; part of map and folder names, so that versions do not see each other. */
    static final int VERSION = 3;

    private static final long MAGIC = 0x4b494c4e45584543L; // KILNEXEC
    private static final int HASH_BYTES = 32;
    private static final int FLAGS_AT = 8 + 2;
    private static final int KEY_ID_AT = FLAGS_AT + 2;
    private static final int COMPILE_TIME_AT = KEY_ID_AT + EntryKey.ID_BYTES + 3 * HASH_BYTES;
    static final int HEADER_BYTES = COMPILE_TIME_AT + 8 + 4 + 4 + 8;
    private static final int MAX_TEXT_BYTES = 64 << 10;

    /** Flag: the body is encrypted, by {@link BodyCipher}. */
    private static final int ENCRYPTED = 1;

    /** Flag: the signature is a publisher's. */
    private static final int PUBLISHED = 2;

    private final KeySource keys;
    private final boolean encrypts;
    private final byte[] pluginHash;
    private final Target target;
    private final byte[] record;
    private final int maxBytes;

    /**
     * A seal.
     *
     * @param keys the keys now; asked again for each entry
     * @param encrypts whether bodies are encrypted; they are read either way
     * @param target what executables are compiled with here, and what may be loaded
     * @param maxBytes the most bytes of an entry
     */
    EntrySeal(KeySource keys, boolean encrypts, Target target, int maxBytes) {
        this.keys = keys;
        this.encrypts = encrypts;
        this.target = target;
        this.pluginHash = Sha256.of(target.pluginSha256().getBytes(StandardCharsets.UTF_8));
        this.record = target.code().text().getBytes(StandardCharsets.UTF_8);
        this.maxBytes = maxBytes;
    }

    /** The bytes of the entry of an executable of this length. */
    long entryBytes(CacheKey key, long executableBytes) {
        EntryKey signs = keys.now().signs();
        return HEADER_BYTES
                + record.length
                + description(key).length
                + executableBytes
                + (encrypts ? BodyCipher.MORE_BYTES : 0)
                + (signs == null ? 0 : signs.tagBytes());
    }

    /** Whether there is a key that signs, so that entries are written. */
    boolean signs() {
        return keys.now().signs() != null;
    }

    /** Whether an executable of this length is put into an entry: it is short enough, and there is a key that signs. */
    boolean fits(CacheKey key, long executableBytes) {
        return signs() && entryBytes(key, executableBytes) <= maxBytes;
    }

    /** The most bytes that an entry may have. */
    int maxBytes() {
        return maxBytes;
    }

    /** The signed entry of an executable that was compiled on this host. */
    byte[] seal(CacheKey key, SerializedExecutable executable) {
        EntryKey signs = Objects.requireNonNull(keys.now().signs(), "a key that signs is required");
        byte[] description = description(key);
        var bodyKey = encrypts ? signs.bodyKey() : null;
        int flags = (bodyKey != null ? ENCRYPTED : 0) | kind(signs);
        int bodyBytes = Math.toIntExact(executable.length() + (bodyKey != null ? (long) BodyCipher.MORE_BYTES : 0));
        int bodyStart = HEADER_BYTES + record.length + description.length;
        byte[] entry = new byte[Math.toIntExact((long) bodyStart + bodyBytes + signs.tagBytes())];
        ByteBuffer out = ByteBuffer.wrap(entry);
        out.putLong(MAGIC).putShort((short) VERSION).putShort((short) flags);
        out.put(signs.id()).put(key.bytes()).put(Sha256.of(record)).put(pluginHash);
        out.putLong(executable.compileNanos());
        out.putInt(record.length)
                .putInt(description.length)
                .putLong(bodyBytes)
                .put(record)
                .put(description);
        out.put(
                bodyKey == null
                        ? executable.bytes()
                        : BodyCipher.encrypt(bodyKey, entry, bodyStart, executable.bytes()));
        out.put(signs.sign(entry, out.position()));
        return entry;
    }

    /**
     * The executable in an entry of this key.
     *
     * @throws RejectedEntry when anything about the entry is not as it must be
     */
    SerializedExecutable open(CacheKey key, byte[] entry) throws RejectedEntry {
        return read(key, entry, true).executable();
    }

    /**
     * The key of an entry with its description; the entry may be of another plugin, or for another processor.
     *
     * @throws RejectedEntry when anything else about the entry is not as it must be
     */
    CacheKey describe(CacheKey key, byte[] entry) throws RejectedEntry {
        return new CacheKey(
                key.hex(), read(key, entry, false).description().lines().toList());
    }

    /** The compile time in nanoseconds that what looks like an entry claims, unchecked and so only to be shown; 0 for what is none. */
    static long claimedCompileNanos(ByteBuffer start) {
        boolean entry =
                start.remaining() >= HEADER_BYTES && start.getLong(0) == MAGIC && start.getShort(Long.BYTES) == VERSION;
        return entry ? Math.max(0, start.getLong(COMPILE_TIME_AT)) : 0;
    }

    /**
     * An intact entry under the key that signs now, with all else as it was; null when it needs none: it is signed by that key already, or by a
     * publisher, or nothing is signed here.
     */
    byte @Nullable [] renewed(byte[] entry) throws RejectedEntry {
        KeyRing ring = keys.now();
        EntryKey before = ring.find(Arrays.copyOfRange(entry, KEY_ID_AT, KEY_ID_AT + EntryKey.ID_BYTES));
        return before instanceof MacKey old && ring.signs() instanceof MacKey signs && old != signs
                ? signed(entry, old, signs)
                : null;
    }

    private static byte[] signed(byte[] entry, MacKey old, MacKey signs) throws RejectedEntry {
        byte[] next = entry.clone();
        ByteBuffer header = ByteBuffer.wrap(next);
        header.put(KEY_ID_AT, signs.id());
        if ((header.getShort(FLAGS_AT) & ENCRYPTED) != 0) {
            int body = HEADER_BYTES + header.getInt(COMPILE_TIME_AT + 8) + header.getInt(COMPILE_TIME_AT + 12);
            int bytes = entry.length - body - old.tagBytes();
            byte[] clear = BodyCipher.decrypt(old.bodyKey(), entry, body, bytes);
            header.put(body, BodyCipher.encrypt(signs.bodyKey(), next, body, clear));
        }
        int signed = entry.length - signs.tagBytes();
        header.put(signed, signs.sign(next, signed));
        return next;
    }

    /** The key of an id; asked for again when it is not known, since it may be newer than this process's keys. */
    private @Nullable EntryKey signer(byte[] id) {
        EntryKey known = keys.now().find(id);
        return known != null ? known : keys.again().find(id);
    }

    private record Content(String description, SerializedExecutable executable) {}

    private Content read(CacheKey key, byte[] entry, boolean toLoad) throws RejectedEntry {
        require(entry.length <= maxBytes, RejectReason.TOO_LONG);
        require(entry.length >= HEADER_BYTES, RejectReason.TRUNCATED);
        ByteBuffer in = ByteBuffer.wrap(entry);
        require(in.getLong() == MAGIC, RejectReason.NOT_AN_ENTRY);
        int version = in.getShort();
        int flags = in.getShort();
        require(version == VERSION && (flags & ~(ENCRYPTED | PUBLISHED)) == 0, RejectReason.VERSION);
        EntryKey signer = signer(take(in, EntryKey.ID_BYTES));
        if (signer == null || kind(signer) != (flags & PUBLISHED)) {
            throw new RejectedEntry(RejectReason.FOREIGN_KEY);
        }
        byte[] cacheKey = take(in, HASH_BYTES);
        byte[] hostHash = take(in, HASH_BYTES);
        byte[] plugin = take(in, HASH_BYTES);
        long compileNanos = in.getLong();
        int hostBytes = in.getInt();
        int descriptionBytes = in.getInt();
        long bodyBytes = in.getLong();
        require(
                hostBytes >= 0
                        && hostBytes <= MAX_TEXT_BYTES
                        && descriptionBytes >= 0
                        && descriptionBytes <= MAX_TEXT_BYTES
                        && bodyBytes >= 0
                        && bodyBytes <= maxBytes,
                RejectReason.TOO_LONG);
        require(
                HEADER_BYTES + hostBytes + descriptionBytes + bodyBytes + signer.tagBytes() == entry.length,
                RejectReason.TRUNCATED);
        int signed = entry.length - signer.tagBytes();
        byte[] tag = take(ByteBuffer.wrap(entry, signed, signer.tagBytes()), signer.tagBytes());
        require(signer.verifies(entry, signed, tag), RejectReason.MAC);
        require(MessageDigest.isEqual(key.bytes(), cacheKey), RejectReason.OTHER_KEY);
        require(!toLoad || MessageDigest.isEqual(pluginHash, plugin), RejectReason.PLUGIN);
        byte[] needed = take(in, hostBytes);
        require(MessageDigest.isEqual(Sha256.of(needed), hostHash), RejectReason.FEATURES);
        List<String> lacks = lacks(new String(needed, StandardCharsets.UTF_8));
        if (toLoad && !lacks.isEmpty()) {
            throw new RejectedEntry(
                    RejectReason.FEATURES,
                    "this processor lacks " + String.join(", ", lacks) + ", which the code needs");
        }
        String description = new String(take(in, descriptionBytes), StandardCharsets.UTF_8);
        if ((flags & ENCRYPTED) == 0) {
            return new Content(description, new SerializedExecutable(take(in, (int) bodyBytes), compileNanos));
        }
        var bodyKey = signer.bodyKey();
        if (bodyKey == null) {
            throw new RejectedEntry(RejectReason.VERSION);
        }
        byte[] body = BodyCipher.decrypt(bodyKey, entry, in.position(), (int) bodyBytes);
        return new Content(description, new SerializedExecutable(body, compileNanos));
    }

    /** The lines of a key's description; none when they are too long, since nothing depends on them. */
    private static byte[] description(CacheKey key) {
        byte[] lines = String.join("\n", key.describe()).getBytes(StandardCharsets.UTF_8);
        return lines.length <= MAX_TEXT_BYTES ? lines : new byte[0];
    }

    private List<String> lacks(String needed) throws RejectedEntry {
        try {
            return target.host().lacks(HostRecord.parse(needed));
        } catch (IllegalArgumentException e) {
            // Signed, and yet no record: a writer's mistake, which is no fault of this process.
            throw new RejectedEntry(RejectReason.FEATURES);
        }
    }

    private static int kind(EntryKey key) {
        return switch (key) {
            case MacKey _ -> 0;
            case PublisherKey _ -> PUBLISHED;
        };
    }

    /** The keys' ids, which are no secret, and never a key. */
    @Override
    public String toString() {
        return "EntrySeal" + keys.now().reads() + ", plugin " + target.pluginSha256();
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
}
