package io.kiln.optim;

import io.kiln.core.DType;
import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** What the optimizers share: reading a slot, and scalars in the dtype of each leaf. */
final class Slots {
    private Slots() {}

    /** The tree of a slot, which has the structure of {@code like}. */
    @SuppressWarnings(
            "unchecked") // init made it of a P; a tree of another structure is found leaf by leaf when it is used
    static <P> P of(Optimizer.State state, String name, P like) {
        Object found = state.slots().get(name);
        if (found == null) {
            throw KilnException.user(
                    "updating parameters: the state must have the slot %s, got %s"
                            .formatted(name, state.slots().keySet()),
                    "use the state that init of this optimizer made; docs/errors.md#KILN-T008");
        }
        return (P) found;
    }

    /** A scalar for each leaf in the leaf's dtype, made once a dtype: rounding is that of the parameters, whatever they are. */
    static UnaryOperator<Tensor> perDType(Function<DType, Tensor> make) {
        Map<DType, Tensor> made = new EnumMap<>(DType.class);
        return leaf -> made.computeIfAbsent(leaf.dtype(), make);
    }
}
