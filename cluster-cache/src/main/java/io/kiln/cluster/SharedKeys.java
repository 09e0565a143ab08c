package io.kiln.cluster;

/** Where a process has the keys of the application's shared tier from: asked when the cache is opened, and again while it is in use. */
@FunctionalInterface
public interface SharedKeys {
    /**
     * The keys now, 32 bytes each, one after the other: first the one that signs, then the one before, whose entries are still read; no bytes when nothing is
     * shared. The array is the caller's, who clears it.
     *
     * @throws RuntimeException when there is no answer
     */
    byte[] ask();
}
