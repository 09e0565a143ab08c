package io.kiln.jit;

import io.kiln.core.Call;
import io.kiln.core.DeadCode;
import io.kiln.core.Inline;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.core.Traced;
import io.kiln.error.KilnException;
import io.kiln.transform.Grad;
import io.kiln.transform.Vmap;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A user's function traced for one signature: its program, what it captured, and the structure of its result. */
record TracedFunction(Signature signature, Traced traced, Pytree result) {
    /** Traces {@code f}, inside the trace around it if there is one. */
    static TracedFunction trace(@Nullable String name, UserFunction f, Signature signature) {
        List<Pytree> result = new ArrayList<>();
        Traced traced = Trace.capture(
                name,
                ins -> {
                    List<Tensor> leaves = new ArrayList<>();
                    Object value = f.apply(signature.unflatten(ins));
                    result.add(Pytree.flatten(value, "the result of the traced function", leaves::add));
                    return leaves;
                },
                signature.avals());
        Program program = DeadCode.drop(traced.program());
        return new TracedFunction(signature, new Traced(program, traced.captured()), result.get(0));
    }

    /** The result for these leaves: one call in the current trace. */
    Object call(String name, List<Tensor> leaves) {
        return unflatten(Trace.bind(new Call(name, traced.program()), traced.operands(leaves)));
    }

    /** The result made of these leaves. */
    Object unflatten(List<Tensor> leaves) {
        return Objects.requireNonNull(result.unflatten(leaves.iterator()));
    }

    /** {@code f} mapped over an axis of each argument; {@code null}: that argument is not mapped. */
    static Object vmap(UserFunction f, List<@Nullable Integer> inAxes, List<@Nullable Object> arguments) {
        if (inAxes.size() != arguments.size()) {
            throw KilnException.user(
                    "vmap: there must be an axis for each argument (null: not mapped), got %s for %d arguments"
                            .formatted(inAxes, arguments.size()),
                    "write one axis for each argument: Jit.vmap(f, null, 0, 0)");
        }
        Signature.Flat flat = Signature.of(arguments, Set.of());
        List<ShapedArray> rows = new ArrayList<>();
        List<Integer> axes = new ArrayList<>();
        int size = -1;
        int next = 0;
        for (int i = 0; i < arguments.size(); i++) {
            for (int k = flat.signature().arguments().get(i).leafCount(); k > 0; k--) {
                ShapedArray aval = flat.leaves().get(next++).aval();
                Integer axis = inAxes.get(i);
                if (axis == null) {
                    rows.add(aval);
                    axes.add(-1);
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
                axes.add(at);
            }
        }
        if (size < 0) {
            throw mapped("at least one argument must be mapped");
        }
        TracedFunction one = trace(null, f, new Signature(flat.signature().arguments(), rows));
        List<Integer> all =
                new ArrayList<>(Collections.nCopies(one.traced.captured().size(), -1));
        all.addAll(axes);
        Program batch = Vmap.vmap(one.traced.program(), all, size);
        return one.unflatten(Inline.call(batch, one.traced.operands(flat.leaves())));
    }

    private static KilnException mapped(String problem) {
        return KilnException.user(
                "vmap: " + problem, "name for each argument the axis of the batch, null for what all rows share");
    }

    /** The value of {@code f}, a scalar, and its gradient with respect to argument 0. */
    static ValueAndGrad<@Nullable Object> valueAndGrad(UserFunction f, List<@Nullable Object> arguments) {
        Signature.Flat flat = Signature.of(arguments, Set.of());
        TracedFunction one = trace(null, f, flat.signature());
        int captured = one.traced.captured().size();
        List<Integer> wrt = flat.signature().leavesOf(Set.of(0)).stream()
                .map(i -> i + captured)
                .toList();
        Program program = Grad.valueAndGrad(one.traced.program(), wrt);
        Iterator<Tensor> outs =
                Inline.call(program, one.traced.operands(flat.leaves())).iterator();
        Tensor value = outs.next();
        return new ValueAndGrad<>(value, flat.signature().arguments().get(0).unflatten(outs));
    }
}
