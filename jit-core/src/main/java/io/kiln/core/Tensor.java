package io.kiln.core;

import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * An array that user functions compute with: traced (a type without data) or concrete. Operands of different shapes
 * broadcast as in NumPy; dtypes are never converted silently; a Java number takes the tensor's dtype. Axes count from 0,
 * or from -1 (the last) backwards.
 */
public final class Tensor implements ElementwiseOperations, MathOperations, IndexingOperations {
    private final ShapedArray aval;
    private final @Nullable Trace trace;
    private final Atom.@Nullable Var variable;
    private final @Nullable ConcreteArray array;

    private Tensor(
            ShapedArray aval, @Nullable Trace trace, Atom.@Nullable Var variable, @Nullable ConcreteArray array) {
        this.aval = aval;
        this.trace = trace;
        this.variable = variable;
        this.array = array;
    }

    static Tensor traced(Trace trace, Atom.Var variable) {
        return new Tensor(variable.aval(), trace, variable, null);
    }

    /** A concrete tensor over {@code array}. */
    public static Tensor of(ConcreteArray array) {
        return new Tensor(array.aval(), null, null, array);
    }

    /** A vector of f32. */
    public static Tensor of(float... values) {
        return of(HostArray.of(values));
    }

    /** A vector of f64. */
    public static Tensor of(double... values) {
        return of(HostArray.of(values));
    }

    /** A vector of i32. */
    public static Tensor of(int... values) {
        return of(HostArray.of(values));
    }

    /** A vector of i64. */
    public static Tensor of(long... values) {
        return of(HostArray.of(values));
    }

    /** A vector of bool. */
    public static Tensor of(boolean... values) {
        return of(HostArray.of(values));
    }

    /** A nested Java array of any depth: {@code float[][]} as f32[rows,columns]. */
    public static Tensor ofNested(Object array) {
        return of(HostArray.ofNested(array));
    }

    /** A vector of any dtype of these numbers: rounded for floats, cut off toward zero and wrapped for integers. */
    public static Tensor of(DType dtype, double... values) {
        return of(HostArray.of(ShapedArray.of(dtype, values.length), values));
    }

    /** A scalar of any dtype. */
    public static Tensor scalar(DType dtype, double value) {
        return Lax.scalar(dtype, value);
    }

    /** A scalar of any dtype; an integer one wraps. */
    public static Tensor scalar(DType dtype, long value) {
        return Lax.scalar(dtype, value);
    }

    /** The complex numbers of real and imaginary parts: c64 of f32, c128 of f64. */
    public static Tensor complex(Tensor real, Tensor imaginary) {
        return Broadcasting.complex(real, imaginary);
    }

    /** A scalar of f32. */
    public static Tensor scalar(float value) {
        return of(HostArray.scalar(value));
    }

    /** A scalar of f64. */
    public static Tensor scalar(double value) {
        return of(HostArray.scalar(value));
    }

    /** A scalar of i32. */
    public static Tensor scalar(int value) {
        return of(HostArray.scalar(value));
    }

    /** A scalar of i64. */
    public static Tensor scalar(long value) {
        return of(HostArray.scalar(value));
    }

    /** A scalar of bool. */
    public static Tensor scalar(boolean value) {
        return of(HostArray.scalar(value));
    }

    /** An array of one value everywhere. */
    public static Tensor full(ShapedArray aval, double value) {
        return Lax.full(aval, value);
    }

    /** An array of zeros. */
    public static Tensor zeros(DType dtype, int... dims) {
        return Lax.full(ShapedArray.of(dtype, dims), 0);
    }

    /** An array of ones. */
    public static Tensor ones(DType dtype, int... dims) {
        return Lax.full(ShapedArray.of(dtype, dims), 1);
    }

    /** The vector 0, 1, ... {@code size - 1}. */
    public static Tensor iota(DType dtype, int size) {
        return Lax.iota(ShapedArray.of(dtype, size), 0);
    }

    /** {@code a} where {@code condition} is true, else {@code b}. */
    public static Tensor where(Tensor condition, Tensor a, Tensor b) {
        return Broadcasting.where(condition, a, b);
    }

    /** {@code tensors} joined along an existing axis. */
    public static Tensor concatenate(int axis, Tensor... tensors) {
        return Broadcasting.concatenate(axis, List.of(tensors));
    }

    /** {@code tensors}, all of one shape, joined along a new axis. */
    public static Tensor stack(int axis, Tensor... tensors) {
        return Broadcasting.stack(axis, List.of(tensors));
    }

    // ---- what it is ----

    /** Its element type and shape. */
    public ShapedArray aval() {
        return aval;
    }

    /** Its element type. */
    public DType dtype() {
        return aval.dtype();
    }

    /** Its dimensions. */
    public List<Integer> shape() {
        return aval.shape();
    }

    /** The number of its dimensions. */
    public int rank() {
        return aval.rank();
    }

    /** The size of one axis. */
    public int dim(int axis) {
        return aval.dim(Broadcasting.axis("dim", axis, aval));
    }

    /** Whether it has data; a traced tensor has none. */
    public boolean isConcrete() {
        return array != null;
    }

    @Nullable
    Trace trace() {
        return trace;
    }

    Atom.Var variable() {
        if (variable == null) {
            throw new IllegalStateException("a concrete tensor has no variable");
        }
        return variable;
    }

    /** The concrete array itself; an error where this is traced. */
    public ConcreteArray array() {
        return concrete("an array", "return it from the function as a result, and read it after the call");
    }

    /** This, when its elements are there: a jitted function returns before it has finished. An error where this is traced. */
    public Tensor awaitReady() {
        array().awaitReady();
        return this;
    }

    /** The data in the host's memory; an error where this is traced. */
    public HostArray value() {
        return concrete("a value", "return it from the function as a result, and read it after the call")
                .toHost();
    }

    /** The elements as floats, row-major; an error where this is traced. */
    public float[] toFloats() {
        return concrete("a float[]", "compute with the tensor's own methods and return it as a result")
                .toHost()
                .toFloats();
    }

    /** The elements as doubles, row-major; an error where this is traced. */
    public double[] toDoubles() {
        return concrete("a double[]", "compute with the tensor's own methods and return it as a result")
                .toHost()
                .toDoubles();
    }

    /** The only element as a double; an error where this is traced or has not one element. */
    public double item() {
        HostArray host = concrete(
                        "a number",
                        "compute with the tensor's own methods; an index goes to take(...) or at(...); a Java number"
                                + " that decides how the function is built is a static argument")
                .toHost();
        if (aval.elements() != 1) {
            throw TraceErrors.operands("item", "the tensor must have one element", List.of(aval));
        }
        return host.doubleAt(0);
    }

    /** The only element as a boolean; an error where this is traced or has not one element. */
    public boolean isTrue() {
        HostArray host = concrete(
                        "a boolean",
                        "use Tensor.where(condition, a, b), or Control.cond(...) when only one side may run")
                .toHost();
        if (aval.elements() != 1) {
            throw TraceErrors.operands("isTrue", "the tensor must have one element", List.of(aval));
        }
        return host.doubleAt(0) != 0;
    }

    private ConcreteArray concrete(String as, String fix) {
        if (array == null) {
            throw TraceErrors.usedAsValue(aval, as, fix);
        }
        return array;
    }

    // ---- reductions; no axes mean all of them ----

    /** The sum over axes. */
    public Tensor sum(int... axes) {
        return Broadcasting.reduce(Reduction.SUM, this, axes);
    }

    /** The product over axes. */
    public Tensor prod(int... axes) {
        return Broadcasting.reduce(Reduction.PROD, this, axes);
    }

    /** The maximum over axes; NaN where there is one. */
    public Tensor max(int... axes) {
        return Broadcasting.reduce(Reduction.MAX, this, axes);
    }

    /** The minimum over axes; NaN where there is one. */
    public Tensor min(int... axes) {
        return Broadcasting.reduce(Reduction.MIN, this, axes);
    }

    /** Whether all are true, over axes of bool. */
    public Tensor all(int... axes) {
        return Broadcasting.reduce(Reduction.AND, this, axes);
    }

    /** Whether any is true, over axes of bool. */
    public Tensor any(int... axes) {
        return Broadcasting.reduce(Reduction.OR, this, axes);
    }

    /** The mean over axes, of floats. */
    public Tensor mean(int... axes) {
        return Broadcasting.mean(this, axes);
    }

    /** The index of the first maximum along one axis, as i32; the first NaN where there is one. */
    public Tensor argmax(int axis) {
        return Lax.argmax(this, Broadcasting.axis("argmax", axis, aval));
    }

    /** The index of the first minimum along one axis, as i32; the first NaN where there is one. */
    public Tensor argmin(int axis) {
        return Lax.argmin(this, Broadcasting.axis("argmin", axis, aval));
    }

    // ---- running combinations ----

    /** The running sums along one axis. */
    public Tensor cumsum(int axis) {
        return cumsum(axis, false);
    }

    /** The running sums along one axis, from the end if {@code reverse}. */
    public Tensor cumsum(int axis, boolean reverse) {
        return Broadcasting.running("cumsum", AssociativeScan::sum, this, axis, reverse);
    }

    /** The running products along one axis. */
    public Tensor cumprod(int axis) {
        return cumprod(axis, false);
    }

    /** The running products along one axis, from the end if {@code reverse}. */
    public Tensor cumprod(int axis, boolean reverse) {
        return Broadcasting.running("cumprod", AssociativeScan::product, this, axis, reverse);
    }

    /** The running maxima along one axis; NaN from the first one on. */
    public Tensor cummax(int axis) {
        return cummax(axis, false);
    }

    /** The running maxima along one axis, from the end if {@code reverse}; NaN from the first one on. */
    public Tensor cummax(int axis, boolean reverse) {
        return Broadcasting.running("cummax", AssociativeScan::maximum, this, axis, reverse);
    }

    /** The running minima along one axis; NaN from the first one on. */
    public Tensor cummin(int axis) {
        return cummin(axis, false);
    }

    /** The running minima along one axis, from the end if {@code reverse}; NaN from the first one on. */
    public Tensor cummin(int axis, boolean reverse) {
        return Broadcasting.running("cummin", AssociativeScan::minimum, this, axis, reverse);
    }

    /** The logarithms of the running sums of exponentials along one axis, of floats, without overflow. */
    public Tensor cumlogsumexp(int axis) {
        return cumlogsumexp(axis, false);
    }

    /** The logarithms of the running sums of exponentials along one axis, from the end if {@code reverse}, of floats, without overflow. */
    public Tensor cumlogsumexp(int axis, boolean reverse) {
        return Broadcasting.running("cumlogsumexp", AssociativeScan::logSumExp, this, axis, reverse);
    }

    // ---- products ----

    /** The product over the last axis of this and the first of a vector, or the last but one of a matrix. */
    public Tensor dot(Tensor other) {
        return Broadcasting.dot(this, other);
    }

    /** The matrix product over the last two axes; leading axes broadcast. */
    public Tensor matmul(Tensor other) {
        return Broadcasting.matmul(this, other);
    }

    // ---- shape ----

    /** The same elements, row-major, in other dimensions; one may be -1 and follows from the others. */
    public Tensor reshape(int... dims) {
        return Lax.reshape(this, Broadcasting.resolve(aval, dims));
    }

    /** The axes in reverse order. */
    public Tensor transpose() {
        return Lax.transpose(
                this,
                IntStream.range(0, rank()).map(i -> rank() - 1 - i).boxed().toList());
    }

    /** The axes in this order. */
    public Tensor transpose(int... permutation) {
        return Lax.transpose(this, IntStream.of(permutation).boxed().toList());
    }

    /** This, repeated along new and size-1 axes to {@code dims}. */
    public Tensor broadcastTo(int... dims) {
        return Broadcasting.to("broadcastTo", this, IntStream.of(dims).boxed().toList());
    }

    /** A new axis of size 1 at {@code axis}. */
    public Tensor expandDims(int axis) {
        return Broadcasting.expandDims(this, axis);
    }

    /** Without the size-1 axis {@code axis}. */
    public Tensor squeeze(int axis) {
        return Broadcasting.squeeze(this, axis);
    }

    /** Elements {@code start} to {@code limit - 1} along one axis. */
    public Tensor slice(int axis, int start, int limit) {
        return Broadcasting.slice(this, axis, start, limit);
    }

    /** Element {@code index} along axis 0; a negative one counts from the end. */
    public Tensor at(int index) {
        return Broadcasting.at(this, index);
    }

    /** The elements in reverse order along axes. */
    public Tensor reverse(int... axes) {
        return Lax.reverse(this, Broadcasting.axes("reverse", axes, aval));
    }

    /** {@code Traced<f32[3]>}, or the type and the elements of a concrete one. */
    @Override
    public String toString() {
        return array == null ? "Traced<" + aval + ">" : array.toHost().toString();
    }
}
