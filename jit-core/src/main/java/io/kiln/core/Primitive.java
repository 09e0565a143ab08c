package io.kiln.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An operation and all its rules. A primitive is a value: its static parameters are its record components, so two equal
 * primitives are interchangeable. There are no default rules: a missing rule does not compile, and "not differentiable"
 * is written down.
 *
 * <p>Rules that return tensors are run inside a trace: they record the equations of the result.
 */
public sealed interface Primitive
        permits Unary,
                Binary,
                SpecialFunction,
                IntegerPow,
                Compare,
                Select,
                Clamp,
                ReducePrecision,
                Convert,
                MakeComplex,
                BitcastConvert,
                Reduce,
                ArgReduce,
                ReduceProgram,
                ReduceWindow,
                ArgReduceWindow,
                DotGeneral,
                Conv,
                BroadcastInDim,
                Reshape,
                Transpose,
                Slice,
                DynamicSlice,
                DynamicUpdateSlice,
                Gather,
                Scatter,
                Sort,
                TopK,
                Concatenate,
                Iota,
                Pad,
                Reverse,
                Cholesky,
                TriangularSolve,
                Fft,
                Factorization,
                Collective,
                HigherOrder {
    /** The name in printed programs and in their binary form. */
    String mnemonic();

    /** The static parameters in a fixed order; with the mnemonic they are the whole primitive. */
    List<Param> params();

    /** The types of the results, or an error that names the operation and the operands' types. */
    List<ShapedArray> abstractEval(List<ShapedArray> ins);

    /** Appends StableHLO for {@code eqn} and returns the SSA names of its results, given those of its operands. */
    List<String> lower(Emitter out, Equation eqn, List<String> ins);

    /**
     * The tangents of the results, given those of the operands; {@code null} is a tangent of zero. Operands that are
     * not floats have no tangent.
     */
    List<@Nullable Tensor> jvp(List<Tensor> ins, List<@Nullable Tensor> tangents, List<Tensor> outs);

    /**
     * The cotangents of the operands, given those of the results; {@code null} is a cotangent of zero. At least one
     * cotangent is given.
     */
    List<@Nullable Tensor> vjp(List<@Nullable Tensor> cts, List<Tensor> ins, List<Tensor> outs);

    /** The results for a batch. At least one operand is mapped. */
    List<Mapped> vmap(List<Mapped> ins, BatchAxis batch);

    /** The results in plain Java: the reference that the other rules are tested against. */
    List<HostArray> eval(List<HostArray> ins);
}
