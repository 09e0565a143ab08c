package io.kiln.nn;

import io.kiln.core.DType;
import io.kiln.core.Tensor;
import io.kiln.random.Key;
import java.util.Arrays;
import java.util.List;

/**
 * A long short-term memory cell: input f32[in, 4 width], hidden f32[width, 4 width], bias f32[4 width], the gates input, candidate,
 * forget and output in this order; Hochreiter and Schmidhuber 1997, with the forget gate of Gers and others 2000.
 */
public record LstmCell(Tensor input, Tensor hidden, Tensor bias) {
    /** What goes from step to step: the output and the cell's content, f32[..., width] each. */
    public record State(Tensor output, Tensor content) {}

    /** A cell with Glorot's uniform weights, a bias of 1 for the forget gate and of 0 for the others. */
    public static LstmCell init(Key key, DType dtype, int in, int width) {
        List<Key> keys = key.split(2);
        Tensor zero = Initializers.zeros(dtype, width);
        return new LstmCell(
                Initializers.glorotUniform(keys.get(0), dtype, in, 4 * width),
                Initializers.glorotUniform(keys.get(1), dtype, width, 4 * width),
                Tensor.concatenate(0, zero, zero, Initializers.ones(dtype, width), zero));
    }

    /** A state of zeros, f32[dims..., width]. */
    public State zeros(int... dims) {
        int[] all = Arrays.copyOf(dims, dims.length + 1);
        all[dims.length] = hidden.dim(0);
        Tensor zero = Initializers.zeros(hidden.dtype(), all);
        return new State(zero, zero);
    }

    /** The state after a step that reads x f32[..., in]; for a sequence, {@code Control.scan} over its first axis. */
    public State apply(State state, Tensor x) {
        Tensor z = x.dot(input).plus(state.output().dot(hidden)).plus(bias);
        int width = hidden.dim(0);
        int last = z.rank() - 1;
        Tensor in = z.slice(last, 0, width).logistic();
        Tensor candidate = z.slice(last, width, 2 * width).tanh();
        Tensor forget = z.slice(last, 2 * width, 3 * width).logistic();
        Tensor out = z.slice(last, 3 * width, 4 * width).logistic();
        Tensor content = forget.times(state.content()).plus(in.times(candidate));
        return new State(out.times(content.tanh()), content);
    }
}
