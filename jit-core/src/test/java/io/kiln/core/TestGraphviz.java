package io.kiln.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class TestGraphviz {
    private static final ShapedArray VECTOR = ShapedArray.of(DType.F32, 3);

    private static Program trace(UnaryOperator<Tensor> f) {
        return Replay.program(in -> List.of(f.apply(in.get(0))), List.of(VECTOR));
    }

    @Test
    void aProgramIsBoxesAndArrowsWithTypes() {
        assertThat(Graphviz.dot(trace(x -> x.sin().sum()))).isEqualTo("""
            digraph program {
              compound=true;
              node [shape=box, fontname="monospace", fontsize=10];
              edge [fontname="monospace", fontsize=9];
              n0 [label="f32[3]", shape=ellipse];
              n1 [label="sin"];
              n0 -> n1 [label="f32[3]"];
              n2 [label="reduce_sum[axes=(0,)]"];
              n1 -> n2 [label="f32[3]"];
              n3 [label="result 0: f32[]", shape=ellipse];
              n2 -> n3 [label="f32[]"];
            }
            """);
    }

    @Test
    void constantsStandInTheBoxThatUsesThem() {
        assertThat(Graphviz.dot(trace(x -> x.times(2))))
                .contains("broadcast_in_dim[shape=(3,) broadcast_dimensions=()] 2.0:f32[]");
    }

    @Test
    void aProgramInsideAnEquationIsAFrameThatADashedArrowLeadsTo() {
        Program inner = trace(Tensor::cos);
        Program outer = Replay.program(
                in -> Trace.bind(new Cond(List.of(inner, inner)), in), List.of(ShapedArray.of(DType.I32), VECTOR));
        assertThat(Graphviz.dot(outer)).contains("""
              subgraph cluster_1 {
                label="branches[1]";
            """, "  n2 -> n3 [style=dashed, lhead=cluster_0];\n");
    }
}
