package io.kiln.driver.train;

import io.kiln.core.Tensor;
import io.kiln.model.Weight;
import java.util.List;

/** What is between a row's features and the sums that a {@link Head} gives a meaning. */
sealed interface Body permits Network, Factors {
    /** The parameters to begin with; the last is the intercept where the sum is a scalar. */
    List<Weight> initial(long seed);

    /** Whether the penalty is on this parameter. */
    boolean isRegularised(Weight parameter);

    /** The sums of one row: parameters as {@link #initial} gives them. */
    Tensor sums(List<Tensor> parameters, Tensor x);
}
