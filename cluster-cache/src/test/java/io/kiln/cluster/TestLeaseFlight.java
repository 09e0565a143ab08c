package io.kiln.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.cache.CacheKey;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The lease protocol under seeded crashes, pauses, lost leases, lost and damaged entries, splits that heal, and a table that does not answer. */
final class TestLeaseFlight {
    private static final Duration TTL = Duration.ofSeconds(10);
    private static final Duration MAX_WAIT = Duration.ofSeconds(60);
    private static final int COMPILE_SECONDS = 15;
    private static final CacheKey KEY = Fixtures.key("key");

    /** The real seal, so that what a damaged entry answers is the product's doing. */
    private static final EntrySeal SEAL = Fixtures.seal();

    private static final byte[] WRONG = SEAL.seal(
            Fixtures.key("another program"), Fixtures.executable("wrong".getBytes(StandardCharsets.US_ASCII)));

    /** Histories a test; a long run asks for more. */
    private static final int SEEDS = Integer.getInteger("kiln.simulator.seeds", 100);

    /** What goes wrong in a history. */
    private record Faults(
            double crash,
            double pause,
            double loseLease,
            double loseValue,
            double noAnswer,
            double split,
            double corrupt) {
        static final Faults NONE = new Faults(0, 0, 0, 0, 0, 0, 0);
    }

    /** What one side of a split holds; without a split there is one. */
    private static final class Side {
        final Map<String, Lease> leases = new HashMap<>();
        byte @Nullable [] entry;
    }

    @SuppressWarnings("ArrayRecordComponent") // compared by Arrays.equals alone
    private record Lease(byte[] token, long until, boolean isPrivate) {}

    /** One history: some nodes ask for one key. */
    private static final class World {
        final Simulation simulation;
        final Faults faults;
        final Map<Simulation.Node, Integer> sideOf = new LinkedHashMap<>();
        Side one = new Side();

        @Nullable
        Side other;

        final List<String> answers = new ArrayList<>();
        final List<Long> waits = new ArrayList<>();

        int compiles;
        int splits;
        int merges;
        int corruptions;
        int deaths;
        int pauses;
        int losses;
        int unanswered;
        int leasesLost;
        int late;
        boolean shareable = true;

        World(long seed, Faults faults) {
            this.simulation = new Simulation(seed);
            this.faults = faults;
        }

        void run(int nodes) throws Throwable {
            for (int n = 0; n < nodes; n++) {
                Simulation.Node node = simulation.node("node " + n);
                Duration start = Duration.ofMillis(simulation.random.nextInt(5000));
                simulation.spawn(node, () -> {
                    simulation.sleep(start);
                    ask(node);
                });
            }
            if (faults.split > 0) {
                simulation.spawn(simulation.node("network"), this::splitAndHeal);
            }
            simulation.run();
        }

        /** Splits for a while, in which both sides have owners and lessees of their own; then one of two leases, or entries, stays. */
        private void splitAndHeal() {
            for (int i = 0; i < 3; i++) {
                simulation.sleep(Duration.ofMillis(simulation.random.nextInt(15_000)));
                if (simulation.random.nextDouble() >= faults.split) {
                    continue;
                }
                splits++;
                Side half = new Side();
                if (simulation.random.nextBoolean()) { // the backups were there
                    half.leases.putAll(one.leases);
                    half.entry = one.entry;
                } else { // a fault of its own: also the lease of who compiles on this side is gone
                    losses++;
                }
                other = half;
                sideOf.replaceAll((node, side) -> simulation.random.nextInt(2));
                simulation.log("a split: " + sideOf);
                simulation.sleep(Duration.ofMillis(1000 + simulation.random.nextInt(40_000)));
                half.leases.forEach((key, lease) ->
                        one.leases.merge(key, lease, (a, b) -> simulation.random.nextBoolean() ? a : b));
                if (one.entry == null || (half.entry != null && simulation.random.nextBoolean())) {
                    one.entry = half.entry;
                }
                other = null;
                merges++;
                simulation.log("the split heals");
            }
        }

        private Side side(Simulation.Node node) {
            Side half = other;
            return half == null || sideOf.getOrDefault(node, 0) == 0 ? one : half;
        }

        private void ask(Simulation.Node node) {
            long start = simulation.now();
            sideOf.put(node, simulation.random.nextInt(2));
            byte[] token = node.toString().getBytes(StandardCharsets.UTF_8);
            LeaseFlight flight = new LeaseFlight(new Table(node), new SimulatedTime(node), token::clone, TTL, MAX_WAIT);
            try {
                answers.add(flight.run("key", new Steps(node, start)));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            waits.add(simulation.now() - start);
            simulation.log("answered");
        }

        private final class Steps implements LeaseFlight.Steps<String> {
            private final Simulation.Node node;
            private final long start;

            Steps(Simulation.Node node, long start) {
                this.node = node;
                this.start = start;
            }

            @Override
            public @Nullable String find() {
                simulation.step();
                byte[] entry = side(node).entry;
                if (entry != null && simulation.random.nextDouble() < faults.loseValue) {
                    simulation.log("the entry is gone");
                    entry = null;
                    side(node).entry = null;
                    losses++;
                }
                if (entry != null && simulation.random.nextDouble() < faults.corrupt) {
                    entry = damaged(entry);
                    side(node).entry = entry;
                    corruptions++;
                }
                if (entry == null) {
                    return null;
                }
                try {
                    return new String(SEAL.open(KEY, entry).bytes(), StandardCharsets.US_ASCII);
                } catch (RejectedEntry e) {
                    simulation.log("refused an entry: " + e.reason());
                    simulation.step();
                    side(node).entry = null; // whatever is there by now, as the tiers do
                    return null;
                }
            }

            /** A bit is flipped, the end is missing, or it is another program's. */
            private byte[] damaged(byte[] entry) {
                simulation.log("the entry is damaged");
                return switch (simulation.random.nextInt(3)) {
                    case 0 -> {
                        byte[] flipped = entry.clone();
                        flipped[simulation.random.nextInt(entry.length)] ^= (byte) (1 << simulation.random.nextInt(8));
                        yield flipped;
                    }
                    case 1 -> Arrays.copyOf(entry, simulation.random.nextInt(entry.length));
                    default -> WRONG;
                };
            }

            @Override
            public String compile() {
                compiles++;
                late += simulation.now() - start >= MAX_WAIT.toNanos() ? 1 : 0;
                simulation.log("compiles");
                for (int second = 0; second < COMPILE_SECONDS; second++) {
                    simulation.sleep(Duration.ofSeconds(1));
                    if (simulation.random.nextDouble() < faults.crash) {
                        deaths++;
                        simulation.crash(node);
                        simulation.step();
                    }
                    if (simulation.random.nextDouble() < faults.pause) {
                        pauses++;
                        simulation.pause(node, TTL.plusSeconds(simulation.random.nextInt(10)));
                        simulation.step();
                    }
                }
                return "executable";
            }

            @Override
            public boolean share(String result) {
                simulation.step();
                Side side = side(node);
                if (shareable && side.entry == null) {
                    side.entry = SEAL.seal(KEY, Fixtures.executable(result.getBytes(StandardCharsets.US_ASCII)));
                }
                return shareable;
            }

            @Override
            public void waiting() {
                simulation.log("waits");
            }

            @Override
            public void leaseLost() {
                simulation.log("lost its lease");
                leasesLost++;
            }

            @Override
            public void fault(TierFault fault) {
                simulation.log("no answer");
            }
        }

        /** The leases as a node sees them. */
        private final class Table implements LeaseTable {
            private final Simulation.Node node;

            Table(Simulation.Node node) {
                this.node = node;
            }

            private @Nullable Lease lease(String key) throws TierFault {
                simulation.step();
                if (simulation.random.nextDouble() < faults.noAnswer) {
                    unanswered++;
                    simulation.sleep(Duration.ofMillis(500));
                    throw TierFault.failed("no answer", null);
                }
                Lease lease = side(node).leases.get(key);
                if (lease != null && simulation.random.nextDouble() < faults.loseLease) {
                    simulation.log("the lease is gone");
                    losses++;
                    side(node).leases.remove(key);
                    return null;
                }
                return lease == null || lease.until() - simulation.now() <= 0 ? null : lease;
            }

            private static State state(@Nullable Lease lease, byte[] token) {
                if (lease == null) {
                    return State.FREE;
                }
                if (lease.isPrivate()) {
                    return State.PRIVATE;
                }
                return Arrays.equals(lease.token(), token) ? State.MINE : State.HELD;
            }

            private void put(String key, byte[] token, Duration ttl, boolean isPrivate) {
                side(node).leases.put(key, new Lease(token, simulation.now() + ttl.toNanos(), isPrivate));
            }

            @Override
            public State acquire(String key, byte[] token, Duration ttl) throws TierFault {
                State state = state(lease(key), token);
                if (state == State.FREE) {
                    put(key, token, ttl, false);
                    return State.MINE;
                }
                return state;
            }

            @Override
            public State look(String key, byte[] token) throws TierFault {
                return state(lease(key), token);
            }

            @Override
            public boolean extend(String key, byte[] token, Duration ttl) throws TierFault {
                if (state(lease(key), token) != State.MINE) {
                    return false;
                }
                put(key, token, ttl, false);
                return true;
            }

            @Override
            public void release(String key, byte[] token) throws TierFault {
                if (state(lease(key), token) == State.MINE) {
                    side(node).leases.remove(key);
                }
            }

            @Override
            public void markPrivate(String key, byte[] token, Duration ttl) throws TierFault {
                if (state(lease(key), token) == State.MINE) {
                    put(key, token, ttl, true);
                }
            }
        }

        private final class SimulatedTime implements Timekeeper {
            private final Simulation.Node node;

            SimulatedTime(Simulation.Node node) {
                this.node = node;
            }

            @Override
            public long nanoTime() {
                return simulation.now();
            }

            @Override
            public void sleep(Duration time) {
                simulation.sleep(time);
            }

            @Override
            public Heartbeat every(Duration period, Runnable beat) {
                boolean[] closed = new boolean[1];
                simulation.spawn(node, () -> {
                    while (!closed[0]) {
                        simulation.sleep(period);
                        if (!closed[0]) {
                            beat.run();
                        }
                    }
                });
                return () -> closed[0] = true;
            }
        }
    }

    private static World history(long seed, int nodes, Faults faults) throws Throwable {
        World world = new World(seed, faults);
        try {
            world.run(nodes);
            assertThat(world.answers)
                    .as("answers")
                    .hasSize(nodes - world.deaths)
                    .allMatch("executable"::equals);
            long budget = MAX_WAIT.plus(TTL)
                    .plusSeconds(COMPILE_SECONDS)
                    .plusSeconds(30L * world.pauses + 2)
                    .toNanos();
            assertThat(world.waits)
                    .as("waits")
                    .allSatisfy(wait -> assertThat(wait).isLessThan(budget));
            int allowed = 1
                    + world.deaths
                    + world.pauses
                    + world.losses
                    + world.unanswered
                    + world.late
                    + world.splits
                    + world.corruptions;
            assertThat(world.compiles).as("compiles").isBetween(1, Math.min(nodes, allowed));
            return world;
        } catch (Throwable e) {
            throw new AssertionError(
                    "seed " + seed + " with " + faults + ":\n" + String.join("\n", world.simulation.history), e);
        }
    }

    @Test
    void withoutFaultsOneNodeCompiles() throws Throwable {
        for (long seed = 0; seed < SEEDS; seed++) {
            World world = history(seed, 6, Faults.NONE);

            assertThat(world.compiles).as("seed " + seed).isEqualTo(1);
            assertThat(world.leasesLost).as("seed " + seed).isZero();
            // The last to be answered came before the end of the compile and looks at least every 200 ms.
            assertThat(world.waits)
                    .allSatisfy(wait -> assertThat(wait)
                            .isLessThan(Duration.ofSeconds(COMPILE_SECONDS + 1).toNanos()));
        }
    }

    @Test
    void deathsCostOneCompileEach() throws Throwable {
        int deaths = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            World world = history(seed, 6, new Faults(0.03, 0, 0, 0, 0, 0, 0));
            assertThat(world.compiles).as("seed " + seed).isLessThanOrEqualTo(1 + world.deaths + world.late);
            deaths += world.deaths;
        }
        assertThat(deaths).isPositive();
    }

    @Test
    void pausesBeyondTheLeaseCostOneCompileEach() throws Throwable {
        int lost = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            World world = history(seed, 5, new Faults(0, 0.02, 0, 0, 0, 0, 0));
            lost += world.leasesLost;
        }
        assertThat(lost).isPositive();
    }

    @Test
    void aSplitCostsOneCompile_aBackupLostByItOneMore_andHealingNone() throws Throwable {
        int splits = 0;
        int twice = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            World world = history(seed, 6, new Faults(0, 0, 0, 0, 0, 0.6, 0));
            splits += world.splits;
            twice += world.compiles == 2 ? 1 : 0;
            assertThat(world.merges).as("seed " + seed).isEqualTo(world.splits);
        }
        assertThat(splits).isPositive();
        assertThat(twice).as("histories in which both sides compiled").isPositive();
    }

    @Test
    void damagedEntriesCostOneCompileEach_andAreNeverAnAnswer() throws Throwable {
        int corruptions = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            corruptions += history(seed, 6, new Faults(0, 0, 0, 0, 0, 0, 0.3)).corruptions;
        }
        assertThat(corruptions).isPositive();
    }

    @Test
    void anythingAtOnceNeverCostsMoreThanItsFaults() throws Throwable {
        Faults all = new Faults(0.02, 0.02, 0.003, 0.05, 0.01, 0.3, 0.05);
        for (long seed = 0; seed < 4L * SEEDS; seed++) {
            history(seed, 3 + (int) (seed % 5), all);
        }
    }

    @Test
    void aTableThatNeverAnswersLeavesEachToItself() throws Throwable {
        for (long seed = 0; seed < 20; seed++) {
            World world = history(seed, 4, new Faults(0, 0, 0, 0, 1, 0, 0));
            assertThat(world.compiles).isEqualTo(4);
            assertThat(world.waits)
                    .allSatisfy(wait -> assertThat(wait)
                            .isLessThan(Duration.ofSeconds(COMPILE_SECONDS + 1).toNanos()));
        }
    }

    @Test
    void whatCannotBeSharedIsNotCompiledInTurns() throws Throwable {
        for (long seed = 0; seed < 50; seed++) {
            World world = new World(seed, Faults.NONE);
            world.shareable = false;
            world.run(6);

            assertThat(world.answers).hasSize(6);
            assertThat(world.waits)
                    .as("seed " + seed)
                    .allSatisfy(wait -> assertThat(wait)
                            .isLessThan(
                                    Duration.ofSeconds(2 * COMPILE_SECONDS + 2).toNanos()));
        }
    }

    @Test
    void aSeedIsAHistory() throws Throwable {
        Faults all = new Faults(0.02, 0.02, 0.01, 0.05, 0.02, 0.5, 0.1);

        assertThat(history(77, 5, all).simulation.history)
                .containsExactlyElementsOf(history(77, 5, all).simulation.history);
    }
}
