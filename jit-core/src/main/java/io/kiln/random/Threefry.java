package io.kiln.random;

import io.kiln.core.DType;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;

/**
 * The Threefry-2x32 hash of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011), with
 * 20 rounds, as JAX uses it.
 */
final class Threefry {
    private static final int PARITY = 0x1BD11BDA;
    private static final int[][] ROTATIONS = {{13, 15, 26, 6}, {17, 29, 16, 24}};

    private Threefry() {}

    /** 64 bits each, as two words of 32. */
    record Words(Tensor high, Tensor low) {}

    /** The row-major counters 0, 1, ... of 64 bits for an array of these dimensions. */
    static Words counters(int... dims) {
        int size = Math.toIntExact(ShapedArray.of(DType.U32, dims).elements());
        return new Words(
                Tensor.zeros(DType.U32, dims), Tensor.iota(DType.U32, size).reshape(dims));
    }

    /** The hash of {@code counters} under a key. */
    static Words hash(Key key, Words counters) {
        Tensor first = key.data().at(0);
        Tensor second = key.data().at(1);
        Tensor[] keys = {first, second, first.xor(second).xor(PARITY)};
        Tensor x = counters.high().plus(keys[0]);
        Tensor y = counters.low().plus(keys[1]);
        for (int group = 0; group < 5; group++) {
            for (int rotation : ROTATIONS[group % 2]) {
                x = x.plus(y);
                y = rotate(y, rotation).xor(x);
            }
            x = x.plus(keys[(group + 1) % 3]);
            y = y.plus(keys[(group + 2) % 3]).plus(group + 1);
        }
        return new Words(x, y);
    }

    private static Tensor rotate(Tensor x, int by) {
        return x.shiftLeft(by).or(x.shiftRightLogical(32 - by));
    }
}
