package io.kiln.cluster;

import java.util.Locale;

/** Why an entry was refused before any of its bytes were handed out; the name in lower case is the counter's. */
enum RejectReason {
    /** The bytes do not start as an entry does. */
    NOT_AN_ENTRY,
    /** Another format version, or flags that this version does not know. */
    VERSION,
    /** Signed under a key that is not this reader's. */
    FOREIGN_KEY,
    /** Fewer or more bytes than the header says. */
    TRUNCATED,
    /** More bytes, there or claimed, than an entry may have. */
    TOO_LONG,
    /** The signature does not fit the bytes. */
    MAC,
    /** An intact entry of another cache key. */
    OTHER_KEY,
    /** Compiled by another plugin file. */
    PLUGIN,
    /** Compiled for a processor with features that this one lacks. */
    FEATURES;

    /** The counter's name, such as {@code foreign-key}. */
    String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
