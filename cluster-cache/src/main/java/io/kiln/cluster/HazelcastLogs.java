package io.kiln.cluster;

import java.util.logging.Level;
import java.util.logging.Logger;

/** Hazelcast's own log: severe messages only, unless the operator chose a level. What matters of the rest is counted and said by the cache. */
final class HazelcastLogs {
    // Held, because the JDK forgets the level of a logger that nobody holds.
    private static final Logger HAZELCAST = Logger.getLogger("com.hazelcast");

    private HazelcastLogs() {}

    static void quieten() {
        if (HAZELCAST.getLevel() == null) {
            HAZELCAST.setLevel(Level.SEVERE);
        }
    }
}
