package io.kiln.random;

import io.kiln.core.HostArray;
import io.kiln.core.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The state of the random generator, a value: the same key gives the same numbers, on every device and in every order of
 * calls. Use each key once; {@link #split} makes new ones. The two words of {@code data} (i32[2], the bits of JAX's
 * {@code uint32[2]} threefry2x32 key) are those of JAX, and so is everything made from them.
 */
public record Key(Tensor data) {
    /** The key of a seed: {@code jax.random.key(seed)}. */
    public static Key of(long seed) {
        return new Key(Tensor.of(HostArray.of((int) (seed >>> 32), (int) seed)));
    }

    /** {@code count} keys that are independent of each other and of this one, which must not be used again. */
    public List<Key> split(int count) {
        Tensor words = splitData(count);
        List<Key> keys = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            keys.add(new Key(words.at(i)));
        }
        return keys;
    }

    /** The keys of {@link #split} as one i32[count,2], to be mapped over. */
    public Tensor splitData(int count) {
        Threefry.Words out = Threefry.hash(this, Threefry.counters(count));
        return Tensor.stack(1, out.high(), out.low());
    }

    /** The key that follows from this one and a number, such as that of a step. */
    public Key fold(int number) {
        return fold(Tensor.scalar(number));
    }

    /** The key that follows from this one and an i32[]. */
    public Key fold(Tensor number) {
        Threefry.Words out = Threefry.hash(this, new Threefry.Words(Tensor.scalar(0), number));
        return new Key(Tensor.stack(0, out.high(), out.low()));
    }
}
