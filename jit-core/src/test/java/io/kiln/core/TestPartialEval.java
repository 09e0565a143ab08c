package io.kiln.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.transform.Jvp;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TestPartialEval {
    private static final ShapedArray VECTOR = ShapedArray.of(DType.F64, 3);

    private static Program jvpOf(Program p) {
        return Jvp.jvp(p);
    }

    private static PartialEval.Split linear(Program p) {
        int n = p.params().size();
        return PartialEval.split(
                jvpOf(p), Indices.range(2 * n).stream().map(i -> i >= n).toList());
    }

    private static List<String> operations(Program program) {
        return program.equations().stream().map(e -> e.primitive().mnemonic()).toList();
    }

    @Test
    void theUnknownHalfOfAJvpHoldsOnlyWhatDependsOnTheTangent() {
        Program p = Replay.program(
                in -> List.of(in.get(0).exp().times(in.get(0).sin()).sum()), List.of(VECTOR));
        PartialEval.Split split = linear(p);
        assertThat(operations(split.known())).contains("exp", "sin", "cos", "reduce_sum");
        assertThat(operations(split.unknown())).isSubsetOf("mul", "add", "add_any", "reduce_sum");
        assertThat(split.unknownResults()).containsExactly(false, true);
    }

    @Test
    void aKnownParameterThatIsNeededIsForwardedAndNoResidual() {
        Program p = Replay.program(in -> List.of(in.get(0).times(in.get(1))), List.of(VECTOR, VECTOR));
        PartialEval.Split split = linear(p);
        assertThat(split.residuals()).isZero();
        assertThat(split.forwarded()).containsExactly(0, 1);
    }

    @Test
    void aConstantIsMadeAgainAndNoResidual() {
        Program p = Replay.program(in -> List.of(in.get(0).times(3)), List.of(VECTOR));
        PartialEval.Split split = linear(p);
        assertThat(split.residuals()).isZero();
        assertThat(operations(split.unknown())).contains("broadcast_in_dim");
    }

    @Test
    void aCallIsDividedToo() {
        Program inner = Replay.program(in -> List.of(in.get(0).exp().tanh()), List.of(VECTOR));
        Program p = Replay.program(in -> Trace.bind(new Call("f", inner), in), List.of(VECTOR));
        PartialEval.Split split = linear(p);
        assertThat(operations(split.known())).containsExactly("call");
        assertThat(operations(split.unknown())).containsExactly("call");
        assertThat(split.known().toString()).contains("exp").contains("tanh");
        assertThat(split.unknown().toString()).doesNotContain("exp").doesNotContain("tanh");
    }

    @Test
    void theTwoHalvesTogetherAreTheWhole() {
        for (int seed = 0; seed < 40; seed++) {
            Program p = TestRandomPrograms.program(seed);
            Program whole = jvpOf(p);
            PartialEval.Split split = linear(p);
            ProgramChecker.check(split.known());
            ProgramChecker.check(split.unknown());
            List<HostArray> args = TestRandomPrograms.arguments(seed);
            List<HostArray> tangents = TestRandomPrograms.arguments(seed + 1);
            List<HostArray> all = new ArrayList<>(args);
            all.addAll(tangents);
            List<HostArray> early = Interpreter.run(split.known(), args);
            List<Tensor> operands = split.operands(tensors(early), tensors(args), tensors(tangents));
            List<HostArray> late = Interpreter.run(
                    split.unknown(), operands.stream().map(Tensor::value).toList());
            List<Tensor> merged = split.merge(tensors(early), tensors(late));
            List<HostArray> want = Interpreter.run(whole, all);
            for (int i = 0; i < want.size(); i++) {
                assertThat(merged.get(i).toDoubles())
                        .as("seed %d, result %d", seed, i)
                        .containsExactly(want.get(i).toDoubles());
            }
        }
    }

    private static List<Tensor> tensors(List<HostArray> arrays) {
        return arrays.stream().map(Tensor::of).toList();
    }
}
