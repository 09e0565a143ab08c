package io.kiln.jobs.cases.numerics;

import io.kiln.compile.LocalRuntime;
import io.kiln.core.ClosedProgram;
import io.kiln.core.HostArray;
import io.kiln.core.Interpreter;
import io.kiln.core.Program;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.transform.Grad;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Runs a case's counterpart and says what of it is not as JAX has it. */
public final class NumericsCheck {
    private final LocalRuntime runtime;

    /** A check by the plugin of {@code runtime}. */
    public NumericsCheck(LocalRuntime runtime) {
        this.runtime = runtime;
    }

    /** What differs on the device, in the values and in the vjp where the case has one; empty when nothing does. */
    public List<String> onDevice(NumericsCase c, Row row) {
        List<String> out = new ArrayList<>();
        ClosedProgram values = trace(c, in -> row.apply(c, in));
        out.addAll(
                Comparison.differences(call(values.program(), arguments(values, c)), c.outputs(), c.columnsUpToSign()));
        if (!c.grads().isEmpty()) {
            ClosedProgram differentiated = trace(c, in -> {
                List<Tensor> results = row.apply(c, in);
                return c.cotangents().stream().map(ct -> results.get(ct.at())).toList();
            });
            int consts = differentiated.consts().size();
            List<HostArray> arguments = arguments(differentiated, c);
            c.cotangents().forEach(ct -> arguments.add(ct.array()));
            Program vjp = Grad.vjp(
                    differentiated.program(),
                    c.grads().stream().map(g -> g.at() + consts).toList());
            out.addAll(Comparison.differences(call(vjp, arguments), c.grads(), false));
        }
        return out;
    }

    /** What of the values differs when the reference interpreter computes them; empty when nothing does. */
    public static List<String> inPlainJava(NumericsCase c, Row row) {
        ClosedProgram values = trace(c, in -> row.apply(c, in));
        return Comparison.differences(
                Interpreter.run(values.program(), arguments(values, c)), c.outputs(), c.columnsUpToSign());
    }

    private static ClosedProgram trace(NumericsCase c, Function<List<Tensor>, List<Tensor>> f) {
        return Trace.trace(
                c.name(),
                f,
                c.inputs().stream().map(each -> each.array().aval()).toList());
    }

    private static List<HostArray> arguments(ClosedProgram closed, NumericsCase c) {
        List<HostArray> arguments = new ArrayList<>(closed.consts());
        c.inputs().forEach(each -> arguments.add(each.array()));
        return arguments;
    }

    private List<HostArray> call(Program program, List<HostArray> arguments) {
        return runtime.compiler().load(program, "case", Set.of()).call(arguments);
    }
}
