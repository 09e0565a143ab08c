package io.kiln.user.other;

/** State that changes, in another package of the same root. */
public final class Rates {
    private static int current = 3;

    private Rates() {}

    /** The current rate. */
    public static int current() {
        return current;
    }

    /** Changes it. */
    public static void change(int rate) {
        current = rate;
    }
}
