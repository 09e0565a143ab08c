package io.kiln.jit;

import io.kiln.core.CustomJvp;
import io.kiln.core.CustomVjp;
import io.kiln.core.Inline;
import io.kiln.core.Program;
import io.kiln.core.Remat;
import io.kiln.core.Replay;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.core.TraceErrors;
import io.kiln.error.KilnException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** User's functions as primitives with derivative rules of their own, and as checkpoints. */
final class CustomRules {
    private final Signature.Flat flat;
    private final List<TracedFunction> functions = new ArrayList<>();

    private CustomRules(List<@Nullable Object> arguments) {
        this.flat = Signature.of(arguments, Set.of());
    }

    /** The result of {@code f}, whose intermediate values no derivative keeps. */
    static Object checkpoint(UserFunction f, List<@Nullable Object> arguments) {
        Signature.Flat flat = Signature.of(arguments, Set.of());
        TracedFunction one = TracedFunction.trace(null, f, flat.signature());
        return one.unflatten(Trace.bind(
                new Remat(one.traced().program(), false), one.traced().operands(flat.leaves())));
    }

    /** The result of {@code f}; {@code rule} gives value and tangent from arguments and their tangents. */
    static Object customJvp(String name, UserFunction f, UserFunction rule, List<@Nullable Object> arguments) {
        CustomRules all = new CustomRules(arguments);
        Signature once = all.flat.signature();
        TracedFunction value = all.trace(f, once);
        TracedFunction both = all.trace(rule, twice(once));
        Pytree dual = new Pytree.Fields(Dual.class, List.of(value.result(), value.result()));
        require(
                "customJvp " + name,
                "the rule",
                both,
                dual,
                twice(value.traced().program().outputs()));
        return value.unflatten(
                Trace.bind(new CustomJvp(name, all.captured().size(), all.program(0), all.program(1)), all.operands()));
    }

    /**
     * The result of {@code f}; {@code forward} gives it with residuals, {@code backward} the cotangents of the arguments from
     * residuals and the cotangent of the result.
     */
    static Object customVjp(
            String name,
            UserFunction f,
            UserFunction forward,
            UserFunction backward,
            List<@Nullable Object> arguments) {
        CustomRules all = new CustomRules(arguments);
        TracedFunction value = all.trace(f, all.flat.signature());
        TracedFunction there = all.trace(forward, all.flat.signature());
        List<ShapedArray> outs = value.traced().program().outputs();
        List<ShapedArray> kept = there.traced().program().outputs();
        if (!(there.result() instanceof Pytree.Fields(Class<?> type, List<Pytree> parts))
                || type != Residuals.class
                || !parts.get(0).equals(value.result())
                || !kept.subList(0, outs.size()).equals(outs)) {
            throw error(
                    "customVjp " + name,
                    "the forward rule must return Residuals with a value like that of the function, %s, got %s"
                            .formatted(text(value.result(), outs), text(there.result(), kept)),
                    "return new Residuals<>(f.apply(x), what the backward rule needs)");
        }
        Pytree residuals = parts.get(1);
        List<ShapedArray> types = new ArrayList<>(kept.subList(outs.size(), kept.size()));
        types.addAll(outs);
        TracedFunction back = all.trace(backward, new Signature(List.of(residuals, value.result()), types));
        Signature arguments0 = all.flat.signature();
        require(
                "customVjp " + name,
                "the backward rule",
                back,
                arguments0.arguments().get(0),
                arguments0.avals());
        return value.unflatten(Trace.bind(
                new CustomVjp(name, all.captured().size(), all.program(0), all.program(1), all.program(2)),
                all.operands()));
    }

    private TracedFunction trace(UserFunction f, Signature signature) {
        TracedFunction traced = TracedFunction.trace(null, f, signature);
        functions.add(traced);
        return traced;
    }

    /** What any of the functions captured: the first operands of all their programs. */
    private List<Tensor> captured() {
        return functions.stream().flatMap(f -> f.traced().captured().stream()).toList();
    }

    private List<Tensor> operands() {
        List<Tensor> all = new ArrayList<>(captured());
        all.addAll(flat.leaves());
        return all;
    }

    /** The program of function {@code which}, which takes what all of them captured. */
    private Program program(int which) {
        int from = functions.subList(0, which).stream()
                .mapToInt(f -> f.traced().captured().size())
                .sum();
        TracedFunction one = functions.get(which);
        int to = from + one.traced().captured().size();
        int consts = captured().size();
        List<ShapedArray> avals =
                new ArrayList<>(captured().stream().map(Tensor::aval).toList());
        avals.addAll(one.signature().avals());
        return Replay.program(
                all -> {
                    List<Tensor> own = new ArrayList<>(all.subList(from, to));
                    own.addAll(all.subList(consts, all.size()));
                    return Inline.call(one.traced().program(), own);
                },
                avals);
    }

    private static Signature twice(Signature s) {
        List<Pytree> trees = new ArrayList<>(s.arguments());
        trees.addAll(s.arguments());
        return new Signature(trees, twice(s.avals()));
    }

    private static List<ShapedArray> twice(List<ShapedArray> avals) {
        List<ShapedArray> all = new ArrayList<>(avals);
        all.addAll(avals);
        return all;
    }

    private static String text(Pytree tree, List<ShapedArray> avals) {
        return tree.text(avals.iterator());
    }

    private static void require(
            String operation, String who, TracedFunction got, Pytree tree, List<ShapedArray> types) {
        List<ShapedArray> found = got.traced().program().outputs();
        if (!got.result().equals(tree) || !found.equals(types)) {
            throw error(
                    operation,
                    "%s must return %s, got %s".formatted(who, text(tree, types), text(got.result(), found)),
                    "return the same structure with tensors of these types; zeros where there is no derivative");
        }
    }

    private static KilnException error(String operation, String problem, String fix) {
        return TraceErrors.user("KILN-T023", operation + ": " + problem, fix);
    }
}
