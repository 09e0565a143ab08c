package io.kiln.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.cache.CacheKey;
import io.kiln.cache.ExecutableCache;
import io.kiln.cache.ExecutableCacheContract;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class TestHazelcastTier extends ExecutableCacheContract {
    private static CacheMember member;

    @BeforeAll
    static void startMember() {
        member = CacheMember.start("127.0.0.1");
    }

    @AfterAll
    static void stopMember() {
        member.close();
    }

    @Override
    protected ExecutableCache open() {
        return Fixtures.open(Fixtures.shared(member));
    }

    @Override
    protected String rememberingTier() {
        return "hazelcast";
    }

    @Test
    void anotherProcessCompilesNothing() {
        cache.get(key, () -> new byte[] {5});

        try (ExecutableCache other = open()) {
            ExecutableCache.Cached found = other.get(key, () -> new byte[] {6});
            assertThat(found.bytes()).containsExactly(5);
            assertThat(other.stats().compiles()).isZero();
            assertThat(other.stats().hits("hazelcast")).isEqualTo(1);
        }
    }

    @Test
    void whatHazelcastAnswersIsKeptOnDisk() throws Exception {
        cache.get(key, () -> new byte[] {5});
        Path folder = Fixtures.folder();
        CacheConf both = Fixtures.shared(member).withDisk(folder.toString());

        try (ExecutableCache first = Fixtures.open(both)) {
            assertThat(first.get(key, () -> new byte[] {6}).tier()).isEqualTo("hazelcast");
            assertThat(first.get(key, () -> new byte[] {6}).tier()).isEqualTo("disk");
            assertThat(first.stats().stores()).containsEntry("disk", 1L);
        }
    }

    @Test
    void anEntryOfAnotherApplicationIsForeign() {
        cache.get(key, () -> new byte[] {5});

        try (ExecutableCache foreign =
                TieredExecutableCache.open(Fixtures.shared(member), Fixtures.TARGET, () -> Fixtures.bytes(32, 99))) {
            assertThat(foreign.get(key, () -> new byte[] {6}).bytes()).containsExactly(6);
            assertThat(foreign.stats().rejects("foreign-key")).isEqualTo(1);
        }
    }

    @Test
    void aReadOnlyCacheStoresDropsAndLeasesNothing() {
        CacheConf reads =
                Fixtures.shared(member).withTrust(new CacheTrust(true, false, CacheTrust.DEFAULT_KEY_LIFETIME, null));
        CacheKey absent = freshKey();
        cache.get(key, () -> new byte[] {5});
        int entries = member.entries();

        try (ExecutableCache reader = Fixtures.open(reads)) {
            assertThat(reader.get(key, () -> new byte[] {6}).bytes()).containsExactly(5);
            // In the middle of a compile that cannot be shared, another does not wait for it.
            reader.get(absent, () -> {
                assertThat(cache.get(absent, () -> new byte[] {7}).tier()).isEqualTo("compile");
                return new byte[] {6};
            });
            reader.reject(key, "load");
            assertThat(reader.stats().stores()).isEmpty();
        }
        assertThat(member.entries()).isEqualTo(entries + 1);
        assertThat(cache.get(key, () -> new byte[] {8}).bytes()).containsExactly(5);
        assertThat(cache.stats().waits()).isZero();
    }

    @Test
    void encryptedEntriesAreSharedByAllOfTheKey() {
        CacheConf encrypts =
                Fixtures.shared(member).withTrust(new CacheTrust(false, true, CacheTrust.DEFAULT_KEY_LIFETIME, null));
        byte[] executable = Fixtures.bytes(100_000, 4);
        try (ExecutableCache writer = Fixtures.open(encrypts);
                ExecutableCache reader = Fixtures.open(encrypts)) {
            writer.get(key, executable::clone);

            assertThat(reader.get(key, () -> new byte[0]).bytes()).isEqualTo(executable);
            assertThat(cache.get(key, () -> new byte[0]).bytes()).isEqualTo(executable);
        }
    }

    @Test
    void callersOfTwoConnectionsCompileOnce() throws Exception {
        CountDownLatch compiling = new CountDownLatch(1);
        CountDownLatch finish = new CountDownLatch(1);
        try (ExecutableCache other = open();
                var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<ExecutableCache.Cached> first = pool.submit(() -> cache.get(key, () -> {
                compiling.countDown();
                await(finish);
                return new byte[] {5};
            }));
            assertThat(compiling.await(10, TimeUnit.SECONDS)).isTrue();
            List<Future<ExecutableCache.Cached>> later = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                later.add(pool.submit(() -> other.get(key, () -> new byte[] {6})));
            }
            awaitWaits(other, 8);
            finish.countDown();

            assertThat(first.get(10, TimeUnit.SECONDS).bytes()).containsExactly(5);
            for (Future<ExecutableCache.Cached> answer : later) {
                assertThat(answer.get(10, TimeUnit.SECONDS).bytes()).containsExactly(5);
            }
            assertThat(other.stats().compiles()).isZero();
        }
    }

    @Test
    void whatCannotBeSharedIsCompiledByEachAtOnce() {
        cache.get(key, () -> null);

        try (ExecutableCache other = open()) {
            long start = System.nanoTime();
            assertThat(other.get(key, () -> null).bytes()).isNull();
            assertThat(other.stats().waits()).isZero();
            assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(5));
        }
    }

    @Test
    void anEntryAboveTheCapIsNotStored() {
        CacheConf small = Fixtures.shared(member).withSizes(1 << 20, 1000);
        try (ExecutableCache capped = Fixtures.open(small)) {
            capped.get(key, () -> new byte[2000]);

            assertThat(capped.get(key, () -> new byte[2000]).tier()).isEqualTo("compile");
            assertThat(capped.stats().stores()).isEmpty();
        }
    }

    @Test
    void theLongestWaitIsKept() throws Exception {
        CountDownLatch compiling = new CountDownLatch(1);
        CountDownLatch finish = new CountDownLatch(1);
        CacheConf impatient = Fixtures.shared(member).withLease(Duration.ofSeconds(10), Duration.ofMillis(300));
        try (ExecutableCache other = Fixtures.open(impatient);
                var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<ExecutableCache.Cached> first = pool.submit(() -> cache.get(key, () -> {
                compiling.countDown();
                await(finish);
                return new byte[] {5};
            }));
            assertThat(compiling.await(10, TimeUnit.SECONDS)).isTrue();

            assertThat(other.get(key, () -> new byte[] {5}).tier()).isEqualTo("compile");
            assertThat(other.stats().waits()).isEqualTo(1);
            finish.countDown();
            assertThat(first.get(10, TimeUnit.SECONDS).bytes()).containsExactly(5);
        }
    }

    @Test
    void withoutAKeyOrAMemberTheProcessCompilesForItself() {
        CacheKey mine = freshKey();
        try (TieredExecutableCache noKey = TieredExecutableCache.open(Fixtures.shared(member), Fixtures.TARGET, null)) {
            assertThat(noKey.isShared()).isFalse();
            assertThat(noKey.get(mine, () -> new byte[] {5}).tier()).isEqualTo("compile");
        }
        CacheConf wrong = Fixtures.shared(member)
                .withShared(member.address(), "another name")
                .withBudgets(Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofSeconds(1));
        long start = System.nanoTime();
        try (TieredExecutableCache refused = Fixtures.open(wrong)) {
            assertThat(refused.isShared()).isFalse();
            assertThat(refused.get(mine, () -> new byte[] {5}).tier()).isEqualTo("compile");
            assertThat(refused.stats().faults()).containsEntry("hazelcast", 1L);
        }
        assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(6));
    }

    private static void awaitWaits(ExecutableCache cache, long waits) throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (cache.stats().waits() < waits && System.nanoTime() < deadline) {
            never.await(1, TimeUnit.MILLISECONDS);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
