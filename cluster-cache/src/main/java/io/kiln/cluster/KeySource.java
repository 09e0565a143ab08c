package io.kiln.cluster;

/** Where a seal has its keys from; they may change while it is in use. Safe for concurrent use. */
interface KeySource {
    /** The keys now. */
    KeyRing now();

    /** The keys now, of which a reader just missed one that an entry names. */
    default KeyRing again() {
        return now();
    }
}
