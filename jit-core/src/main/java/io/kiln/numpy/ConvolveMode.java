package io.kiln.numpy;

/** Which elements of a convolution are kept, as in {@code numpy.convolve}. */
public enum ConvolveMode {
    /** All, also where the vectors overlap in part: n + m - 1. */
    FULL {
        @Override
        int before(int window) {
            return window - 1;
        }

        @Override
        int after(int window) {
            return window - 1;
        }
    },
    /** As many as the longer vector has, from the middle. */
    SAME {
        @Override
        int before(int window) {
            return window / 2;
        }

        @Override
        int after(int window) {
            return window - window / 2 - 1;
        }
    },
    /** Those where the shorter vector lies within the longer. */
    VALID {
        @Override
        int before(int window) {
            return 0;
        }

        @Override
        int after(int window) {
            return 0;
        }
    };

    /** How many zeros go before the longer vector, where the shorter has {@code window} elements. */
    abstract int before(int window);

    /** How many zeros go behind it. */
    abstract int after(int window);
}
