package io.kiln.core;

import java.util.List;
import java.util.Objects;

/**
 * A primitive that refers to a batch axis by name. It has a meaning only under the {@code vmap} that names the axis, whose rule
 * puts plain operations in its place; where none does, it is the user's error.
 */
public sealed interface Collective extends Primitive permits AxisReduce, AxisIndex {
    /** The name of the axis. */
    String axis();

    /** Whether an equation, or one of the programs inside it, refers to the name of {@code batch}. */
    static boolean refers(Equation eqn, BatchAxis batch) {
        return batch.name() != null && refers(eqn.primitive(), batch.name());
    }

    private static boolean refers(Primitive primitive, String name) {
        if (primitive instanceof Collective collective) {
            return collective.axis().equals(name);
        }
        return primitive instanceof HigherOrder
                && primitive.params().stream()
                        .filter(p -> p instanceof Param.Programs)
                        .flatMap(p -> ((Param.Programs) p).values().stream())
                        .flatMap(p -> p.equations().stream())
                        .anyMatch(eqn -> refers(eqn.primitive(), name));
    }

    /** Whether {@code batch} is the axis that this refers to. */
    default boolean isOver(BatchAxis batch) {
        return Objects.equals(axis(), batch.name());
    }

    @Override
    default List<String> lower(Emitter out, Equation eqn, List<String> ins) {
        throw TraceErrors.unboundAxis(mnemonic(), axis());
    }

    @Override
    default List<HostArray> eval(List<HostArray> ins) {
        throw TraceErrors.unboundAxis(mnemonic(), axis());
    }
}
