package io.kiln.random;

import io.kiln.core.DType;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.TraceErrors;
import java.util.ArrayList;
import java.util.List;

/**
 * The state of the random generator, a value: the same key gives the same numbers, on every device and in every order of
 * calls. Use each key once; {@link #split} makes new ones. The u32[2] of {@code data} is JAX's raw threefry2x32 key, and
 * everything made from it is what JAX makes of it.
 */
public record Key(Tensor data) {
    /** Checks that {@code data} is a u32[2]. */
    public Key {
        ShapedArray required = ShapedArray.of(DType.U32, 2);
        if (!data.aval().equals(required)) {
            throw TraceErrors.user(
                    "KILN-T004",
                    "a random key must be %s, got %s".formatted(required, data.aval()),
                    "make it of a seed, Key.of(42), or wrap one row of Key.splitData(n)");
        }
    }

    /** The key of a seed: {@code jax.random.key(seed)}. */
    public static Key of(long seed) {
        return of(Tensor.scalar(seed));
    }

    /** The key of a seed that is an integer scalar: one of at most 32 bits is the low word of the key. */
    public static Key of(Tensor seed) {
        if (!seed.dtype().isInteger() || seed.rank() != 0) {
            throw TraceErrors.user(
                    "KILN-T004",
                    "a random seed must be an integer scalar, got " + seed.aval(),
                    "convert it: .convert(DType.U32); map over seeds with Jit.vmap");
        }
        boolean wide = seed.dtype().bits() == 64;
        // The type's own width decides: a negative i32 does not spread its sign into the high word.
        Tensor high = wide ? seed.shiftRightLogical(32).convert(DType.U32) : Tensor.scalar(DType.U32, 0);
        Tensor low = wide
                ? seed.convert(DType.U64)
                        .and(Tensor.scalar(DType.U64, 0xFFFFFFFFL))
                        .convert(DType.U32)
                : seed.convert(DType.U32);
        return new Key(Tensor.stack(0, high, low));
    }

    /** The key of two words: {@code jax.random.wrap_key_data}. */
    public static Key wrap(Tensor data) {
        return new Key(data);
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

    /** The keys of {@link #split} as one u32[dims..., 2], to be mapped over. */
    public Tensor splitData(int... dims) {
        Threefry.Words out = Threefry.hash(this, Threefry.counters(dims));
        return Tensor.stack(dims.length, out.high(), out.low());
    }

    /** The key that follows from this one and a number, such as that of a step. */
    public Key foldIn(int number) {
        return foldIn(Tensor.scalar(number));
    }

    /** The key that follows from this one and an integer scalar, of which the low 32 bits count. */
    public Key foldIn(Tensor number) {
        Tensor low = number.convert(DType.U32);
        Threefry.Words out = Threefry.hash(this, new Threefry.Words(Tensor.scalar(DType.U32, 0), low));
        return new Key(Tensor.stack(0, out.high(), out.low()));
    }
}
