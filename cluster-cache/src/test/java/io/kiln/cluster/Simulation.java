package io.kiln.cluster;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.SynchronousQueue;
import org.jspecify.annotations.Nullable;

/**
 * Processes in a time of their own. One thread runs at any moment; which one goes on after each step, and when time passes, is drawn from
 * the seed, so a seed is a history. A crashed node's threads never go on; a paused one's go on later.
 */
final class Simulation {
    /** Unwinds a thread whose node crashed. */
    static final class Crash extends Error {
        private static final long serialVersionUID = 1L;

        Crash() {
            super("crashed", null, false, false);
        }
    }

    /** One process. */
    static final class Node {
        private final String name;
        private boolean crashed;
        private long pausedUntil;

        Node(String name) {
            this.name = name;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static final class Strand {
        private final Node node;
        private final SynchronousQueue<Boolean> go = new SynchronousQueue<>();
        private long wakeAt;
        private boolean done;

        Strand(Node node) {
            this.node = node;
        }

        long readyAt() {
            return Math.max(wakeAt, node.crashed ? 0 : node.pausedUntil);
        }
    }

    private static final ThreadLocal<Strand> CURRENT = new ThreadLocal<>();
    private static final long STEP = Duration.ofMillis(1).toNanos();

    final Random random;
    final Deque<String> history = new ArrayDeque<>();

    private final List<Strand> strands = new ArrayList<>();
    private final SynchronousQueue<Boolean> stepped = new SynchronousQueue<>();
    private long now = 1_000;
    private @Nullable Throwable failure;

    Simulation(long seed) {
        random = new Random(seed);
    }

    Node node(String name) {
        return new Node(name);
    }

    long now() {
        return now;
    }

    void log(String what) {
        Strand strand = CURRENT.get();
        history.add(Duration.ofNanos(now).toMillis() + " ms " + (strand == null ? "" : strand.node) + " " + what);
    }

    void crash(Node node) {
        node.crashed = true;
        log("crash of " + node);
    }

    void pause(Node node, Duration time) {
        node.pausedUntil = now + time.toNanos();
        log("pause of " + node + " for " + time.toMillis() + " ms");
    }

    boolean alive(Node node) {
        return !node.crashed;
    }

    /** Adds a thread of a node; it starts when the simulation says so. */
    void spawn(Node node, Runnable work) {
        Strand strand = new Strand(node);
        strand.wakeAt = now;
        strands.add(strand);
        Thread.ofVirtual().start(() -> {
            CURRENT.set(strand);
            try {
                await(strand);
                work.run();
            } catch (Crash e) {
                // As intended.
            } catch (Throwable e) {
                failure = e;
            } finally {
                strand.done = true;
                put(stepped);
            }
        });
    }

    /** A step of the thread that calls: others may go first. */
    void step() {
        sleep(Duration.ZERO);
    }

    /** Waits in simulated time. */
    void sleep(Duration time) {
        Strand strand = CURRENT.get();
        strand.wakeAt = now + time.toNanos();
        put(stepped);
        await(strand);
    }

    /** Runs everything to its end. */
    void run() throws Throwable {
        for (int steps = 0; ; steps++) {
            strands.removeIf(strand -> strand.done);
            if (strands.isEmpty()) {
                break;
            }
            if (steps > 100_000) {
                throw new AssertionError("the simulation does not end");
            }
            List<Strand> ready =
                    strands.stream().filter(s -> s.readyAt() <= now).toList();
            if (ready.isEmpty()) {
                now = strands.stream().mapToLong(Strand::readyAt).min().orElseThrow();
                continue;
            }
            now += random.nextInt(4) == 0 ? STEP : 0;
            put(ready.get(random.nextInt(ready.size())).go);
            take(stepped);
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static void await(Strand strand) {
        take(strand.go);
        if (strand.node.crashed) {
            throw new Crash();
        }
    }

    private static void put(SynchronousQueue<Boolean> queue) {
        try {
            queue.put(true);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void take(SynchronousQueue<Boolean> queue) {
        try {
            queue.take();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
