package io.kiln.lower;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.core.DType;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class TestLowering {
    private static final ShapedArray VECTOR = ShapedArray.of(DType.F32, 3);

    private static Program program(Function<List<Tensor>, List<Tensor>> f, ShapedArray... avals) {
        return Trace.trace(f, List.of(avals)).program();
    }

    @Test
    void aModuleHasOnePublicMainAndNoLocations() {
        Program p = program(in -> List.of(in.get(0).times(0.1).tanh(), in.get(0).sum()), VECTOR);
        assertThat(Lowering.lower(p, "risk", Set.of())).hasToString("""
                module {
                  func.func public @main(%arg0: tensor<3xf32>) -> (tensor<3xf32>, tensor<f32>) {
                    %0 = stablehlo.constant dense<0.1> : tensor<f32>
                    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<3xf32>
                    %2 = stablehlo.multiply %arg0, %1 : tensor<3xf32>
                    %3 = stablehlo.tanh %2 : tensor<3xf32>
                    %4 = stablehlo.constant dense<0.0> : tensor<f32>
                    %5 = stablehlo.reduce(%arg0 init: %4) applies stablehlo.add across dimensions = [0] : (tensor<3xf32>, tensor<f32>) -> tensor<f32>
                    return %3, %5 : tensor<3xf32>, tensor<f32>
                  }
                }
                """);
    }

    @Test
    void theNameDoesNotChangeTheText() {
        Program p = program(in -> in, VECTOR);
        assertThat(Lowering.lower(p, "a", Set.of()).text())
                .isEqualTo(Lowering.lower(p, "b", Set.of()).text());
    }

    @Test
    void aDonatedInputLendsItsMemoryToTheFirstResultOfItsType() {
        Program p = program(
                in -> List.of(
                        in.get(1).sum(), in.get(0).plus(in.get(1)), in.get(0).minus(in.get(1))),
                VECTOR,
                VECTOR);
        assertThat(Lowering.lower(p, "f", Set.of(0, 1)).toString())
                .contains("@main(%arg0: tensor<3xf32> {tf.aliasing_output = 1 : i32},"
                        + " %arg1: tensor<3xf32> {tf.aliasing_output = 2 : i32})");
    }

    @Test
    void aDonatedInputThatFitsNoResultStaysAnInput() {
        Program p = program(in -> List.of(in.get(0).sum()), VECTOR);
        assertThat(Lowering.lower(p, "f", Set.of(0)).toString())
                .contains("@main(%arg0: tensor<3xf32>) -> (tensor<f32>)");
    }

    @Test
    void constantsThatDecimalsDoNotCarryAreWrittenAsBits() {
        Program p = program(
                in -> List.of(
                        in.get(0).times(Double.POSITIVE_INFINITY),
                        in.get(0).times(Double.NaN),
                        in.get(0).times(Float.MIN_VALUE)),
                VECTOR);
        assertThat(Lowering.lower(p, "f", Set.of()).toString())
                .contains("dense<0x7F800000> : tensor<f32>")
                .contains("dense<0x7FC00000> : tensor<f32>")
                .contains("dense<1.4E-45> : tensor<f32>");
    }
}
