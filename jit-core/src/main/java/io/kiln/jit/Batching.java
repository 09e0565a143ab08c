package io.kiln.jit;

import io.kiln.core.BatchAxis;
import io.kiln.core.Inline;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.core.TraceErrors;
import io.kiln.error.KilnException;
import io.kiln.transform.Vmap;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A user's function over a batch of its arguments: {@code vmap}. */
final class Batching {
    private Batching() {}

    /** The result of {@code f} mapped along {@code axes}. */
    static Object vmap(UserFunction f, Axes axes, List<@Nullable Object> arguments) {
        if (axes.in().size() != arguments.size()) {
            throw error(
                    "there must be an axis for each argument (null: not mapped), got %s for %d arguments"
                            .formatted(axes.in(), arguments.size()),
                    "write one axis for each argument: Jit.vmap(f, null, 0, 0)");
        }
        Signature.Flat flat = Signature.of(arguments, Set.of());
        List<String> paths = new ArrayList<>();
        List<@Nullable Integer> given = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            Pytree tree = flat.signature().arguments().get(i);
            paths.addAll(tree.paths("argument " + i));
            given.addAll(AxisPrefix.leaves(axes.in().get(i), tree, "argument " + i));
        }
        List<ShapedArray> rows = new ArrayList<>();
        List<Integer> inAxes = new ArrayList<>();
        int size = -1;
        for (int i = 0; i < paths.size(); i++) {
            ShapedArray aval = flat.leaves().get(i).aval();
            Integer axis = given.get(i);
            if (axis == null) {
                rows.add(aval);
                inAxes.add(-1);
                continue;
            }
            int at = axis < 0 ? axis + aval.rank() : axis;
            if (at < 0 || at >= aval.rank()) {
                throw mapped("%s is %s, which has no axis %d".formatted(paths.get(i), aval, axis));
            }
            if (size >= 0 && size != aval.dim(at)) {
                throw mapped("the mapped axes must have one size, got %d and %d (%s: %s)"
                        .formatted(size, aval.dim(at), paths.get(i), aval));
            }
            size = aval.dim(at);
            List<Integer> shape = new ArrayList<>(aval.shape());
            shape.remove(/* index */ at);
            rows.add(aval.withShape(shape));
            inAxes.add(at);
        }
        if (size < 0) {
            throw mapped("at least one argument must be mapped");
        }
        TracedFunction one =
                TracedFunction.trace(null, f, new Signature(flat.signature().arguments(), rows));
        List<Integer> all =
                new ArrayList<>(Collections.nCopies(one.traced().captured().size(), -1));
        all.addAll(inAxes);
        List<String> results = one.result().paths("the result");
        Program batch = Vmap.vmap(
                one.traced().program(),
                all,
                new BatchAxis(size, axes.name()),
                outAxes(one, axes.out(), results),
                results::get);
        return one.unflatten(Inline.call(batch, one.traced().operands(flat.leaves())));
    }

    /** The axis of each leaf of the result; -1: not mapped. */
    private static List<Integer> outAxes(TracedFunction one, List<@Nullable Object> axes, List<String> paths) {
        List<ShapedArray> leaves = one.traced().program().outputs();
        List<@Nullable Integer> given =
                AxisPrefix.leaves(axes.size() == 1 ? axes.get(0) : axes, one.result(), "the result");
        List<Integer> out = new ArrayList<>();
        for (int i = 0; i < leaves.size(); i++) {
            Integer axis = given.get(i);
            int rank = leaves.get(i).rank();
            int at = axis == null ? -1 : axis < 0 ? axis + rank + 1 : axis;
            if (axis != null && (at < 0 || at > rank)) {
                throw error(
                        "%s of one element is %s, so its batch can be along axis %d to %d, got %d"
                                .formatted(paths.get(i), leaves.get(i), -rank - 1, rank, axis),
                        "name an axis in that range");
            }
            out.add(at);
        }
        return out;
    }

    private static KilnException mapped(String problem) {
        return error(problem, "name for each argument the axis of the batch, null for what all rows share");
    }

    private static KilnException error(String problem, String fix) {
        return TraceErrors.user("KILN-T020", "vmap: " + problem, fix);
    }
}
