package io.kiln.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kiln.cache.CacheKey;
import io.kiln.cache.ExecutableCache;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The application's own key is replaced while its executors share through a member. */
@Timeout(60)
final class TestKeyRotation {
    private static final Duration DAY = Duration.ofDays(1);

    private static CacheMember member;

    private final AtomicLong clock = new AtomicLong();
    private final ApplicationKeys keys = new ApplicationKeys(DAY, clock::get);

    @BeforeAll
    static void startMember() {
        member = CacheMember.start("127.0.0.1");
    }

    @AfterAll
    static void stopMember() {
        member.close();
    }

    private static TieredExecutableCache executor(SharedKeys keys) {
        return TieredExecutableCache.open(Fixtures.shared(member), Fixtures.TARGET, keys);
    }

    private static String tier(ExecutableCache cache, CacheKey key) {
        return cache.get(key, key::bytes).tier();
    }

    @Test
    void aKeyIsReplacedAtItsAgeOrOnRequest_andTheOneBeforeIsGivenOutBesideIt() {
        byte[] first = keys.ask();
        clock.addAndGet(DAY.toNanos() - 1);
        assertThat(keys.ask()).isEqualTo(first).hasSize(32);

        clock.addAndGet(1);
        byte[] second = keys.ask();
        assertThat(second).hasSize(64).endsWith(first);
        assertThat(Arrays.copyOf(second, 32)).isNotEqualTo(first);

        keys.rotate();
        byte[] third = keys.ask();
        assertThat(third).hasSize(64).endsWith(Arrays.copyOf(second, 32));
        clock.addAndGet(DAY.toNanos() - 1);
        assertThat(keys.ask()).as("the age counts from the request").isEqualTo(third);

        keys.close();
        keys.rotate();
        assertThat(keys.ask()).isEmpty();
    }

    @Test
    void aLifetimeLongerThanAnyClockNeverEnds() {
        ApplicationKeys forever = new ApplicationKeys(Duration.ofDays(Integer.MAX_VALUE), clock::get);
        byte[] first = forever.ask();
        clock.addAndGet(Long.MAX_VALUE);

        assertThat(forever.ask()).isEqualTo(first);
    }

    @Test
    void entriesOfTheKeyBeforeAreHits_andAreSignedAnew_soThatTheNextRotationLosesOnlyWhatNobodyUsed() {
        CacheKey used = Fixtures.key("used between rotations");
        CacheKey unused = Fixtures.key("not used between rotations");
        try (ExecutableCache early = executor(keys)) {
            assertThat(tier(early, used)).isEqualTo("compile");
            assertThat(tier(early, unused)).isEqualTo("compile");
        }
        keys.rotate();
        try (ExecutableCache later = executor(keys)) {
            assertThat(tier(later, used)).as("under the key before").isEqualTo("hazelcast");
        }
        keys.rotate();
        try (ExecutableCache last = executor(keys)) {
            assertThat(tier(last, used)).as("signed anew by the reader").isEqualTo("hazelcast");
            assertThat(last.stats().totalRejects()).isZero();
            assertThat(tier(last, unused)).as("of a key that is gone").isEqualTo("compile");
            assertThat(last.stats().rejects("foreign-key")).isEqualTo(1);
        }
    }

    @Test
    void anExecutorThatKnowsTheKeyBeforeOnlyReadsWhatALaterOneSigns_andTheOtherWayRound() {
        CacheKey byLater = Fixtures.key("signed by a later executor");
        CacheKey byEarlier = Fixtures.key("signed by an earlier executor");
        AtomicInteger asked = new AtomicInteger();
        SharedKeys counted = () -> {
            asked.incrementAndGet();
            return keys.ask();
        };
        try (ExecutableCache earlier = executor(counted)) {
            keys.rotate();
            try (ExecutableCache later = executor(keys)) {
                assertThat(tier(later, byLater)).isEqualTo("compile");
                assertThat(asked).hasValue(1);
                assertThat(tier(earlier, byLater)).isEqualTo("hazelcast");
                assertThat(asked).as("an unknown key is asked for").hasValue(2);
                assertThat(tier(earlier, byEarlier)).isEqualTo("compile");
                assertThat(tier(later, byEarlier)).isEqualTo("hazelcast");
                assertThat(asked).hasValue(2);
                assertThat(later.stats().totalRejects()).isZero();
            }
            assertThat(earlier.stats().totalRejects()).isZero();
        }
    }

    @Test
    void aReaderThatChangesNothingSignsNothingAnew() {
        CacheKey key = Fixtures.key("read only");
        CacheConf reads =
                Fixtures.shared(member).withTrust(new CacheTrust(true, false, CacheTrust.DEFAULT_KEY_LIFETIME, null));
        try (ExecutableCache writer = executor(keys)) {
            tier(writer, key);
        }
        keys.rotate();
        try (ExecutableCache reader = TieredExecutableCache.open(reads, Fixtures.TARGET, keys)) {
            assertThat(tier(reader, key)).isEqualTo("hazelcast");
        }
        keys.rotate();
        try (ExecutableCache writer = executor(keys)) {
            assertThat(tier(writer, key)).isEqualTo("compile");
        }
    }

    @Test
    void knownKeysAreAskedForAgainAfterAMinute_andKeptWhenNobodyAnswers() throws Exception {
        CacheConf conf = Fixtures.shared(member)
                .withBudgets(Duration.ofMillis(50), Duration.ofSeconds(1), Duration.ofSeconds(20));
        CountDownLatch never = new CountDownLatch(1);
        AtomicInteger mode = new AtomicInteger();
        SharedKeys driver = () -> {
            switch (mode.get()) {
                case 0 -> {}
                case 1 -> throw new IllegalStateException("the driver is gone");
                default -> await(never);
            }
            return keys.ask();
        };
        AtomicLong nanos = new AtomicLong();
        ApplicationRing ring = ApplicationRing.open(conf, driver, nanos::get);
        byte[] first = ring.now().signs().id();
        keys.rotate();
        nanos.addAndGet(Duration.ofSeconds(59).toNanos());
        assertThat(ring.now().signs().id()).isEqualTo(first);
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        byte[] second = ring.now().signs().id();
        assertThat(second).isNotEqualTo(first);
        assertThat(ring.now().find(first)).isNotNull();

        keys.rotate();
        for (int silent = 1; silent <= 2; silent++) {
            mode.set(silent);
            nanos.addAndGet(Duration.ofSeconds(60).toNanos());
            assertThat(ring.now().signs().id()).isEqualTo(second);
            assertThat(ring.again().signs().id()).isEqualTo(second);
        }
        never.countDown();
        mode.set(0);
        assertThat(ring.again().signs().id()).isNotEqualTo(second);
    }

    @Test
    void withoutAnAnswerAtTheStartNothingIsShared() throws Exception {
        CacheKey key = Fixtures.key("no key at the start");
        try (TieredExecutableCache alone = executor(() -> {
            throw new IllegalStateException("the driver is gone");
        })) {
            assertThat(alone.isShared()).isFalse();
            assertThat(tier(alone, key)).isEqualTo("compile");
            assertThat(alone.stats().faults()).containsEntry("hazelcast", 1L);
        }
        assertThat(ApplicationRing.open(Fixtures.shared(member), () -> new byte[0], System::nanoTime))
                .isNull();
        assertThatThrownBy(() -> ApplicationRing.open(Fixtures.shared(member), () -> new byte[33], System::nanoTime))
                .hasMessageContaining("keys of 32 bytes are required, got 33 bytes");
    }

    @Test
    void noTextHoldsAKey() throws Exception {
        String texts = keys + " " + ApplicationRing.open(Fixtures.shared(member), keys, clock::get);

        assertThat(texts).startsWith("ApplicationKeys[1] ApplicationRing[key id ");
        for (String form : SecretForms.of(keys.ask())) {
            assertThat(texts).doesNotContain(form);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
