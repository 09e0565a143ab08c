package io.kiln.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.compile.LocalRuntime;
import io.kiln.core.ClosedProgram;
import io.kiln.core.HostArray;
import io.kiln.core.Interpreter;
import io.kiln.core.Program;
import io.kiln.core.Trace;
import io.kiln.transform.Grad;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The oracle cases that JAX computed, where they lie beside the repository: by the plugin, and values in plain Java too. */
@Timeout(600)
class TestNumericsCases {
    static List<NumericsCase> cases() throws IOException {
        Map<String, Map<?, ?>> manifest = NumericsCase.manifest();
        List<NumericsCase> out = new ArrayList<>();
        for (String name : NumericsFunctions.all().keySet()) {
            if (!manifest.isEmpty()) {
                assertThat(manifest).containsKey(name);
                out.add(NumericsCase.read(manifest.get(name)));
            }
        }
        return out;
    }

    private static ClosedProgram program(NumericsCase c) {
        return Trace.trace(
                c.name(),
                NumericsFunctions.all().get(c.name()),
                c.inputs().stream().map(e -> e.array().aval()).toList());
    }

    private static List<HostArray> arguments(ClosedProgram closed, NumericsCase c) {
        List<HostArray> args = new ArrayList<>(closed.consts());
        c.inputs().forEach(e -> args.add(e.array()));
        return args;
    }

    private static List<HostArray> onDevice(Program program, List<HostArray> args) {
        return LocalRuntime.standard()
                .compiler()
                .load(program, "case", Set.of())
                .call(args);
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("cases")
    void theValuesAreThoseOfJax(NumericsCase c) {
        ClosedProgram closed = program(c);
        agree("plain Java", Interpreter.run(closed.program(), arguments(closed, c)), c.outputs());
        agree("plugin", onDevice(closed.program(), arguments(closed, c)), c.outputs());
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("cases")
    void theCotangentsAreThoseOfJax(NumericsCase c) {
        if (c.grads().isEmpty()) {
            return;
        }
        ClosedProgram closed = program(c);
        int consts = closed.consts().size();
        List<Integer> wrt = c.grads().stream().map(e -> e.input() + consts).toList();
        List<HostArray> args = new ArrayList<>(arguments(closed, c));
        c.cts().forEach(e -> args.add(e.array()));
        agree("plugin", onDevice(Grad.vjp(closed.program(), wrt), args), c.grads());
    }

    private static void agree(String by, List<HostArray> got, List<NumericsCase.Expected> want) {
        assertThat(got).hasSameSizeAs(want);
        for (int k = 0; k < want.size(); k++) {
            NumericsCase.Expected e = want.get(k);
            assertThat(got.get(k).aval()).isEqualTo(e.array().aval());
            for (int i = 0; i < e.array().aval().elements(); i++) {
                double g = got.get(k).doubleAt(i);
                boolean right = right(g, e.array().doubleAt(i), e);
                for (HostArray other : e.alternatives()) {
                    right |= right(g, other.doubleAt(i), e);
                }
                assertThat(right)
                        .as(
                                "%s: output %d, element %d: got %s, JAX has %s",
                                by, k, i, g, e.array().doubleAt(i))
                        .isTrue();
            }
        }
    }

    private static boolean right(double got, double want, NumericsCase.Expected e) {
        if (Double.isNaN(want) || Double.isInfinite(want)) {
            return Double.compare(got, want) == 0;
        }
        if (e.signedZero() && want == 0 && got == 0) {
            return Double.compare(got, want) == 0;
        }
        return Math.abs(got - want) <= e.atol() + e.rtol() * Math.abs(want);
    }
}
