package io.kiln.transform;

import io.kiln.core.BatchAxis;
import io.kiln.core.DeadCode;
import io.kiln.core.Lax;
import io.kiln.core.Mapped;
import io.kiln.core.Program;
import io.kiln.core.Replay;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.TraceErrors;
import io.kiln.error.KilnException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.IntFunction;

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
        return vmap(p, inAxes, batch, Collections.nCopies(p.results().size(), 0), i -> "result " + i);
    }

    /**
     * {@link #vmap(Program, List, BatchAxis)} whose results are mapped along {@code outAxes}; -1: the result is the same for
     * all elements, and has no such axis. Messages call the results by {@code names}.
     *
     * @throws KilnException KILN-T020 where a result that must not depend on the batch does
     */
    public static Program vmap(
            Program p, List<Integer> inAxes, BatchAxis batch, List<Integer> outAxes, IntFunction<String> names) {
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
                    List<Mapped> outs = Replay.vmap(p, ins, batch);
                    List<Tensor> results = new ArrayList<>();
                    for (int i = 0; i < outs.size(); i++) {
                        results.add(placed(outs.get(i), outAxes.get(i), batch, names.apply(i)));
                    }
                    return results;
                },
                avals));
    }

    private static Tensor placed(Mapped out, int axis, BatchAxis batch, String name) {
        if (axis < 0) {
            if (out.mapped()) {
                throw TraceErrors.user(
                        "KILN-T020",
                        "vmap: %s depends on the batch, so it must be mapped along an axis, got null".formatted(name),
                        "name an axis for it, or reduce it over the batch (Collectives.psum)");
            }
            return out.value();
        }
        Tensor all = out.along(batch);
        if (axis >= all.rank()) {
            throw new IllegalArgumentException(
                    "%s of one element is %s: it cannot be mapped along axis %d".formatted(name, out.row(), axis));
        }
        List<Integer> order = new ArrayList<>();
        for (int i = 1; i < all.rank(); i++) {
            order.add(i);
        }
        order.add(axis, 0);
        return Lax.transpose(all, order);
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
