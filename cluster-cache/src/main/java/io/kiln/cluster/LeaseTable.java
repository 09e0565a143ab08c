package io.kiln.cluster;

import java.time.Duration;

/** The compile leases of a cluster: for each key at most one holder, forgotten when its time to live is over. Safe for concurrent use. */
interface LeaseTable {

    /** What a key's lease is to the one who asks. */
    enum State {
        /** Nobody's. */
        FREE,
        /** The asker's. */
        MINE,
        /** Another's, who compiles. */
        HELD,
        /** Nobody's to have: the executable cannot be shared, everybody compiles. */
        PRIVATE
    }

    /** Takes the lease when it is free: {@code MINE}, {@code HELD} or {@code PRIVATE}. */
    State acquire(String key, byte[] token, Duration ttl) throws TierFault;

    /** The lease's state. */
    State look(String key, byte[] token) throws TierFault;

    /** Starts the time to live again; false when the lease is no longer the asker's. */
    boolean extend(String key, byte[] token, Duration ttl) throws TierFault;

    /** Gives the lease back, if it is the asker's. */
    void release(String key, byte[] token) throws TierFault;

    /** Says for a while that the key's executable cannot be shared, if the lease is the asker's. */
    void markPrivate(String key, byte[] token, Duration ttl) throws TierFault;
}
