package io.kiln.core;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** What {@link Tensor}'s methods add to {@link Lax}: NumPy's broadcasting, negative axes, defaults. */
final class Broadcasting {
    private Broadcasting() {}

    /** A scalar with the dtype of {@code x}; an error where it has no such value. */
    static Tensor scalarLike(Tensor x, double value) {
        DType dtype = x.dtype();
        if (dtype == DType.BOOL || (dtype.isInteger() && value != Math.rint(value))) {
            throw TraceErrors.scalar(x.aval(), value);
        }
        return Lax.scalar(dtype, value);
    }

    static Tensor binary(Primitive primitive, Tensor a, Tensor b) {
        List<Integer> shape = common(primitive.mnemonic(), a, b);
        return Trace.bind1(primitive, to(a, shape), to(b, shape));
    }

    static Tensor compare(Compare primitive, Tensor a, Tensor b) {
        List<Integer> shape = common(primitive.mnemonic(), a, b);
        return Trace.bind1(primitive, to(a, shape), to(b, shape));
    }

    static Tensor complex(Tensor real, Tensor imaginary) {
        List<Integer> shape = common("complex", real, imaginary);
        return Lax.complex(to(real, shape), to(imaginary, shape));
    }

    static Tensor where(Tensor condition, Tensor a, Tensor b) {
        if (condition.dtype() != DType.BOOL) {
            throw TraceErrors.dtype("where", "a condition of bool", condition.aval());
        }
        List<Integer> values = common("where", a, b);
        List<Integer> shape = shape("where", condition.aval(), a.aval().withShape(values));
        return Lax.select(condition.rank() == 0 ? condition : to(condition, shape), to(a, shape), to(b, shape));
    }

    private static List<Integer> common(String operation, Tensor a, Tensor b) {
        if (a.dtype() != b.dtype()) {
            throw TraceErrors.dtypes(operation, a.aval(), b.aval());
        }
        return shape(operation, a.aval(), b.aval());
    }

    static List<Integer> shape(String operation, ShapedArray a, ShapedArray b) {
        return ShapedArray.broadcast(operation, List.of(a, b));
    }

    private static Tensor to(Tensor x, List<Integer> shape) {
        return Lax.broadcastTo(x, shape);
    }

    /** {@code x} broadcast to {@code shape}; an error where it does not fit. */
    static Tensor to(String operation, Tensor x, List<Integer> shape) {
        ShapedArray target = x.aval().withShape(shape);
        if (x.rank() > shape.size() || !shape(operation, x.aval(), target).equals(shape)) {
            throw TraceErrors.shapes(operation, x.aval(), target);
        }
        return to(x, shape);
    }

    /** {@code axis} counted from 0. */
    static int axis(String operation, int axis, ShapedArray aval) {
        if (axis < -aval.rank() || axis >= aval.rank()) {
            throw TraceErrors.axis(operation, axis, aval);
        }
        return axis < 0 ? axis + aval.rank() : axis;
    }

    /** {@code axes} counted from 0; all of them where none is named. */
    static List<Integer> axes(String operation, int[] axes, ShapedArray aval) {
        return axes.length == 0
                ? Indices.range(aval.rank())
                : IntStream.of(axes).map(a -> axis(operation, a, aval)).boxed().toList();
    }

    static Tensor reduce(Reduction reduction, Tensor x, int[] axes) {
        List<Integer> over = axes(reduction.mnemonic(), axes, x.aval());
        return switch (reduction) {
            case SUM, PROD -> Lax.convert(Lax.reduce(reduction, accumulated(x), over), x.dtype());
            case MAX, MIN, AND, OR, XOR -> Lax.reduce(reduction, x, over);
        };
    }

    /** Floats of 16 bits as f32, which their sums and products are rounded from once at the end. */
    private static Tensor accumulated(Tensor x) {
        return x.dtype().isFloat() && x.dtype().bits() == 16 ? Lax.convert(x, DType.F32) : x;
    }

    static Tensor mean(Tensor x, int[] axes) {
        if (!x.dtype().isInexact()) {
            throw TraceErrors.dtype("mean", "a float or complex", x.aval());
        }
        List<Integer> over = axes("mean", axes, x.aval());
        double count = over.stream().mapToDouble(x::dim).reduce(1, (a, b) -> a * b);
        Tensor sum = Lax.reduce(Reduction.SUM, accumulated(x), over);
        return Lax.convert(Lax.div(sum, Lax.like(sum, count)), x.dtype());
    }

    /** A running combination along an axis. */
    interface Running {
        Tensor apply(Tensor x, int axis, boolean reverse);
    }

    static Tensor running(String name, Running running, Tensor x, int axis, boolean reverse) {
        boolean exponentials = name.equals("cumlogsumexp");
        if (exponentials ? !x.dtype().isFloat() : !x.dtype().isNumeric()) {
            throw TraceErrors.dtype(name, exponentials ? "floats" : "numbers", x.aval());
        }
        return running.apply(x, axis(name, axis, x.aval()), reverse);
    }

    static Tensor concatenate(int axis, List<Tensor> tensors) {
        if (tensors.isEmpty()) {
            throw TraceErrors.operands("concatenate", "there must be an operand", List.of());
        }
        return Lax.concatenate(tensors, axis("concatenate", axis, tensors.get(0).aval()));
    }

    static Tensor stack(int axis, List<Tensor> tensors) {
        List<Tensor> wide = tensors.stream().map(t -> expandDims(t, axis)).toList();
        return concatenate(axis, wide);
    }

    static Tensor expandDims(Tensor x, int axis) {
        int rank = x.rank() + 1;
        if (axis < -rank || axis >= rank) {
            throw TraceErrors.axis("expandDims", axis, x.aval());
        }
        List<Integer> shape = new ArrayList<>(x.shape());
        shape.add(axis < 0 ? axis + rank : axis, 1);
        return Lax.reshape(x, shape);
    }

    static Tensor squeeze(Tensor x, int axis) {
        int at = axis("squeeze", axis, x.aval());
        if (x.dim(at) != 1) {
            throw TraceErrors.operands("squeeze", "axis " + axis + " must have size 1", List.of(x.aval()));
        }
        List<Integer> shape = new ArrayList<>(x.shape());
        shape.remove(/* index */ at);
        return Lax.reshape(x, shape);
    }

    static Tensor slice(Tensor x, int axis, int start, int limit) {
        int at = axis("slice", axis, x.aval());
        if (start < 0 || start > limit || limit > x.dim(at)) {
            throw TraceErrors.operands(
                    "slice",
                    "start %d and limit %d must lie within axis %d".formatted(start, limit, at),
                    List.of(x.aval()));
        }
        return Lax.slice(x, at, start, limit);
    }

    static Tensor at(Tensor x, int index) {
        int size = x.dim(0);
        int from = index < 0 ? index + size : index;
        if (from < 0 || from >= size) {
            throw TraceErrors.operands("at", "index %d must lie within axis 0".formatted(index), List.of(x.aval()));
        }
        return Lax.reshape(Lax.slice(x, 0, from, from + 1), x.shape().subList(1, x.rank()));
    }

    /** Dimensions with one -1 filled in. */
    static List<Integer> resolve(ShapedArray aval, int[] dims) {
        List<Integer> shape = new ArrayList<>(IntStream.of(dims).boxed().toList());
        int open = shape.indexOf(-1);
        if (open >= 0) {
            long rest = 1;
            for (int i = 0; i < dims.length; i++) {
                rest *= i == open ? 1 : dims[i];
            }
            shape.set(open, rest > 0 ? Math.toIntExact(aval.elements() / rest) : 0);
        }
        if (shape.stream().anyMatch(d -> d < 0)) {
            throw TraceErrors.badShape(shape);
        }
        if (aval.withShape(shape).elements() != aval.elements()) {
            throw TraceErrors.reshape(aval, shape);
        }
        return shape;
    }

    static Tensor dot(Tensor a, Tensor b) {
        if (a.rank() == 0 || b.rank() == 0) {
            return binary(Binary.MUL, a, b);
        }
        checkInner("dot", a, b);
        int rows = Math.max(0, b.rank() - 2);
        return Trace.bind1(new DotGeneral(List.of(a.rank() - 1), List.of(rows), List.of(), List.of()), a, b);
    }

    static Tensor matmul(Tensor a, Tensor b) {
        if (a.rank() < 1 || b.rank() < 1) {
            throw TraceErrors.operands(
                    "matmul", "the operands must have an axis (use times for scalars)", List.of(a.aval(), b.aval()));
        }
        checkInner("matmul", a, b);
        if (b.rank() <= 2) {
            return dot(a, b);
        }
        if (a.rank() == 1) {
            return squeeze(matmul(expandDims(a, 0), b), -2);
        }
        ShapedArray leadA = a.aval().withShape(a.shape().subList(0, a.rank() - 2));
        ShapedArray leadB = b.aval().withShape(b.shape().subList(0, b.rank() - 2));
        List<Integer> lead = shape("matmul", leadA, leadB);
        Tensor wideA = to(a, Indices.concat(lead, a.shape().subList(a.rank() - 2, a.rank())));
        Tensor wideB = to(b, Indices.concat(lead, b.shape().subList(b.rank() - 2, b.rank())));
        List<Integer> batch = Indices.range(lead.size());
        int at = lead.size();
        return Trace.bind1(new DotGeneral(List.of(at + 1), List.of(at), batch, batch), wideA, wideB);
    }

    private static void checkInner(String operation, Tensor a, Tensor b) {
        if (a.dtype() != b.dtype()) {
            throw TraceErrors.dtypes(operation, a.aval(), b.aval());
        }
        int last = a.dim(-1);
        int first = b.dim(b.rank() == 1 ? 0 : b.rank() - 2);
        if (last != first) {
            throw TraceErrors.operands(
                    operation,
                    "the last axis of the left and the %s axis of the right operand must have one size, %d is not %d"
                            .formatted(b.rank() <= 2 ? "first" : "last but one", last, first),
                    List.of(a.aval(), b.aval()));
        }
    }
}
