package io.kiln.core;

import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The errors of the language, one method each: what was required, what was got, the user's line, the fix. */
public final class TraceErrors {
    private TraceErrors() {}

    /** A traced tensor was used where a value is needed; {@code as} says as what, {@code fix} what to do instead. */
    static KilnException usedAsValue(ShapedArray aval, String as, String fix) {
        return user(
                "KILN-T001",
                "a traced %s was used as %s, but its value is not known while tracing".formatted(aval, as),
                fix);
    }

    static KilnException escaped(Tensor tensor) {
        Trace owner = tensor.trace();
        String origin = owner == null ? "" : ": it is " + owner.origin(tensor.variable());
        boolean lined = origin.contains(", at ") || !origin.contains("equation");
        return user(
                "KILN-T002",
                "a traced %s was used outside the function that it belongs to%s".formatted(tensor.aval(), origin),
                "return it from the function as a result; do not keep a tensor in a field or a variable that outlives"
                        + " the function, and do not use it on another thread"
                        + (lined ? "" : "; -Dkiln.check=true shows the line that made it"));
    }

    static KilnException shapes(String operation, ShapedArray a, ShapedArray b) {
        return shapes(operation, List.of(a, b));
    }

    /** Operands whose shapes do not broadcast. */
    public static KilnException shapes(String operation, List<ShapedArray> got) {
        return user(
                "KILN-T003",
                "%s: the operands must have one shape, or shapes that broadcast, got %s"
                        .formatted(operation, joined(got)),
                "make the shapes equal from the last axis on (a 1 is repeated): reshape(...), broadcastTo(...) or"
                        + " transpose(...)");
    }

    /** Two operands of different dtypes. */
    public static KilnException dtypes(String operation, ShapedArray a, ShapedArray b) {
        return user(
                "KILN-T004",
                "%s: the operands must have one dtype, got %s and %s".formatted(operation, a, b),
                conversion(a, b));
    }

    /** The conversion that the table of promotion asks for. */
    private static String conversion(ShapedArray a, ShapedArray b) {
        DType both = Promotion.of(a.dtype(), b.dtype());
        if (both == null) {
            return "no integer type holds both: convert them to one, .convert(DType.I64) or .convert(DType.F64)";
        }
        String call = ".convert(DType.%s)".formatted(both.name());
        return both == a.dtype() || both == b.dtype()
                ? "convert the %s one: %s".formatted(both == a.dtype() ? b.dtype() : a.dtype(), call)
                : "convert both: " + call;
    }

    /** An operand whose dtype the operation does not take. */
    public static KilnException dtype(String operation, String required, ShapedArray got) {
        return user(
                "KILN-T004",
                "%s: the operand must be %s, got %s".formatted(operation, required, got),
                required.contains("bool")
                        ? "compare it: greaterThan(0), notEqualTo(0)"
                        : required.contains("integer")
                                ? "convert it first: .convert(DType.I32)"
                                : "convert it first: .convert(DType.F32), or another dtype that it takes");
    }

    /** An axis that the operand does not have. */
    public static KilnException axis(String operation, int axis, ShapedArray aval) {
        return user(
                "KILN-T005",
                "%s: axis %d is out of range for %s, which has rank %d".formatted(operation, axis, aval, aval.rank()),
                aval.rank() == 0
                        ? "a scalar has no axes; leave the axis out"
                        : "name an axis from 0 to %d, or from -1 (the last) to -%d"
                                .formatted(aval.rank() - 1, aval.rank()));
    }

    /** An operation whose operands do not fit its own rule. */
    public static KilnException operands(String operation, String required, List<ShapedArray> got) {
        return user(
                "KILN-T003",
                "%s: %s, got %s".formatted(operation, required, joined(got)),
                "give it operands of such shapes: reshape(...), transpose(...), broadcastTo(...) or slice(...)");
    }

    private static String joined(List<ShapedArray> avals) {
        return avals.stream().map(ShapedArray::toString).collect(Collectors.joining(" and "));
    }

    static KilnException reshape(ShapedArray from, List<Integer> to) {
        return user(
                "KILN-T003",
                "reshape: the number of elements must stay, got %s to %s".formatted(from, from.withShape(to)),
                "choose dimensions whose product is %d".formatted(from.elements()));
    }

    /** A derivative that does not exist. */
    public static KilnException notDifferentiable(String operation, String fix) {
        return user("KILN-T006", "%s has no reverse-mode derivative".formatted(operation), fix);
    }

    /** A collective outside the {@code vmap} that names its axis. */
    static KilnException unboundAxis(String operation, String axis) {
        return user(
                "KILN-T022",
                "%s: a batch axis named %s must be around it, but no vmap gives that name".formatted(operation, axis),
                "name the axis where the function is mapped: Jit.vmap(f, Axes.in(0).named(\"%s\"))".formatted(axis));
    }

    static KilnException customForward(String name) {
        return user(
                "KILN-T023",
                "customVjp %s: forward mode (jvp, linearize, jacfwd) needs a rule for tangents, but the function has one"
                                .formatted(name)
                        + " for cotangents",
                "use reverse mode (grad, vjp, jacrev), or give the rule with Jit.customJvp, which serves both");
    }

    static KilnException customConstant(String operation, String name, ShapedArray captured) {
        return user(
                "KILN-T023",
                "%s %s: a derivative must reach arguments only, but the function uses a %s from around it that is differentiated"
                        .formatted(operation, name, captured),
                "make it an argument (a record or a list holds several), or stop its gradient: .stopGradient()");
    }

    static KilnException customNotLinear(String name) {
        return user(
                "KILN-T023",
                "customJvp %s: reverse mode needs a rule that is linear in the tangent, but the derivative of this one by the tangent depends on the tangent"
                        .formatted(name),
                "make the tangent of sums and reshapes of the given one and of its products with what follows from the"
                        + " argument; without squares, absolute values and comparisons of it");
    }

    static KilnException scalar(ShapedArray aval, double value) {
        return user(
                "KILN-T004",
                "the number %s was used with %s, whose dtype has no such value".formatted(value, aval),
                aval.dtype() == DType.BOOL
                        ? "convert the tensor first: .convert(DType.F32)"
                        : "convert the tensor first: .convert(DType.F32), or use a whole number");
    }

    static KilnException branches(List<ShapedArray> a, List<ShapedArray> b) {
        return user(
                "KILN-T003",
                "cond: all branches must return the same types, got %s and %s".formatted(a, b),
                "convert or broadcast the results of one branch: .convert(DType...), .broadcastTo(...)");
    }

    static KilnException carry(String loop, List<ShapedArray> carry, List<ShapedArray> returned) {
        return user(
                "KILN-T003",
                "%s: the body must return the types of its carry %s, got %s".formatted(loop, carry, returned),
                "give the initial carry the types that the body returns, or convert in the body");
    }

    static KilnException threw(@Nullable String name, RuntimeException cause) {
        String line = SourceLine.of(cause).map(l -> "\n  at " + l).orElse("");
        String message = cause.getMessage() == null ? "" : ": " + cause.getMessage();
        return new KilnException(
                ErrorCategory.USER,
                "%sthe function threw %s while it was traced%s%s"
                        .formatted(prefix(name), cause.getClass().getName(), message, line),
                "correct the function; it runs once on tensors that have types and no values;"
                        + " docs/errors.md#KILN-T007",
                cause);
    }

    static KilnException badShape(List<Integer> shape) {
        return user(
                "KILN-T003",
                "a shape must have dimensions of 0 or more and fit the memory, got %s".formatted(shape),
                "give dimensions of 0 or more whose product is below 2^31 elements");
    }

    static KilnException elementCount(ShapedArray aval, int values) {
        return user(
                "KILN-T003",
                "an array of %s has %d elements, got %d values".formatted(aval, aval.elements(), values),
                "give one value for each element, row-major");
    }

    static KilnException byteCount(ShapedArray aval, long bytes) {
        return user(
                "KILN-T003",
                "an array of %s has %d bytes, got %d".formatted(aval, aval.byteSize(), bytes),
                "give exactly the bytes of the type, row-major and little-endian");
    }

    /** A damaged or foreign program in binary form. */
    static KilnException format(String what) {
        return KilnException.user(
                "reading a program: " + what,
                "the file is damaged or from another version of Kiln: write it again with this version");
    }

    static KilnException reducerCaptures(List<Tensor> captured) {
        return user(
                "KILN-T003",
                "reduce: the reducer must use its arguments and Java numbers only, got " + captured,
                "give the array to reduce as one more operand, or apply it before or after the reduction");
    }

    static KilnException convDimensions(String letters, String wanted) {
        return user(
                "KILN-T003",
                "convolution: the axes %s must have the letters %s, each once".formatted(letters, wanted),
                "name the axes of the operand and of the result by N (batch), C (features) and letters for space, and"
                        + " those of the kernel by O, I and the same letters: \"NHWC\", \"HWIO\", \"NHWC\"");
    }

    static KilnException perAxis(String what, int axes, int got) {
        return user(
                "KILN-T003",
                "%s: there must be one number, or one for each of %d axes, got %d".formatted(what, axes, got),
                "give one number for all axes, or one for each");
    }

    /** A program in binary form that says what this version of Kiln does not know. */
    static KilnException newerFormat(String what) {
        return KilnException.user(
                "reading a program: " + what,
                "upgrade Kiln to the version that wrote it, or write it again with this one;"
                        + " docs/program-format.md#versions");
    }

    /** An error in the user's function or its arguments, with the user's line and the section {@code code} of docs/errors.md. */
    public static KilnException user(String code, String problem, String fix) {
        String line = SourceLine.ofCaller().map(l -> "\n  at " + l).orElse("");
        return KilnException.user(prefix(Trace.currentName()) + problem + line, fix + "; docs/errors.md#" + code);
    }

    private static String prefix(@Nullable String name) {
        return name == null ? "" : "tracing " + name + ": ";
    }
}
