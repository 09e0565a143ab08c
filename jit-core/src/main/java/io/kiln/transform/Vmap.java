package io.kiln.transform;

import io.kiln.core.BatchAxis;
import io.kiln.core.DeadCode;
import io.kiln.core.Lax;
import io.kiln.core.Mapped;
import io.kiln.core.Program;
import io.kiln.core.Replay;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Batching, program to program. */
public final class Vmap {
    private Vmap() {}

    /**
     * The program that applies {@code p} to each element of a batch of {@code size}. {@code inAxes} says along which axis
     * each parameter is mapped; -1: it is not. All results are mapped along axis 0.
     */
    public static Program vmap(Program p, List<Integer> inAxes, int size) {
        return vmap(p, inAxes, BatchAxis.of(size));
    }

    /** {@link #vmap(Program, List, int)} along an axis that may have a name. */
    public static Program vmap(Program p, List<Integer> inAxes, BatchAxis batch) {
        if (inAxes.size() != p.params().size()) {
            throw new IllegalArgumentException("%d axes for %d parameters"
                    .formatted(inAxes.size(), p.params().size()));
        }
        List<ShapedArray> avals = new ArrayList<>();
        for (int i = 0; i < inAxes.size(); i++) {
            ShapedArray row = p.inputs().get(i);
            List<Integer> shape = new ArrayList<>(row.shape());
            int axis = inAxes.get(i);
            if (axis > row.rank() || axis < -1) {
                throw new IllegalArgumentException(
                        "parameter %d of one row is %s: it has no axis %d to map".formatted(i, row, axis));
            }
            if (axis >= 0) {
                shape.add(axis, batch.size());
            }
            avals.add(row.withShape(shape));
        }
        return DeadCode.drop(Replay.program(
                all -> {
                    List<Mapped> ins = new ArrayList<>();
                    for (int i = 0; i < all.size(); i++) {
                        int axis = inAxes.get(i);
                        ins.add(axis < 0 ? Mapped.no(all.get(i)) : Mapped.yes(toFront(all.get(i), axis)));
                    }
                    return Replay.vmap(p, ins, batch).stream()
                            .map(m -> m.along(batch))
                            .toList();
                },
                avals));
    }

    private static Tensor toFront(Tensor x, int axis) {
        List<Integer> order = new ArrayList<>();
        order.add(axis);
        for (int i = 0; i < x.rank(); i++) {
            if (i != axis) {
                order.add(i);
            }
        }
        return Lax.transpose(x, order);
    }
}
