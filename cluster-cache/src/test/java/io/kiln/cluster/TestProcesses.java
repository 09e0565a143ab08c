package io.kiln.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.cache.CacheKey;
import io.kiln.cache.ExecutableCache;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Executors as processes of their own, killed and stopped. */
@Timeout(120)
@DisabledOnOs(OS.WINDOWS)
final class TestProcesses {
    private static final int ROUNDS = 4;
    private static final int DEATHS_A_ROUND = 5;

    /** Half of the longest wait: who is answered by then did not wait until it gave up. */
    private static final Duration LONGEST = Duration.ofSeconds(15);

    private static CacheMember member;
    private static CacheConf shortLeases;

    @BeforeAll
    static void startMember() {
        member = CacheMember.start("127.0.0.1");
        // Short, and yet longer than a loaded machine stalls a process: a compiler that lives is not to lose its lease.
        shortLeases = Fixtures.shared(member).withLease(Duration.ofSeconds(3), Duration.ofSeconds(30));
    }

    @AfterAll
    static void stopMember() {
        member.close();
    }

    @Test
    void processesTimesThreadsCompileEachKeyOnce() throws Exception {
        int keys = 20;
        List<CacheProcess> processes = executors(Fixtures.shared(member), 3);
        try {
            for (CacheProcess each : processes) {
                each.say("crowd 8 " + keys);
            }
            int compiles = 0;
            for (CacheProcess each : processes) {
                String[] answer = each.line().split(" ", 4);
                compiles += Integer.parseInt(answer[0]);
                assertThat(answer[1]).as("wrong answers").isEqualTo("0");
                assertThat(answer[2]).as("leases lost").isEqualTo("0");
                assertThat(answer[3]).as("faults").isEqualTo("{}");
            }
            assertThat(compiles).isEqualTo(keys);
        } finally {
            processes.forEach(CacheProcess::close);
        }
    }

    @Test
    void twentyDeathsOfCompilersCostOneCompileEach_andNobodyWaitsForLong() throws Exception {
        try (ExecutableCache a = Fixtures.open(shortLeases);
                ExecutableCache b = Fixtures.open(shortLeases);
                ExecutorService waiters = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round < ROUNDS; round++) {
                List<CacheProcess> compilers = executors(shortLeases, DEATHS_A_ROUND);
                try {
                    List<Future<byte[]>> answers = waitFor(compilers, "hang", "killed" + round + "-", waiters, a, b);
                    awaitWaits(a, b, 2L * DEATHS_A_ROUND * (round + 1));
                    for (CacheProcess compiler : compilers) {
                        compiler.kill();
                    }
                    assertAnswered(answers, "killed" + round + "-");
                } finally {
                    compilers.forEach(CacheProcess::close);
                }
            }
            assertThat(a.stats().compiles() + b.stats().compiles()).isEqualTo(ROUNDS * DEATHS_A_ROUND);
        }
    }

    @Test
    void twentyStoppedCompilersCostOneCompileEach_andTheirLateResultsUndoNothing() throws Exception {
        List<CacheProcess> compilers = executors(shortLeases, DEATHS_A_ROUND);
        try (ExecutableCache a = Fixtures.open(shortLeases);
                ExecutableCache b = Fixtures.open(shortLeases);
                ExecutableCache late = Fixtures.open(shortLeases);
                ExecutorService waiters = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round < ROUNDS; round++) {
                String program = "stopped" + round + "-";
                List<Future<byte[]>> answers = waitFor(compilers, "compile", program, waiters, a, b);
                awaitWaits(a, b, 2L * DEATHS_A_ROUND * (round + 1));
                for (CacheProcess compiler : compilers) {
                    compiler.signal("STOP");
                }
                assertAnswered(answers, program);
                for (int i = 0; i < compilers.size(); i++) {
                    compilers.get(i).signal("CONT");
                    compilers.get(i).say("go on");
                    assertThat(compilers.get(i).line()).startsWith("compiled ");
                    CacheKey key = Fixtures.key(program + i);
                    assertThat(late.get(key, () -> new byte[0]).bytes()).isEqualTo(key.bytes());
                }
            }
            assertThat(a.stats().compiles() + b.stats().compiles()).isEqualTo(ROUNDS * DEATHS_A_ROUND);
            assertThat(late.stats().hits("hazelcast")).isEqualTo(ROUNDS * DEATHS_A_ROUND);
        } finally {
            compilers.forEach(CacheProcess::close);
        }
    }

    private static List<CacheProcess> executors(CacheConf conf, int count) throws IOException {
        List<CacheProcess> started = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            started.add(CacheProcess.executor(conf));
        }
        for (CacheProcess each : started) {
            assertThat(each.line()).isEqualTo("ready");
        }
        return started;
    }

    /** Each process compiles a key of its own; two caches wait for each. */
    private static List<Future<byte[]>> waitFor(
            List<CacheProcess> compilers,
            String command,
            String program,
            ExecutorService waiters,
            ExecutableCache... caches)
            throws IOException {
        List<Future<byte[]>> answers = new ArrayList<>();
        for (int i = 0; i < compilers.size(); i++) {
            CacheKey key = Fixtures.key(program + i);
            compilers.get(i).say(command + " " + program + i);
            assertThat(compilers.get(i).line()).isEqualTo("compiling");
            for (ExecutableCache cache : caches) {
                answers.add(waiters.submit(() -> cache.get(key, key::bytes).bytes()));
            }
        }
        return answers;
    }

    private static void assertAnswered(List<Future<byte[]>> answers, String program) throws Exception {
        long end = System.nanoTime() + LONGEST.toNanos();
        for (int i = 0; i < answers.size(); i++) {
            assertThat(answers.get(i).get(end - System.nanoTime(), TimeUnit.NANOSECONDS))
                    .isEqualTo(Fixtures.key(program + i / 2).bytes());
        }
    }

    private static void awaitWaits(ExecutableCache a, ExecutableCache b, long waits) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (a.stats().waits() + b.stats().waits() < waits) {
            assertThat(System.nanoTime()).as("waiting callers in time").isLessThan(end);
            Thread.onSpinWait();
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
