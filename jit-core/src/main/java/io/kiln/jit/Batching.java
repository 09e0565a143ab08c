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
        List<ShapedArray> rows = new ArrayList<>();
        List<Integer> inAxes = new ArrayList<>();
        int size = -1;
        int next = 0;
        for (int i = 0; i < arguments.size(); i++) {
            for (int k = flat.signature().arguments().get(i).leafCount(); k > 0; k--) {
                ShapedArray aval = flat.leaves().get(next++).aval();
                Integer axis = axes.in().get(i);
                if (axis == null) {
                    rows.add(aval);
                    inAxes.add(-1);
                    continue;
                }
                int at = axis < 0 ? axis + aval.rank() : axis;
                if (at < 0 || at >= aval.rank()) {
                    throw mapped("argument %d has a leaf of %s, which has no axis %d".formatted(i, aval, axis));
                }
                if (size >= 0 && size != aval.dim(at)) {
                    throw mapped("the mapped axes must have one size, got %d and %d (argument %d: %s)"
                            .formatted(size, aval.dim(at), i, aval));
                }
                size = aval.dim(at);
                List<Integer> shape = new ArrayList<>(aval.shape());
                shape.remove(/* index */ at);
                rows.add(aval.withShape(shape));
                inAxes.add(at);
            }
        }
        if (size < 0) {
            throw mapped("at least one argument must be mapped");
        }
        TracedFunction one =
                TracedFunction.trace(null, f, new Signature(flat.signature().arguments(), rows));
        List<Integer> all =
                new ArrayList<>(Collections.nCopies(one.traced().captured().size(), -1));
        all.addAll(inAxes);
        Program batch =
                Vmap.vmap(one.traced().program(), all, new BatchAxis(size, axes.name()), outAxes(one, axes.out()));
        return one.unflatten(Inline.call(batch, one.traced().operands(flat.leaves())));
    }

    /** The axis of each leaf of the result; -1: not mapped. */
    private static List<Integer> outAxes(TracedFunction one, List<@Nullable Integer> axes) {
        List<ShapedArray> leaves = one.traced().program().outputs();
        List<Integer> out = new ArrayList<>();
        if (axes.size() == 1) {
            leaves.forEach(leaf -> out.add(outAxis(axes.get(0), leaf)));
            return out;
        }
        List<Pytree> components = switch (one.result()) {
            case Pytree.Items(List<Pytree> items) -> items;
            case Pytree.Fields(Class<?> _, List<Pytree> items) -> items;
            case Pytree.Leaf _, Pytree.Constant _, Pytree.Entries _, Pytree.Maybe _ -> List.of(one.result());
        };
        if (components.size() != axes.size()) {
            throw error(
                    "there must be one axis for the whole result, or one for each of its %d components, got %s"
                            .formatted(components.size(), axes),
                    "write .out(0), or as many axes as the list or record has components");
        }
        for (int i = 0; i < axes.size(); i++) {
            for (int k = components.get(i).leafCount(); k > 0; k--) {
                out.add(outAxis(axes.get(i), leaves.get(out.size())));
            }
        }
        return out;
    }

    private static int outAxis(@Nullable Integer axis, ShapedArray row) {
        if (axis == null) {
            return -1;
        }
        int at = axis < 0 ? axis + row.rank() + 1 : axis;
        if (at < 0) {
            throw error(
                    "a result of one element is %s, so its batch can be along axis -%d to %d, got %d"
                            .formatted(row, row.rank() + 1, row.rank(), axis),
                    "name an axis in that range");
        }
        return at;
    }

    private static KilnException mapped(String problem) {
        return error(problem, "name for each argument the axis of the batch, null for what all rows share");
    }

    private static KilnException error(String problem, String fix) {
        return TraceErrors.user("KILN-T020", "vmap: " + problem, fix);
    }
}
