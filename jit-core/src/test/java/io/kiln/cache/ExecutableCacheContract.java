package io.kiln.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every {@link ExecutableCache} promises; a subclass says which cache. Public for the caches of other modules. */
@Timeout(30)
public abstract class ExecutableCacheContract {
    private static final AtomicInteger NEXT = new AtomicInteger();

    /** The cache under test. */
    protected ExecutableCache cache;

    /** A key that no test had before. */
    protected CacheKey key;

    private final AtomicInteger compiles = new AtomicInteger();

    /** Only for subclasses. */
    protected ExecutableCacheContract() {}

    /** An open cache; each test closes its own. */
    protected abstract ExecutableCache open() throws Exception;

    /** The tier that answers the second get of a key; {@code compile} for a cache that remembers nothing. */
    protected abstract String rememberingTier();

    @BeforeEach
    void openCache() throws Exception {
        cache = open();
        key = freshKey();
    }

    @AfterEach
    void closeCache() {
        cache.close();
    }

    /** A key that no test of this process had before. */
    protected static CacheKey freshKey() {
        return CacheKey.builder()
                .add(
                        "contract",
                        "program " + NEXT.incrementAndGet() + " of "
                                + ProcessHandle.current().pid())
                .build();
    }

    private boolean remembers() {
        return !rememberingTier().equals(ExecutableCache.Cached.COMPILED);
    }

    private byte[] compile() {
        compiles.incrementAndGet();
        return new byte[] {1, 2, 3};
    }

    @Test
    void aMissCompiles_andTheNextGetIsAHit() {
        ExecutableCache.Cached first = cache.get(key, this::compile);
        ExecutableCache.Cached second = cache.get(key, this::compile);

        assertThat(first.bytes()).containsExactly(1, 2, 3);
        assertThat(first.tier()).isEqualTo("compile");
        assertThat(second.bytes()).containsExactly(1, 2, 3);
        assertThat(second.tier()).isEqualTo(rememberingTier());
        assertThat(compiles).hasValue(remembers() ? 1 : 2);
    }

    @Test
    void anExecutableOfMegabytesComesBackAsItWas() {
        byte[] large = new byte[3_000_001];
        new java.util.Random(7).nextBytes(large);

        cache.get(key, large::clone);

        assertThat(cache.get(key, large::clone).bytes()).isEqualTo(large);
    }

    @Test
    void anEmptyExecutableIsAnExecutable() {
        cache.get(key, () -> new byte[0]);

        assertThat(cache.get(key, () -> new byte[0]).bytes()).isEmpty();
    }

    @Test
    void keysDoNotMix() {
        CacheKey other = freshKey();
        cache.get(key, () -> new byte[] {1});
        cache.get(other, () -> new byte[] {2});

        assertThat(cache.get(key, () -> new byte[] {1}).bytes()).containsExactly(1);
        assertThat(cache.get(other, () -> new byte[] {2}).bytes()).containsExactly(2);
    }

    @Test
    void sixtyFourThreadsCompileOnce() throws Exception {
        int threads = 64;
        CountDownLatch compiling = new CountDownLatch(1);
        List<Future<ExecutableCache.Cached>> answers = new ArrayList<>();
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < threads; i++) {
                answers.add(pool.submit(() -> cache.get(key, () -> {
                    awaitWaiters(threads - 1, compiling);
                    return compile();
                })));
            }
            for (Future<ExecutableCache.Cached> answer : answers) {
                assertThat(answer.get(20, TimeUnit.SECONDS).bytes()).containsExactly(1, 2, 3);
            }
        }
        assertThat(compiles).hasValue(1);
        assertThat(cache.stats().waits()).isEqualTo(threads - 1);
        assertThat(cache.stats().compiles()).isEqualTo(1);
    }

    /** Holds the compile until everybody else waits for it, so that nobody comes late. */
    private void awaitWaiters(int waiters, CountDownLatch never) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
        try {
            while (cache.stats().waits() < waiters && System.nanoTime() < deadline) {
                never.await(1, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aFailedCompileIsThrown_andNotRemembered() {
        assertThatThrownBy(() -> cache.get(key, () -> {
                    throw new IllegalArgumentException("no such operation");
                }))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no such operation");

        assertThat(cache.get(key, this::compile).bytes()).containsExactly(1, 2, 3);
    }

    @Test
    void aFailedCompileIsThrownToThoseWhoWait() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> callers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                callers.add(pool.submit(() -> cache.get(key, () -> {
                    awaitWaiters(3, release);
                    throw new IllegalArgumentException("no such operation");
                })));
            }
            for (Future<?> caller : callers) {
                assertThatThrownBy(() -> caller.get(20, TimeUnit.SECONDS)).hasRootCauseMessage("no such operation");
            }
        }
    }

    @Test
    void anExecutableWithoutBytesIsNotKept() {
        assertThat(cache.get(key, () -> null).bytes()).isNull();

        assertThat(cache.get(key, this::compile).bytes()).containsExactly(1, 2, 3);
    }

    @Test
    void aRejectedExecutableIsCompiledAgain() {
        cache.get(key, () -> new byte[] {9});

        cache.reject(key, "load");

        assertThat(cache.get(key, this::compile).bytes()).containsExactly(1, 2, 3);
        assertThat(cache.stats().rejects("load")).isEqualTo(1);
    }

    @Test
    void anInterruptedWaiterLeaves_andTheCompileGoesOn() throws Exception {
        CountDownLatch compiling = new CountDownLatch(1);
        CountDownLatch finish = new CountDownLatch(1);
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<ExecutableCache.Cached> runner = pool.submit(() -> cache.get(key, () -> {
                compiling.countDown();
                await(finish);
                return compile();
            }));
            compiling.await();
            Thread waiter = Thread.ofVirtual().unstarted(() -> {
                assertThatThrownBy(() -> cache.get(key, this::compile)).isInstanceOf(CancellationException.class);
                assertThat(Thread.currentThread().isInterrupted()).isTrue();
            });
            AtomicInteger failures = new AtomicInteger();
            waiter.setUncaughtExceptionHandler((_, _) -> failures.incrementAndGet());
            waiter.start();
            waiter.interrupt();
            assertThat(waiter.join(Duration.ofSeconds(10))).isTrue();
            finish.countDown();
            assertThat(runner.get(10, TimeUnit.SECONDS).bytes()).containsExactly(1, 2, 3);
            assertThat(failures).hasValue(0);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void theCountersAddUp() {
        cache.get(key, this::compile);
        cache.get(key, this::compile);

        CacheStats stats = cache.stats();
        assertThat(stats.compiles()).isEqualTo(compiles.get());
        assertThat(stats.totalHits() + stats.misses()).isEqualTo(2);
        assertThat(stats.hits("compile")).isZero();
        assertThat(stats.totalRejects()).isZero();
        assertThat(stats.faults()).isEmpty();
        assertThat(stats.bytesRead()).isEqualTo(remembers() ? 3 : 0);
        assertThat(stats.plus(stats).compiles()).isEqualTo(2 * stats.compiles());
    }

    @Test
    void aHitSavesWhatTheCompileTook() {
        cache.get(key, this::compile);
        long took = cache.stats().compileNanos();
        cache.get(key, this::compile);
        cache.get(key, this::compile);

        assertThat(took).isPositive();
        assertThat(cache.stats().savedNanos()).isEqualTo(remembers() ? 2 * took : 0);
    }

    @Test
    void aSnapshotDoesNotChange() {
        CacheStats before = cache.stats();

        cache.get(key, this::compile);

        assertThat(before.compiles()).isZero();
    }

    @Test
    void aClosedCacheStillCompiles() {
        cache.get(key, this::compile);
        cache.close();
        cache.close();

        assertThat(cache.get(key, this::compile).bytes()).containsExactly(1, 2, 3);
        assertThat(cache.get(freshKey(), this::compile).bytes()).containsExactly(1, 2, 3);
    }
}
