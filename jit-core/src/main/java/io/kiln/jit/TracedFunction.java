package io.kiln.jit;

import io.kiln.compile.DeviceArray;
import io.kiln.compile.LoadedProgram;
import io.kiln.core.Call;
import io.kiln.core.ConcreteArray;
import io.kiln.core.DeadCode;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.core.Traced;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A user's function traced for one signature: its program, what it captured, and the structure of its result. */
record TracedFunction(Signature signature, Traced traced, Pytree result) {
    /** Traces {@code f}, inside the trace around it if there is one. */
    static TracedFunction trace(@Nullable String name, UserFunction f, Signature signature) {
        return record(name, f, signature).withoutDeadCode();
    }

    /** The trace with all equations that {@code f} made, also those that nothing uses. */
    static TracedFunction record(@Nullable String name, UserFunction f, Signature signature) {
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
        return new TracedFunction(signature, traced, result.get(0));
    }

    /** This trace without the equations that nothing uses. */
    TracedFunction withoutDeadCode() {
        return new TracedFunction(signature, new Traced(DeadCode.drop(traced.program()), traced.captured()), result);
    }

    /** The result for these leaves: one call in the current trace. */
    Object call(String name, List<Tensor> leaves) {
        return unflatten(Trace.bind(new Call(name, traced.program()), traced.operands(leaves)));
    }

    /** The result made of these leaves. */
    Object unflatten(List<Tensor> leaves) {
        return Objects.requireNonNull(result.unflatten(leaves.iterator()));
    }

    /** The result of its executable for these concrete leaves. */
    Object run(LoadedProgram loaded, Tensor[] leaves) {
        List<Tensor> captured = traced.captured();
        ConcreteArray[] args = new ConcreteArray[captured.size() + leaves.length];
        for (int i = 0; i < args.length; i++) {
            args[i] = (i < captured.size() ? captured.get(i) : leaves[i - captured.size()]).array();
        }
        List<DeviceArray> outs = loaded.callOnDevice(Arrays.asList(args));
        List<Tensor> results = new ArrayList<>(outs.size());
        for (DeviceArray out : outs) {
            results.add(Tensor.of(out));
        }
        return unflatten(results);
    }

    /** The parameters of the program that are leaves of the arguments {@code positions}. */
    List<Integer> parametersOf(Set<Integer> positions) {
        int captured = traced.captured().size();
        return signature.leavesOf(positions).stream().map(i -> i + captured).toList();
    }
}
