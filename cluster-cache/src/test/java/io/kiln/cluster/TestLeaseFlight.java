package io.kiln.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The lease protocol under seeded crashes, pauses, lost leases, lost values and a table that does not answer. */
final class TestLeaseFlight {
    private static final Duration TTL = Duration.ofSeconds(10);
    private static final Duration MAX_WAIT = Duration.ofSeconds(60);
    private static final int COMPILE_SECONDS = 15;

    /** Histories a test; a long run asks for more. */
    private static final int SEEDS = Integer.getInteger("kiln.simulator.seeds", 100);

    /** What goes wrong in a history. */
    private record Faults(double crash, double pause, double loseLease, double loseValue, double noAnswer) {
        static final Faults NONE = new Faults(0, 0, 0, 0, 0);
    }

    /** One history: some nodes ask for one key. */
    private static final class World implements LeaseTable {
        @SuppressWarnings("ArrayRecordComponent") // compared by Arrays.equals alone
        private record Lease(byte[] token, long until, boolean isPrivate) {}

        final Simulation simulation;
        final Faults faults;
        final Map<String, Lease> leases = new HashMap<>();
        final List<String> answers = new ArrayList<>();
        final List<Long> waits = new ArrayList<>();

        @Nullable
        String value;

        int compiles;
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
            simulation.run();
        }

        private void ask(Simulation.Node node) {
            long start = simulation.now();
            byte[] token = node.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8);
            LeaseFlight flight = new LeaseFlight(this, new SimulatedTime(node), token::clone, TTL, MAX_WAIT);
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
                if (value != null && simulation.random.nextDouble() < faults.loseValue) {
                    simulation.log("the entry is gone");
                    value = null;
                    losses++;
                }
                return value;
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
                if (shareable) {
                    value = value == null ? result : value;
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

        private @Nullable Lease lease(String key) throws TierFault {
            simulation.step();
            if (simulation.random.nextDouble() < faults.noAnswer) {
                unanswered++;
                simulation.sleep(Duration.ofMillis(500));
                throw TierFault.failed("no answer", null);
            }
            Lease lease = leases.get(key);
            if (lease != null && simulation.random.nextDouble() < faults.loseLease) {
                simulation.log("the lease is gone");
                losses++;
                leases.remove(key);
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
            leases.put(key, new Lease(token, simulation.now() + ttl.toNanos(), isPrivate));
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
                leases.remove(key);
            }
        }

        @Override
        public void markPrivate(String key, byte[] token, Duration ttl) throws TierFault {
            if (state(lease(key), token) == State.MINE) {
                put(key, token, ttl, true);
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
            int allowed = 1 + world.deaths + world.pauses + world.losses + world.unanswered + world.late;
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
            World world = history(seed, 6, new Faults(0.03, 0, 0, 0, 0));
            assertThat(world.compiles).as("seed " + seed).isLessThanOrEqualTo(1 + world.deaths + world.late);
            deaths += world.deaths;
        }
        assertThat(deaths).isPositive();
    }

    @Test
    void pausesBeyondTheLeaseCostOneCompileEach() throws Throwable {
        int lost = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            World world = history(seed, 5, new Faults(0, 0.02, 0, 0, 0));
            lost += world.leasesLost;
        }
        assertThat(lost).isPositive();
    }

    @Test
    void anythingAtOnceNeverCostsMoreThanItsFaults() throws Throwable {
        Faults all = new Faults(0.02, 0.02, 0.003, 0.05, 0.01);
        for (long seed = 0; seed < 4L * SEEDS; seed++) {
            history(seed, 3 + (int) (seed % 5), all);
        }
    }

    @Test
    void aTableThatNeverAnswersLeavesEachToItself() throws Throwable {
        for (long seed = 0; seed < 20; seed++) {
            World world = history(seed, 4, new Faults(0, 0, 0, 0, 1));
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
        Faults all = new Faults(0.02, 0.02, 0.01, 0.05, 0.02);

        assertThat(history(77, 5, all).simulation.history)
                .containsExactlyElementsOf(history(77, 5, all).simulation.history);
    }
}
