package io.kiln.cluster;

/** Names and switches that member and client agree on. */
final class HazelcastNames {
    /** Executables; the format version in the name keeps versions apart. */
    static final String EXECUTABLES = "kiln.executables.v" + EntrySeal.VERSION;

    /** Leases, likewise. */
    static final String LEASES = "kiln.leases.v" + EntrySeal.VERSION;

    /** A class that does not exist: a filter that allows it allows nothing, and an empty allow list would be no filter. */
    static final String NO_CLASS = "io.kiln.cluster.NoSuchClass";

    private HazelcastNames() {}
}
