package io.kiln.jobs.cases.numerics;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.core.Tensor;
import org.junit.jupiter.api.Test;

/** How a case's name finds its row, and what a row reads from the definition. */
class TestRows {
    @Test
    void aRowStandsForItsDtypesAndEdgesAndTheLongestNameWins() {
        Rows rows = new Rows();
        rows.unary(Tensor::tanh, "tanh");
        rows.unary(Tensor::negate, "tanh_f64");
        rows.family((_, in) -> in.get(0), "conv");
        rows.family((_, in) -> in.get(1), "conv_lhs");
        Row tanh = rows.find("tanh");
        assertThat(tanh).isNotNull().isSameAs(rows.find("tanh_bf16")).isSameAs(rows.find("edge_tanh_f32"));
        assertThat(rows.find("tanh_f64")).isNotSameAs(tanh);
        assertThat(rows.find("conv_same_f32")).isNotNull().isSameAs(rows.find("conv_stride_2_f64"));
        assertThat(rows.find("conv_lhs_dilation_f32")).isNotSameAs(rows.find("conv_same_f32"));
        assertThat(rows.find("tan_f32")).isNull();
        assertThat(rows.find("tanh_twice_f32")).isNull();
    }

    @Test
    void argumentsAreReadFromTheDefinition() {
        CallText call =
                new CallText("jnp.pad(jax.random.randint(f(a, b), (11,), -5, 100, jnp.int32), mode='edge', n=(1, 2))");
        assertThat(call.number("jax.random.randint", 2)).isEqualTo(-5);
        assertThat(call.number("jax.random.randint", 3)).isEqualTo(100);
        assertThat(call.number("jax.random.randint", 9, 7)).isEqualTo(7);
        assertThat(call.keyword("jnp.pad", "mode", "constant")).isEqualTo("edge");
        assertThat(call.keyword("jnp.pad", "n", "")).isEqualTo("(1, 2)");
        assertThat(call.keyword("jnp.pad", "absent", "x")).isEqualTo("x");
        assertThat(call.arguments("jnp.sum")).isEmpty();
    }
}
