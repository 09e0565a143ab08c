package io.kiln.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kiln.cache.CacheKey;
import io.kiln.cache.HostRecord;
import io.kiln.cache.InstructionSet;
import io.kiln.cache.SerializedExecutable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class TestEntrySeal {
    private static final int HEADER = 148;
    private static final CacheKey KEY = Fixtures.key("a");
    private static final byte[] BODY = Fixtures.bytes(9000, 1);

    private final EntrySeal seal = Fixtures.seal();
    private final byte[] entry = seal.seal(KEY, Fixtures.executable(BODY));

    @Test
    void whatWasSealedIsOpened() throws Exception {
        assertThat(seal.open(KEY, entry).bytes()).isEqualTo(BODY);
        assertThat(Fixtures.seal().open(KEY, entry).bytes()).isEqualTo(BODY);
        assertThat(seal.open(KEY, seal.seal(KEY, Fixtures.executable(new byte[0])))
                        .bytes())
                .isEmpty();
    }

    /** The layout and both derivations, written out by the standards (RFC 2104, RFC 5869) and not by the code under test. */
    @Test
    void theBytesAreTheDocumentedOnes() throws Exception {
        byte[] described = "program: a".getBytes(StandardCharsets.US_ASCII);
        byte[] record = "amd64:avx2,fma,sse2".getBytes(StandardCharsets.US_ASCII);
        MessageDigest sha = MessageDigest.getInstance("SHA-256");
        ByteBuffer expected = ByteBuffer.allocate(HEADER + record.length + described.length + BODY.length);
        expected.put("KILNEXEC".getBytes(StandardCharsets.US_ASCII))
                .putShort((short) 3)
                .putShort((short) 0);
        expected.put(hkdf(Fixtures.SECRET, "entry-key-id/v1/application", 16));
        expected.put(HexFormat.of().parseHex(KEY.hex()));
        expected.put(sha.digest(record));
        expected.put(sha.digest(Fixtures.PLUGIN.getBytes(StandardCharsets.US_ASCII)));
        expected.putLong(Fixtures.COMPILE_NANOS);
        expected.putInt(record.length).putInt(described.length).putLong(BODY.length);
        expected.put(record).put(described).put(BODY);
        byte[] tag = hmac(hkdf(Fixtures.SECRET, "entry-mac/v1/application", 32), expected.array());

        assertThat(Arrays.copyOf(entry, entry.length - 32)).isEqualTo(expected.array());
        assertThat(Arrays.copyOfRange(entry, entry.length - 32, entry.length)).isEqualTo(tag);
    }

    private static byte[] hkdf(byte[] ikm, String info, int length) throws Exception {
        byte[] prk = hmac(new byte[32], ikm);
        byte[] first = hmac(prk, (info + "\u0001").getBytes(StandardCharsets.ISO_8859_1));
        return Arrays.copyOf(first, length);
    }

    private static byte[] hmac(byte[] key, byte[] data) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(data);
    }

    @Test
    void anEntryHasItsKeysDescription_ofAnyLength() throws Exception {
        assertThat(seal.describe(new CacheKey(KEY.hex(), List.of()), entry).describe())
                .containsExactly("program: a");
        CacheKey wordy = new CacheKey(KEY.hex(), List.of("x".repeat(100_000)));
        byte[] without = seal.seal(wordy, Fixtures.executable(BODY));
        assertThat(without).hasSize((int) seal.entryBytes(wordy, BODY.length));
        assertThat(seal.describe(KEY, without).describe()).isEmpty();
        assertThat(seal.open(KEY, without).bytes()).isEqualTo(BODY);
    }

    @Test
    void everyFlippedBitOfTheFirst4096BytesIsRefused() {
        for (int bit = 0; bit < 4096 * 8; bit++) {
            assertRefused(flipped(entry, bit), "bit " + bit);
        }
    }

    @Test
    void flippedBitsOfTheRestAreRefused() {
        Random random = new Random(3);
        for (int i = 0; i < 2000; i++) {
            int bit = 4096 * 8 + random.nextInt((entry.length - 4096) * 8);
            assertRefused(flipped(entry, bit), "bit " + bit);
        }
    }

    @Test
    void everyTruncationAndExtensionIsRefused() {
        for (int length = 0; length < entry.length; length += length < 400 ? 1 : 97) {
            assertRefused(Arrays.copyOf(entry, length), "length " + length);
        }
        assertRefused(Arrays.copyOf(entry, entry.length + 1), "one byte more");
        assertThat(reason(Arrays.copyOf(entry, entry.length - 1))).isEqualTo(RejectReason.TRUNCATED);
    }

    @Test
    void anEntryOfAnotherKeyIsRefused() {
        byte[] other = seal.seal(Fixtures.key("b"), Fixtures.executable(BODY));

        assertThat(reason(other)).isEqualTo(RejectReason.OTHER_KEY);
    }

    @Test
    void aBodyUnderTheHeaderOfAnotherEntryIsRefused() {
        byte[] other = seal.seal(Fixtures.key("b"), Fixtures.executable(Fixtures.bytes(BODY.length, 2)));
        byte[] mixed = entry.clone();
        System.arraycopy(other, HEADER, mixed, HEADER, other.length - HEADER);
        byte[] tagOfOther = entry.clone();
        System.arraycopy(other, other.length - 32, tagOfOther, entry.length - 32, 32);

        assertThat(reason(mixed)).isEqualTo(RejectReason.MAC);
        assertThat(reason(tagOfOther)).isEqualTo(RejectReason.MAC);
    }

    @Test
    void entriesOfAnotherSecretOrScopeAreForeign() {
        EntrySeal otherSecret = Fixtures.seal(Fixtures.bytes(32, 43), "application", Fixtures.TARGET, 1 << 20);
        EntrySeal otherScope = Fixtures.seal(Fixtures.SECRET, "elsewhere", Fixtures.TARGET, 1 << 20);

        assertThat(reason(otherSecret.seal(KEY, Fixtures.executable(BODY)))).isEqualTo(RejectReason.FOREIGN_KEY);
        assertThat(reason(otherScope.seal(KEY, Fixtures.executable(BODY)))).isEqualTo(RejectReason.FOREIGN_KEY);
    }

    @Test
    void entriesOfAnotherPluginAreRefused() {
        EntrySeal other =
                Fixtures.seal(Fixtures.SECRET, "application", Fixtures.target("cd".repeat(32), Fixtures.HOST), 1 << 20);

        assertThat(reason(other.seal(KEY, Fixtures.executable(BODY)))).isEqualTo(RejectReason.PLUGIN);
    }

    @Test
    void anEntryThatNeedsAFeatureThisHostLacksIsRefused_andOneThatNeedsLessIsNot() throws Exception {
        HostRecord more = new HostRecord("amd64", List.of("avx2", "avx512f", "fma", "sse2"));
        HostRecord less = new HostRecord("amd64", List.of("sse2"));

        assertThat(reason(on(more).seal(KEY, Fixtures.executable(BODY)))).isEqualTo(RejectReason.FEATURES);
        assertThat(reason(on(new HostRecord("aarch64", List.of())).seal(KEY, Fixtures.executable(BODY))))
                .isEqualTo(RejectReason.FEATURES);
        assertThat(seal.open(KEY, on(less).seal(KEY, Fixtures.executable(BODY))).bytes())
                .isEqualTo(BODY);
        assertThatThrownBy(() -> seal.open(KEY, on(more).seal(KEY, Fixtures.executable(BODY))))
                .hasMessage("this processor lacks avx512f, which the code needs");
    }

    @Test
    void codeForACommonInstructionSetIsReadByALesserHost() throws Exception {
        HostRecord large = new HostRecord("amd64", List.of("avx2", "avx512f", "fma", "hypervisor", "sse2"));
        EntrySeal limited = Fixtures.seal(
                Fixtures.SECRET,
                "application",
                new Target(Fixtures.PLUGIN, large, InstructionSet.AVX2.needs(large)),
                1 << 20);

        assertThat(seal.open(KEY, limited.seal(KEY, Fixtures.executable(BODY))).bytes())
                .isEqualTo(BODY);
        assertThat(limited.open(KEY, entry).bytes()).isEqualTo(BODY);
    }

    private static EntrySeal on(HostRecord host) {
        return Fixtures.seal(Fixtures.SECRET, "application", Fixtures.target(Fixtures.PLUGIN, host), 1 << 20);
    }

    @Test
    void aClaimedGibibyteIsRefusedWithoutItsAllocation() {
        byte[] bomb = entry.clone();
        ByteBuffer.wrap(bomb).putLong(HEADER - 8, 1L << 30);
        byte[] negative = entry.clone();
        ByteBuffer.wrap(negative).putLong(HEADER - 8, -1);
        byte[] hostBomb = entry.clone();
        ByteBuffer.wrap(hostBomb).putInt(HEADER - 16, Integer.MAX_VALUE);
        byte[] textBomb = entry.clone();
        ByteBuffer.wrap(textBomb).putInt(HEADER - 12, 1 << 30);
        long before = allocated();

        assertThat(reason(bomb)).isEqualTo(RejectReason.TOO_LONG);
        assertThat(reason(negative)).isEqualTo(RejectReason.TOO_LONG);
        assertThat(reason(hostBomb)).isEqualTo(RejectReason.TOO_LONG);
        assertThat(reason(textBomb)).isEqualTo(RejectReason.TOO_LONG);
        assertThat(allocated() - before).isLessThan(1 << 20);
    }

    private static long allocated() {
        var threads = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        return threads.getCurrentThreadAllocatedBytes();
    }

    @Test
    void anEntryAboveTheCapIsRefused_evenWhenItIsIntact() {
        EntrySeal small = Fixtures.seal(Fixtures.SECRET, "application", Fixtures.TARGET, entry.length - 1);

        RejectedEntry refused = catchThrowableOfType(RejectedEntry.class, () -> small.open(KEY, entry));

        assertThat(refused.reason()).isEqualTo(RejectReason.TOO_LONG);
        assertThat(small.fits(KEY, BODY.length)).isFalse();
        assertThat(small.fits(KEY, BODY.length - 1)).isTrue();
    }

    @Test
    void neitherTextNorMessagesHoldTheSecret() {
        String hex = HexFormat.of().formatHex(Fixtures.SECRET);

        assertThat(seal.toString()).contains("key id").doesNotContain(hex);
        assertThatThrownBy(() -> Fixtures.seal(Fixtures.bytes(31, 1), "s", Fixtures.TARGET, 1))
                .hasMessage("signing cache entries: a key of 32 bytes is required, got 31 bytes");
    }

    @Test
    void anEntryCarriesTheTimeOfItsCompile_whichIsSignedToo() throws Exception {
        byte[] negative = seal.seal(KEY, new SerializedExecutable(BODY, -1));
        byte[] forged = entry.clone();
        ByteBuffer.wrap(forged).putLong(HEADER - 24, 1);

        assertThat(seal.open(KEY, entry).compileNanos()).isEqualTo(Fixtures.COMPILE_NANOS);
        assertThat(EntrySeal.claimedCompileNanos(ByteBuffer.wrap(entry))).isEqualTo(Fixtures.COMPILE_NANOS);
        assertThat(EntrySeal.claimedCompileNanos(ByteBuffer.wrap(entry, 0, HEADER - 1)))
                .isZero();
        assertThat(EntrySeal.claimedCompileNanos(ByteBuffer.wrap(BODY))).isZero();
        assertThat(seal.open(KEY, negative).compileNanos()).isZero();
        assertThat(reason(forged)).isEqualTo(RejectReason.MAC);
    }

    /** By one who has the key: a writer of the format before, whose header is eight bytes shorter. */
    @Test
    void anEntryOfTheFormatBeforeIsRefusedByItsVersion() {
        byte[] older = entry.clone();
        ByteBuffer.wrap(older).putShort(8, (short) 2);

        assertThat(reason(older)).isEqualTo(RejectReason.VERSION);
    }

    private void assertRefused(byte[] damaged, String how) {
        assertThatThrownBy(() -> seal.open(KEY, damaged)).as(how).isInstanceOf(RejectedEntry.class);
    }

    private RejectReason reason(byte[] damaged) {
        return catchThrowableOfType(RejectedEntry.class, () -> seal.open(KEY, damaged))
                .reason();
    }

    private static byte[] flipped(byte[] entry, int bit) {
        byte[] damaged = entry.clone();
        damaged[bit / 8] ^= (byte) (1 << (bit % 8));
        return damaged;
    }
}
