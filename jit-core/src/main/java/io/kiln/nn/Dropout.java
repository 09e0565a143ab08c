package io.kiln.nn;

import io.kiln.core.Lax;
import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import io.kiln.random.Key;
import io.kiln.random.Random;

/** Elements left out at random in training; Srivastava and others 2014. In use nothing is left out and nothing is to be called. */
public final class Dropout {
    private Dropout() {}

    /** Each element is 0 with probability {@code rate}, and divided by {@code 1 - rate} otherwise, so that its mean stays. */
    public static Tensor apply(Key key, Tensor x, double rate) {
        if (!(rate >= 0 && rate < 1)) {
            throw KilnException.user(
                    "dropout: the rate must be from 0 up to but not including 1, got " + rate,
                    "name the share of elements to leave out, 0.1 for a tenth");
        }
        int[] dims = x.shape().stream().mapToInt(Integer::intValue).toArray();
        Tensor keep = Random.bernoulli(key, 1 - rate, dims);
        return Tensor.where(keep, x.dividedBy(1 - rate), Lax.like(x, 0));
    }
}
