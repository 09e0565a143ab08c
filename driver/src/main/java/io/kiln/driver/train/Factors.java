package io.kiln.driver.train;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.IndexMode;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.model.Weight;
import io.kiln.random.Key;
import io.kiln.random.Random;
import java.util.List;

/**
 * The prediction of a matrix factorisation: {@code m + b_u + c_i + p_u·q_i} for user u and item i, who are the positions in a row of two. A
 * user or item that was not seen in training has the bias and the factors 0.
 *
 * @param users how many
 * @param items how many
 * @param k factors of each
 * @param dtype of the parameters
 */
record Factors(int users, int items, int k, DType dtype) implements Body {
    /**
     * Biases are 0 to begin with; factors are normal with deviation {@code 1/sqrt(k)} times a tenth, because at 0, where all products and all
     * their derivatives are 0, nothing would move.
     */
    @Override
    public List<Weight> initial(long seed) {
        List<Key> keys = Key.of(seed).split(2);
        return List.of(
                new Weight("user_factors", factors(keys.get(0), users)),
                new Weight("item_factors", factors(keys.get(1), items)),
                new Weight("user_bias", HostArray.zeros(ShapedArray.of(dtype, users))),
                new Weight("item_bias", HostArray.zeros(ShapedArray.of(dtype, items))),
                new Weight("intercept", HostArray.zeros(ShapedArray.of(dtype))));
    }

    private HostArray factors(Key key, int count) {
        return Random.normal(key, dtype, count, k).times(0.1 / Math.sqrt(k)).value();
    }

    @Override
    public boolean isRegularised(Weight parameter) {
        return !parameter.name().equals("intercept");
    }

    @Override
    public Tensor sums(List<Tensor> parameters, Tensor x) {
        Tensor user = x.at(0).convert(DType.I32);
        Tensor item = x.at(1).convert(DType.I32);
        Tensor product = row(parameters.get(0), user).dot(row(parameters.get(1), item));
        return product.plus(row(parameters.get(2), user))
                .plus(row(parameters.get(3), item))
                .plus(parameters.get(4));
    }

    /** The slice of a position, zeros for -1. */
    private static Tensor row(Tensor table, Tensor position) {
        Tensor found = table.take(position.maximum(0), 0, IndexMode.CLIP);
        Tensor known = position.greaterOrEqual(0);
        return Tensor.where(known.broadcastTo(dims(found)), found, found.times(0));
    }

    private static int[] dims(Tensor tensor) {
        return tensor.shape().stream().mapToInt(Integer::intValue).toArray();
    }
}
