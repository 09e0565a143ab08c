package io.kiln.numpy;

/** What stands beyond the ends of an axis that is padded, as in {@code numpy.pad}. */
public enum PadMode {
    /** The element at the end, again and again. */
    EDGE {
        @Override
        int source(int i, int size) {
            return Math.clamp(i, 0, size - 1);
        }
    },
    /** The elements mirrored, the one at the end once. */
    REFLECT {
        @Override
        int source(int i, int size) {
            int period = Math.max(1, 2 * (size - 1));
            int at = Math.floorMod(i, period);
            return at < size ? at : period - at;
        }
    },
    /** The elements mirrored, the one at the end twice. */
    SYMMETRIC {
        @Override
        int source(int i, int size) {
            int at = Math.floorMod(i, 2 * size);
            return at < size ? at : 2 * size - 1 - at;
        }
    },
    /** The elements of the other end. */
    WRAP {
        @Override
        int source(int i, int size) {
            return Math.floorMod(i, size);
        }
    };

    /** The element of an axis of {@code size} that stands at {@code i}, which may lie outside. */
    abstract int source(int i, int size);
}
