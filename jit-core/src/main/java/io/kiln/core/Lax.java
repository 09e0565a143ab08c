package io.kiln.core;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The strict operations that rules are written in: each binds one primitive, and nothing broadcasts. */
public final class Lax {
    private Lax() {}

    static Tensor neg(Tensor x) {
        return Trace.bind1(Unary.NEG, x);
    }

    static Tensor sin(Tensor x) {
        return Trace.bind1(Unary.SIN, x);
    }

    static Tensor cos(Tensor x) {
        return Trace.bind1(Unary.COS, x);
    }

    static Tensor log(Tensor x) {
        return Trace.bind1(Unary.LOG, x);
    }

    static Tensor sign(Tensor x) {
        return Trace.bind1(Unary.SIGN, x);
    }

    static Tensor sinh(Tensor x) {
        return Trace.bind1(Unary.SINH, x);
    }

    static Tensor cosh(Tensor x) {
        return Trace.bind1(Unary.COSH, x);
    }

    static Tensor rsqrt(Tensor x) {
        return Trace.bind1(Unary.RSQRT, x);
    }

    static Tensor lgamma(Tensor x) {
        return Trace.bind1(SpecialFunction.LGAMMA, x);
    }

    static Tensor digamma(Tensor x) {
        return Trace.bind1(SpecialFunction.DIGAMMA, x);
    }

    static Tensor polygamma(Tensor m, Tensor x) {
        return Trace.bind1(SpecialFunction.POLYGAMMA, m, x);
    }

    static Tensor zeta(Tensor s, Tensor q) {
        return Trace.bind1(SpecialFunction.ZETA, s, q);
    }

    static Tensor besselI0e(Tensor x) {
        return Trace.bind1(SpecialFunction.BESSEL_I0E, x);
    }

    static Tensor besselI1e(Tensor x) {
        return Trace.bind1(SpecialFunction.BESSEL_I1E, x);
    }

    static Tensor igammaGradA(Tensor a, Tensor x) {
        return Trace.bind1(SpecialFunction.IGAMMA_GRAD_A, a, x);
    }

    /** The real part of a complex number. */
    static Tensor real(Tensor x) {
        return Trace.bind1(Unary.REAL, x);
    }

    /** The complex number of two f32 or f64. */
    static Tensor complex(Tensor real, Tensor imaginary) {
        return Trace.bind1(new MakeComplex(), real, imaginary);
    }

    /** The complex conjugate. */
    static Tensor conj(Tensor x) {
        return complex(real(x), neg(Trace.bind1(Unary.IMAG, x)));
    }

    /** Cut off toward zero. */
    static Tensor truncate(Tensor x) {
        Tensor down = Trace.bind1(Unary.FLOOR, x);
        Tensor up = Trace.bind1(Unary.CEIL, x);
        return select(compare(Compare.LT, x, like(x, 0)), up, down);
    }

    /** {@code a + b}. */
    public static Tensor add(Tensor a, Tensor b) {
        return Trace.bind1(Binary.ADD, a, b);
    }

    static Tensor sub(Tensor a, Tensor b) {
        return Trace.bind1(Binary.SUB, a, b);
    }

    static Tensor mul(Tensor a, Tensor b) {
        return Trace.bind1(Binary.MUL, a, b);
    }

    static Tensor div(Tensor a, Tensor b) {
        return Trace.bind1(Binary.DIV, a, b);
    }

    static Tensor pow(Tensor a, Tensor b) {
        return Trace.bind1(Binary.POW, a, b);
    }

    /** {@code x} to the power of a fixed integer; itself where that is 1. */
    public static Tensor integerPow(Tensor x, int exponent) {
        return exponent == 1 ? x : Trace.bind1(new IntegerPow(exponent), x);
    }

    /** The sum, where {@code null} is zero. */
    static @Nullable Tensor addOrNull(@Nullable Tensor a, @Nullable Tensor b) {
        return a == null ? b : b == null ? a : add(a, b);
    }

    static Tensor compare(Compare how, Tensor a, Tensor b) {
        return Trace.bind1(how, a, b);
    }

    /** {@code a} where {@code condition}, else {@code b}; of one shape, or the condition is a scalar. */
    public static Tensor select(Tensor condition, Tensor a, Tensor b) {
        return Trace.bind1(new Select(), condition, a, b);
    }

    /** {@code x} limited to {@code low} and {@code high}, scalars or of its shape; where they cross, {@code high} wins. */
    public static Tensor clamp(Tensor low, Tensor x, Tensor high) {
        return Trace.bind1(new Clamp(), low, x, high);
    }

    /** Floats rounded to a format of this many exponent and fraction bits. */
    public static Tensor reducePrecision(Tensor x, int exponentBits, int mantissaBits) {
        return Trace.bind1(new ReducePrecision(exponentBits, mantissaBits), x);
    }

    /** The elements under each place of a window of {@code sizes} combined; padding is neutral. */
    public static Tensor reduceWindow(Reduction reduction, Tensor x, List<Integer> sizes, Window window) {
        return Trace.bind1(new ReduceWindow(reduction, sizes, window), x);
    }

    /**
     * Arrays of one shape combined over axes by {@code reducer}, an associative function of the scalars so far and of those
     * of one more element of each array, from {@code inits}, which are neutral to it.
     */
    public static List<Tensor> reduce(
            List<Tensor> arrays, List<Tensor> inits, BinaryOperator<List<Tensor>> reducer, List<Integer> axes) {
        List<ShapedArray> scalars = new ArrayList<>();
        arrays.forEach(a -> scalars.add(ShapedArray.of(a.dtype())));
        arrays.forEach(a -> scalars.add(ShapedArray.of(a.dtype())));
        int n = arrays.size();
        Traced traced = Trace.capture(null, ab -> reducer.apply(ab.subList(0, n), ab.subList(n, 2 * n)), scalars);
        if (!traced.captured().isEmpty()) {
            throw TraceErrors.reducerCaptures(traced.captured());
        }
        return Trace.bind(new ReduceProgram(traced.program(), axes), Indexing.after(arrays, inits));
    }

    /** The convolution of {@code x} with {@code kernel}; see {@link Conv} for groups and dtype. */
    public static Tensor convGeneralDilated(
            Tensor x,
            Tensor kernel,
            Window window,
            ConvDimensions dims,
            int featureGroups,
            int batchGroups,
            @Nullable DType preferred) {
        return Trace.bind1(new Conv(window, dims, featureGroups, batchGroups, preferred), x, kernel);
    }

    /** The tensors in the order of the first {@code keys} of them along an axis; NaN is last, and zeros are equal. */
    public static List<Tensor> sort(List<Tensor> tensors, int axis, int keys, boolean stable) {
        return Trace.bind(new Sort(axis, keys, stable), tensors);
    }

    /** The same values in another dtype; the tensor itself where it has it already. */
    public static Tensor convert(Tensor x, DType to) {
        return x.dtype() == to ? x : Trace.bind1(new Convert(to), x);
    }

    /** The same bits as another dtype; a smaller one adds a last axis, a larger one takes it. */
    public static Tensor bitcast(Tensor x, DType to) {
        return x.dtype() == to ? x : Trace.bind1(new BitcastConvert(to), x);
    }

    /** A scalar constant. */
    public static Tensor scalar(DType dtype, double value) {
        return Tensor.of(Atom.Literal.of(dtype, value).toHost());
    }

    /** A scalar constant of an integer, wrapped to an integer dtype. */
    public static Tensor scalar(DType dtype, long value) {
        return Tensor.of(Atom.Literal.of(dtype, value).toHost());
    }

    /** An array of one value everywhere. */
    public static Tensor full(ShapedArray aval, double value) {
        return broadcastInDim(scalar(aval.dtype(), value), aval.shape(), List.of());
    }

    /** An array of the type of {@code x} of one value everywhere. */
    public static Tensor like(Tensor x, double value) {
        return full(x.aval(), value);
    }

    /** {@code x} repeated along a new leading axis. */
    public static Tensor repeat(Tensor x, int size) {
        return broadcastInDim(x, Indices.prepend(size, x.shape()), Indices.range(1, x.rank() + 1));
    }

    /** {@code x} with its axis {@code i} at {@code dims[i]} of {@code shape}, repeated along the others. */
    public static Tensor broadcastInDim(Tensor x, List<Integer> shape, List<Integer> dims) {
        return x.shape().equals(shape) && dims.equals(Indices.range(shape.size()))
                ? x
                : Trace.bind1(new BroadcastInDim(shape, dims), x);
    }

    /** {@code x} repeated along its axes of size 1. */
    static Tensor broadcastTo(Tensor x, List<Integer> shape) {
        return broadcastInDim(x, shape, Indices.range(shape.size() - x.rank(), shape.size()));
    }

    /** The elements row-major in another shape. */
    public static Tensor reshape(Tensor x, List<Integer> shape) {
        return x.shape().equals(shape) ? x : Trace.bind1(new Reshape(shape), x);
    }

    /** The axes in another order. */
    public static Tensor transpose(Tensor x, List<Integer> permutation) {
        return permutation.equals(Indices.range(x.rank())) ? x : Trace.bind1(new Transpose(permutation), x);
    }

    /** Elements {@code start} to {@code limit - 1} along one axis. */
    public static Tensor slice(Tensor x, int axis, int start, int limit) {
        if (start == 0 && limit == x.shape().get(axis)) {
            return x;
        }
        List<Integer> starts = new ArrayList<>(Indices.repeat(x.rank(), 0));
        List<Integer> limits = new ArrayList<>(x.shape());
        starts.set(axis, start);
        limits.set(axis, limit);
        return Trace.bind1(new Slice(starts, limits, Indices.repeat(x.rank(), 1)), x);
    }

    /** The slice of {@code sizes} from {@code starts} on, integer scalars of one dtype, moved so that it is inside. */
    public static Tensor dynamicSlice(Tensor x, List<Tensor> starts, List<Integer> sizes) {
        return Trace.bind(new DynamicSlice(sizes), Indexing.after(List.of(x), starts))
                .get(0);
    }

    /** {@code x} with {@code update} from {@code starts} on, integer scalars of one dtype, moved so that it is inside. */
    public static Tensor dynamicUpdateSlice(Tensor x, Tensor update, List<Tensor> starts) {
        return Trace.bind(new DynamicUpdateSlice(), Indexing.after(List.of(x, update), starts))
                .get(0);
    }

    /** The slices of {@code x} at the vectors of {@code indices}; those outside are treated as {@code mode} says. */
    public static Tensor gather(
            Tensor x, Tensor indices, SliceAddressing addressing, List<Integer> sliceSizes, IndexMode mode) {
        return Indexing.gather(x, indices, addressing, sliceSizes, mode, null);
    }

    /** {@code x} with windows of {@code updates} combined into it at the vectors of {@code indices}. */
    public static Tensor scatter(
            Scatter.Combine combine,
            Tensor x,
            Tensor indices,
            Tensor updates,
            SliceAddressing addressing,
            IndexMode mode) {
        return Indexing.scatter(new Scatter(combine, addressing, false, false), x, indices, updates, mode);
    }

    /** The elements from {@code starts} to before {@code limits}, each {@code strides}th of an axis. */
    public static Tensor slice(Tensor x, List<Integer> starts, List<Integer> limits, List<Integer> strides) {
        return Trace.bind1(new Slice(starts, limits, strides), x);
    }

    /** The product that {@code how} describes: sums over contracted axes, element by element along batch axes. */
    public static Tensor dotGeneral(Tensor a, Tensor b, DotGeneral how) {
        return Trace.bind1(how, a, b);
    }

    /**
     * {@code x} with the scalar {@code value} around and {@code interior} times between its elements; negative {@code low}
     * and {@code high} take elements away.
     */
    public static Tensor pad(Tensor x, Tensor value, List<Integer> low, List<Integer> high, List<Integer> interior) {
        return Trace.bind1(new Pad(low, high, interior), x, value);
    }

    /** {@code x} with {@code value} around and between its elements. */
    public static Tensor pad(Tensor x, double value, List<Integer> low, List<Integer> high, List<Integer> interior) {
        boolean nothing = low.stream().allMatch(v -> v == 0)
                && high.stream().allMatch(v -> v == 0)
                && interior.stream().allMatch(v -> v == 0);
        return nothing ? x : Trace.bind1(new Pad(low, high, interior), x, scalar(x.dtype(), value));
    }

    /** The elements in reverse order along axes. */
    public static Tensor reverse(Tensor x, List<Integer> axes) {
        return axes.isEmpty() ? x : Trace.bind1(new Reverse(axes), x);
    }

    /** The elements combined over axes. */
    public static Tensor reduce(Reduction reduction, Tensor x, List<Integer> axes) {
        return axes.isEmpty() ? x : Trace.bind1(new Reduce(reduction, axes), x);
    }

    /** The index of the first maximum along an axis. */
    static Tensor argmax(Tensor x, int axis) {
        return Trace.bind1(new ArgReduce(true, axis), x);
    }

    /** The index of the first minimum along an axis. */
    static Tensor argmin(Tensor x, int axis) {
        return Trace.bind1(new ArgReduce(false, axis), x);
    }

    /** 0, 1, 2, ... along one axis. */
    public static Tensor iota(ShapedArray aval, int axis) {
        return Trace.bind1(new Iota(aval, axis));
    }

    /** The tensors one after the other along an axis. */
    public static Tensor concatenate(List<Tensor> tensors, int axis) {
        return tensors.size() == 1
                ? tensors.get(0)
                : Trace.bind(new Concatenate(axis), tensors).get(0);
    }

    /**
     * {@code body} applied to a carry, {@code init} at first, as long as {@code condition} of it is true. Both may use
     * the carry and scalars only.
     */
    public static List<Tensor> whileLoop(
            Function<List<Tensor>, Tensor> condition, UnaryOperator<List<Tensor>> body, List<Tensor> init) {
        List<ShapedArray> avals = init.stream().map(Tensor::aval).toList();
        Program test = Replay.program(carry -> List.of(condition.apply(carry)), avals);
        return Trace.bind(new While(test, 0, Replay.program(body, avals), 0), init);
    }
}
