package io.kiln.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.cache.CacheKey;
import io.kiln.cache.ExecutableCache;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Executors as processes of their own, killed and stopped. */
@Timeout(60)
@DisabledOnOs(OS.WINDOWS)
final class TestProcesses {
    private static CacheMember member;

    @BeforeAll
    static void startMember() {
        member = CacheMember.start("127.0.0.1");
    }

    @AfterAll
    static void stopMember() {
        member.close();
    }

    @Test
    void processesTimesThreadsCompileEachKeyOnce() throws Exception {
        int keys = 20;
        try (CacheProcess a = CacheProcess.executor(Fixtures.shared(member));
                CacheProcess b = CacheProcess.executor(Fixtures.shared(member))) {
            assertThat(List.of(a.line(), b.line())).containsExactly("ready", "ready");
            a.say("crowd 8 " + keys);
            b.say("crowd 8 " + keys);
            String[] ofA = a.line().split(" ", 4);
            String[] ofB = b.line().split(" ", 4);

            assertThat(Integer.parseInt(ofA[0]) + Integer.parseInt(ofB[0])).isEqualTo(keys);
            assertThat(List.of(ofA[1], ofB[1], ofA[2], ofB[2])).containsOnly("0");
            assertThat(List.of(ofA[3], ofB[3])).containsOnly("{}");
        }
    }

    @Test
    void theDeathOfTheCompilerIsWaitedForNoLongerThanItsLease() throws Exception {
        Duration ttl = Duration.ofSeconds(2);
        CacheConf conf = Fixtures.shared(member).withLease(ttl, Duration.ofSeconds(30));
        CacheKey key = Fixtures.key("killed");
        try (CacheProcess compiler = CacheProcess.executor(conf);
                ExecutableCache waiter = Fixtures.open(conf)) {
            assertThat(compiler.line()).isEqualTo("ready");
            compiler.say("hang killed");
            assertThat(compiler.line()).isEqualTo("compiling");
            compiler.kill();

            long start = System.nanoTime();
            ExecutableCache.Cached answer = waiter.get(key, key::bytes);

            assertThat(answer.bytes()).isEqualTo(key.bytes());
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(ttl.plusSeconds(3));
            assertThat(waiter.stats().waits()).isEqualTo(1);
            assertThat(waiter.stats().compiles()).isEqualTo(1);
            assertThat(waiter.get(key, () -> new byte[0]).tier()).isEqualTo("hazelcast");
        }
    }

    @Test
    void aLivingCompilerKeepsItsLease_aStoppedOneLosesIt() throws Exception {
        Duration ttl = Duration.ofSeconds(2);
        CacheConf conf = Fixtures.shared(member).withLease(ttl, Duration.ofSeconds(30));
        CacheConf impatient = Fixtures.shared(member).withLease(ttl, ttl.plusMillis(2500));
        CacheKey key = Fixtures.key("stopped");
        try (CacheProcess compiler = CacheProcess.executor(conf);
                ExecutableCache first = Fixtures.open(impatient);
                ExecutableCache second = Fixtures.open(conf)) {
            assertThat(compiler.line()).isEqualTo("ready");
            compiler.say("hang stopped");
            assertThat(compiler.line()).isEqualTo("compiling");
            long start = System.nanoTime();

            // Longer than the time to live: only the heartbeat keeps this one waiting for all of its longest wait.
            first.get(key, () -> null);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(ttl.plusMillis(2400));

            compiler.signal("STOP");
            start = System.nanoTime();
            assertThat(second.get(key, key::bytes).bytes()).isEqualTo(key.bytes());
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(ttl.plusSeconds(3));
        }
    }

    @Test
    void aHungMemberCostsItsBudget() throws Exception {
        try (CacheProcess hung = CacheProcess.start("member")) {
            String[] words = hung.line().split(" ", -1);
            CacheConf conf = CacheConf.standard()
                    .withDisk(null)
                    .withShared(words[0], words[1])
                    .withBudgets(Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofSeconds(20));
            try (ExecutableCache cache = Fixtures.open(conf)) {
                cache.get(Fixtures.key("before"), () -> new byte[] {1});
                hung.signal("STOP");
                for (int i = 0; i < 6; i++) {
                    CacheKey key = Fixtures.key("hung " + i);
                    long start = System.nanoTime();
                    assertThat(cache.get(key, key::bytes).bytes()).isEqualTo(key.bytes());
                    assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start))
                            .isLessThan(1500);
                }
                assertThat(cache.stats().faults()).containsEntry("hazelcast", 3L);
                assertThat(cache.stats().compiles()).isEqualTo(7);
            }
        }
    }
}
