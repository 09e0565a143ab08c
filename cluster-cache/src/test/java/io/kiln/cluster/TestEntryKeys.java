package io.kiln.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kiln.cache.CacheKey;
import io.kiln.cache.HostRecord;
import java.nio.charset.StandardCharsets;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Entries under rotated keys, under publishers' keys, and with encrypted bodies. */
@Timeout(60)
final class TestEntryKeys {
    private static final CacheKey KEY = Fixtures.key("a");
    private static final byte[] BODY = Fixtures.bytes(5000, 1);
    private static final MacKey OLD = new MacKey(Fixtures.bytes(32, 1), "application");
    private static final MacKey NEW = new MacKey(Fixtures.bytes(32, 2), "application");

    private static EntrySeal seal(KeyRing ring) {
        return Fixtures.seal(ring, false, Fixtures.TARGET, 1 << 20);
    }

    @Test
    void aRotatedRingReadsTheKeyBefore_andSignsWithTheNewOne() throws Exception {
        byte[] byOld = seal(KeyRing.of(OLD)).seal(KEY, Fixtures.executable(BODY));
        EntrySeal rotated = seal(new KeyRing(NEW, List.of(NEW, OLD)));

        assertThat(rotated.open(KEY, byOld).bytes()).isEqualTo(BODY);
        assertThat(seal(KeyRing.of(NEW))
                        .open(KEY, rotated.seal(KEY, Fixtures.executable(BODY)))
                        .bytes())
                .isEqualTo(BODY);
    }

    @Test
    void anEntryOfTheKeyBeforeIsSignedAnew_withAllElseAsItWas() throws Exception {
        HostRecord lesser = new HostRecord("amd64", List.of("sse2"));
        EntrySeal rotated = seal(new KeyRing(NEW, List.of(NEW, OLD)));
        for (boolean encrypted : new boolean[] {false, true}) {
            EntrySeal before =
                    Fixtures.seal(KeyRing.of(OLD), encrypted, Fixtures.target(Fixtures.PLUGIN, lesser), 1 << 20);
            byte[] byOld = before.seal(KEY, Fixtures.executable(BODY));
            byte[] renewed = rotated.renewed(byOld);

            EntrySeal after = seal(KeyRing.of(NEW));
            assertThat(renewed).hasSameSizeAs(byOld);
            assertThat(after.open(KEY, renewed).bytes()).isEqualTo(BODY);
            assertThat(after.open(KEY, renewed).compileNanos()).isEqualTo(Fixtures.COMPILE_NANOS);
            assertThat(reason(seal(KeyRing.of(OLD)), renewed)).isEqualTo(RejectReason.FOREIGN_KEY);
            assertThat(rotated.renewed(renewed)).isNull();
            // Also the record of the host that compiled it, so that lesser hosts than this one still load it.
            EntrySeal onLesser =
                    Fixtures.seal(KeyRing.of(NEW), false, Fixtures.target(Fixtures.PLUGIN, lesser), 1 << 20);
            assertThat(onLesser.open(KEY, renewed).bytes()).isEqualTo(BODY);
            assertThat(after.describe(KEY, renewed).describe()).containsExactly("program: a");
        }
    }

    @Test
    void whatNothingSignsAnewStaysAsItIs() throws Exception {
        byte[] byOld = seal(KeyRing.of(OLD)).seal(KEY, Fixtures.executable(BODY));
        PublisherKey mine = publisher();
        PublisherKey other = publisher();
        byte[] published = seal(KeyRing.of(other)).seal(KEY, Fixtures.executable(BODY));

        assertThat(seal(new KeyRing(null, List.of(NEW, OLD))).renewed(byOld)).isNull();
        assertThat(seal(new KeyRing(mine, List.of(mine, other))).renewed(published))
                .isNull();
        assertThat(seal(KeyRing.of(NEW)).renewed(byOld)).isNull();
    }

    @Test
    void anUnknownKeyIdIsRefused_alsoThatOfARetiredKey() {
        byte[] byOld = seal(KeyRing.of(OLD)).seal(KEY, Fixtures.executable(BODY));
        MacKey next = new MacKey(Fixtures.bytes(32, 3), "application");

        assertThat(reason(seal(new KeyRing(next, List.of(next, NEW))), byOld)).isEqualTo(RejectReason.FOREIGN_KEY);
        assertThat(reason(seal(KeyRing.of(OLD)), seal(KeyRing.of(NEW)).seal(KEY, Fixtures.executable(BODY))))
                .isEqualTo(RejectReason.FOREIGN_KEY);
    }

    @Test
    void theIdOfAKeyInTheRingDoesNotPassAnothersSignature() {
        byte[] byOld = seal(KeyRing.of(OLD)).seal(KEY, Fixtures.executable(BODY));
        System.arraycopy(NEW.id(), 0, byOld, 12, 16);

        assertThat(reason(seal(new KeyRing(NEW, List.of(NEW, OLD))), byOld)).isEqualTo(RejectReason.MAC);
    }

    @Test
    void aRingThatOnlyReadsSealsNothing() throws Exception {
        EntrySeal reads = seal(new KeyRing(null, List.of(OLD)));

        assertThat(reads.fits(KEY, 1)).isFalse();
        assertThat(reads.open(KEY, seal(KeyRing.of(OLD)).seal(KEY, Fixtures.executable(BODY)))
                        .bytes())
                .isEqualTo(BODY);
    }

    @Test
    void encryptedBodiesAreRead_andShowNothing() throws Exception {
        EntrySeal encrypts = Fixtures.seal(KeyRing.of(OLD), true, Fixtures.TARGET, 1 << 20);
        byte[] text = "HloModule secret ".repeat(200).getBytes(StandardCharsets.US_ASCII);
        byte[] entry = encrypts.seal(KEY, Fixtures.executable(text));

        assertThat(encrypts.open(KEY, entry).bytes()).isEqualTo(text);
        assertThat(seal(KeyRing.of(OLD)).open(KEY, entry).bytes()).isEqualTo(text);
        assertThat(encrypts.open(KEY, seal(KeyRing.of(OLD)).seal(KEY, Fixtures.executable(text)))
                        .bytes())
                .isEqualTo(text);
        assertThat(encrypts.open(KEY, encrypts.seal(KEY, Fixtures.executable(new byte[0])))
                        .bytes())
                .isEmpty();
        assertThat(new String(entry, StandardCharsets.ISO_8859_1)).doesNotContain("HloModule");
        assertThat(encrypts.seal(KEY, Fixtures.executable(text))).isNotEqualTo(entry);
        assertThat(entry).hasSize((int) encrypts.entryBytes(KEY, text.length));
        assertThat(Fixtures.seal(KeyRing.of(OLD), true, Fixtures.TARGET, entry.length - 1)
                        .fits(KEY, text.length))
                .isFalse();
    }

    /** By somebody who has the key and makes the signature fit: the cipher's own tag is then what refuses. */
    @Test
    void aBodyThatWasEncryptedUnderAnotherHeaderIsRefused() {
        EntrySeal encrypts = Fixtures.seal(KeyRing.of(OLD), true, Fixtures.TARGET, 1 << 20);
        byte[] entry = encrypts.seal(KEY, Fixtures.executable(BODY));
        byte[] other = encrypts.seal(Fixtures.key("b"), Fixtures.executable(BODY));
        int body = entry.length - 32 - BODY.length - BodyCipher.MORE_BYTES;
        System.arraycopy(other, body, entry, body, BODY.length + BodyCipher.MORE_BYTES);
        byte[] tag = OLD.sign(entry, entry.length - 32);
        System.arraycopy(tag, 0, entry, entry.length - 32, 32);

        assertThat(reason(encrypts, entry)).isEqualTo(RejectReason.MAC);
    }

    @Test
    void damagedEncryptedAndPublishedEntriesAreRefused() throws Exception {
        PublisherKey publisher = publisher();
        for (EntrySeal seal :
                List.of(Fixtures.seal(KeyRing.of(OLD), true, Fixtures.TARGET, 1 << 20), seal(KeyRing.of(publisher)))) {
            byte[] entry = seal.seal(KEY, Fixtures.executable(BODY));
            Random random = new Random(5);
            for (int i = 0; i < 600; i++) {
                int bit = i < 200 ? i * 7 : random.nextInt(entry.length * 8);
                byte[] damaged = entry.clone();
                damaged[bit / 8] ^= (byte) (1 << (bit % 8));
                assertThat(reason(seal, damaged)).as("bit %d", bit).isNotNull();
            }
            for (int length = 0; length < entry.length; length += 97) {
                assertThat(reason(seal, Arrays.copyOf(entry, length)))
                        .as("length %d", length)
                        .isNotNull();
            }
        }
    }

    @Test
    void aReaderTrustsThePublishersOfItsListAndNoOther() throws Exception {
        PublisherKey publisher = publisher();
        byte[] entry = seal(KeyRing.of(publisher)).seal(KEY, Fixtures.executable(BODY));

        assertThat(seal(new KeyRing(null, List.of(publisher(), publisher)))
                        .open(KEY, entry)
                        .bytes())
                .isEqualTo(BODY);
        assertThat(reason(seal(new KeyRing(null, List.of(publisher()))), entry)).isEqualTo(RejectReason.FOREIGN_KEY);
        assertThat(reason(seal(KeyRing.of(OLD)), entry)).isEqualTo(RejectReason.FOREIGN_KEY);
        assertThat(reason(
                        seal(new KeyRing(null, List.of(publisher))),
                        seal(KeyRing.of(OLD)).seal(KEY, Fixtures.executable(BODY))))
                .isEqualTo(RejectReason.FOREIGN_KEY);
    }

    @Test
    void aPublishersSignatureIsTheDocumentedOne() throws Exception {
        var pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        byte[] entry = seal(KeyRing.of(PublisherKey.pair(Fixtures.pem(pair)))).seal(KEY, Fixtures.executable(BODY));
        MessageDigest sha = MessageDigest.getInstance("SHA-256");
        sha.update(entry, 0, entry.length - 64);

        Signature signature = Signature.getInstance("Ed25519");
        signature.initVerify(pair.getPublic());
        signature.update("kiln cache entry v1\n".getBytes(StandardCharsets.US_ASCII));
        signature.update(sha.digest());

        assertThat(signature.verify(entry, entry.length - 64, 64)).isTrue();
        byte[] id = MessageDigest.getInstance("SHA-256").digest(pair.getPublic().getEncoded());
        assertThat(Arrays.copyOfRange(entry, 12, 28)).isEqualTo(Arrays.copyOf(id, 16));
    }

    @Test
    void whatIsNoKeyPairIsRefused_andNeverShown() throws Exception {
        var pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        var other = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        String mixed = Fixtures.pem("PRIVATE KEY", pair.getPrivate().getEncoded())
                + Fixtures.pem("PUBLIC KEY", other.getPublic().getEncoded());
        String secret = Base64.getEncoder().encodeToString(pair.getPrivate().getEncoded());

        for (String text :
                List.of("", mixed, Fixtures.pem("PRIVATE KEY", pair.getPrivate().getEncoded()))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> PublisherKey.pair(text))
                    .withMessageContaining("fix: openssl genpkey -algorithm ed25519")
                    .satisfies(e -> assertThat(e.toString()).doesNotContain(secret));
        }
        assertThat(PublisherKey.pair(Fixtures.pem(pair)).toString())
                .startsWith("publisher ")
                .doesNotContain(secret);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CacheTrust.Published("/f", false, List.of("bm8="), null))
                .withMessageContaining("an Ed25519 public key in Base64 is required, got bm8=");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CacheTrust.Published("/f", false, List.of(), null))
                .withMessageContaining("at least one trusted publisher");
    }

    private static PublisherKey publisher() throws Exception {
        return PublisherKey.pair(
                Fixtures.pem(KeyPairGenerator.getInstance("Ed25519").generateKeyPair()));
    }

    private static RejectReason reason(EntrySeal seal, byte[] entry) {
        return catchThrowableOfType(RejectedEntry.class, () -> seal.open(KEY, entry))
                .reason();
    }
}
