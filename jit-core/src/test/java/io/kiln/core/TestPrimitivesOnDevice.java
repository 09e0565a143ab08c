package io.kiln.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.kiln.compile.LocalRuntime;
import io.kiln.transform.Grad;
import io.kiln.transform.Jvp;
import io.kiln.transform.Vmap;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The rows of {@link PrimitiveCases} run by a plugin: lowering means what the reference interpreter computes. */
@Timeout(300)
class TestPrimitivesOnDevice {
    static List<PrimitiveCase> all() {
        return PrimitiveCases.all();
    }

    @ParameterizedTest
    @MethodSource("all")
    void thePluginAgreesWithPlainJava(PrimitiveCase c) {
        agree(c.program(), c.ins());
    }

    @ParameterizedTest
    @MethodSource("all")
    void itsDerivativesAgreeWithPlainJava(PrimitiveCase c) {
        if (!c.smooth()) {
            return;
        }
        Program p = c.program();
        List<HostArray> cts = new ArrayList<>(c.ins());
        for (ShapedArray aval : p.outputs()) {
            cts.add(
                    aval.dtype().isInexact()
                            ? TestPrimitiveRules.filled(aval, i -> 1 + 0.5 * i)
                            : HostArray.zeros(aval));
        }
        agree(Grad.vjp(p, Replay.floats(p.inputs())), cts);
        List<HostArray> tangents = new ArrayList<>(c.ins());
        for (ShapedArray aval : p.inputs()) {
            tangents.add(
                    aval.dtype().isInexact()
                            ? TestPrimitiveRules.filled(aval, i -> 1 + 0.5 * i)
                            : HostArray.zeros(aval));
        }
        agree(Jvp.jvp(p), tangents);
    }

    @ParameterizedTest
    @MethodSource("all")
    void aBatchOfItAgreesWithPlainJava(PrimitiveCase c) {
        if (c.ins().isEmpty()) {
            return;
        }
        int size = 2;
        List<HostArray> stacked = new ArrayList<>();
        List<Integer> axes = new ArrayList<>();
        for (HostArray in : c.ins()) {
            int n = Math.toIntExact(in.aval().elements());
            ShapedArray aval =
                    in.aval().withShape(Indices.prepend(size, in.aval().shape()));
            stacked.add(in.gather(aval, i -> n == 0 ? 0 : i % n));
            axes.add(0);
        }
        agree(Vmap.vmap(c.program(), axes, size), stacked);
    }

    private static void agree(Program program, List<HostArray> ins) {
        List<HostArray> want = Interpreter.run(program, ins);
        List<HostArray> got = LocalRuntime.standard()
                .compiler()
                .load(program, "case", Set.of())
                .call(ins);
        assertThat(got).hasSameSizeAs(want);
        for (int i = 0; i < want.size(); i++) {
            assertThat(got.get(i).aval()).isEqualTo(want.get(i).aval());
            assertThat(TestPrimitiveRules.numbers(got.get(i)))
                    .containsExactly(TestPrimitiveRules.numbers(want.get(i)), within(1e-12));
        }
    }
}
