package io.kiln.jit;

import io.kiln.core.DType;
import io.kiln.core.Inline;
import io.kiln.core.Lax;
import io.kiln.core.PartialEval;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.TraceErrors;
import io.kiln.error.KilnException;
import io.kiln.transform.Grad;
import io.kiln.transform.Jvp;
import io.kiln.transform.Vmap;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The derivatives of a user's function with respect to some of its arguments. */
final class Derivatives {
    private static final String FLOATS =
            "convert it outside: .convert(DType.F32), or move it behind the argument that is differentiated";

    private final String operation;
    private final Signature.Flat flat;
    private final Set<Integer> argnums;
    private final TracedFunction one;
    private final List<Integer> wrt;

    /** Traces {@code f} at {@code arguments}, to be differentiated with respect to those at {@code argnums}. */
    Derivatives(String operation, UserFunction f, List<@Nullable Object> arguments, Set<Integer> argnums) {
        for (int i : argnums) {
            if (i < 0 || i >= arguments.size()) {
                throw error(
                        operation,
                        "there is no argument %d among %d".formatted(i, arguments.size()),
                        "name positions from 0 to %d".formatted(arguments.size() - 1));
            }
        }
        this.operation = operation;
        this.flat = Signature.of(arguments, Set.of());
        this.argnums = new TreeSet<>(argnums);
        this.one = TracedFunction.trace(null, f, flat.signature());
        this.wrt = one.parametersOf(argnums);
    }

    private Program program() {
        return one.traced().program();
    }

    private List<Tensor> operands() {
        return one.traced().operands(flat.leaves());
    }

    /** The differentiated arguments with these leaves, in order of their positions. */
    private List<Object> arguments(Iterator<Tensor> leaves) {
        List<Object> out = new ArrayList<>();
        for (int i : argnums) {
            out.add(Objects.requireNonNull(flat.signature().arguments().get(i).unflatten(leaves)));
        }
        return out;
    }

    /** A result and the gradients with respect to the differentiated arguments. */
    record Valued(Object value, List<Object> grads) {}

    /** The result, whose first leaf is the scalar that is differentiated, and the only one unless {@code aux}. */
    Valued valueAndGrad(boolean aux) {
        otherThan(DType::isInexact).ifPresent(problem -> {
            throw TraceErrors.user("KILN-T006", operation + ": " + problem, FLOATS);
        });
        Program both = aux ? Grad.valueAuxAndGrad(program(), wrt) : Grad.valueAndGrad(program(), wrt);
        List<Tensor> outs = Inline.call(both, operands());
        int n = program().results().size();
        return new Valued(
                one.unflatten(outs.subList(0, n)),
                arguments(outs.subList(n, outs.size()).iterator()));
    }

    /** The result and its tangent, which has its structure. */
    List<Object> jvp(List<Object> tangents) {
        List<Tensor> all = new ArrayList<>(operands());
        all.addAll(likeArguments("jvp", "tangent", tangents));
        List<Tensor> outs = Inline.call(Jvp.jvp(program(), wrt), all);
        int n = program().results().size();
        return List.of(one.unflatten(outs.subList(0, n)), one.unflatten(outs.subList(n, 2 * n)));
    }

    /** A result and a function that needs nothing but what was kept when the result was computed. */
    record Kept(Object value, Function<List<Object>, Object> function) {}

    /** The result, and the linear function from tangents of the arguments to the tangent of the result. */
    Kept linearize() {
        Once once = once(Jvp.jvp(program(), wrt));
        return new Kept(
                one.unflatten(once.value()),
                tangents -> one.unflatten(once.later(likeArguments("linearize", "tangent", tangents))));
    }

    /** The result, and the linear function from the cotangent of the result to those of the arguments. */
    Kept vjp() {
        Once once = once(Grad.valueAndVjp(program(), wrt));
        return new Kept(one.unflatten(once.value()), cts -> {
            List<Tensor> leaves = like(
                    "vjp",
                    "the cotangent",
                    cts.get(0),
                    "the result",
                    one.result(),
                    program().outputs());
            return arguments(once.later(leaves).iterator());
        });
    }

    /** The only row of {@link #rows}: that of a function whose result is a tensor. */
    List<Object> jacobian(boolean forward) {
        if (!one.result().equals(new Pytree.Leaf())) {
            throw error(
                    operation,
                    "the function must return a tensor, got " + program().outputs(),
                    "return one component at a time, or Jit.jacobian for a function that returns several tensors");
        }
        return rows(forward).get(0);
    }

    /**
     * For each leaf of the result, the differentiated arguments with each leaf replaced by the derivatives: their shape is
     * that of the result's leaf followed by that of the argument's.
     */
    List<List<Object>> rows(boolean forward) {
        List<ShapedArray> ins = wrt.stream().map(program().inputs()::get).toList();
        List<ShapedArray> outs = program().outputs();
        otherThan(DType::isFloat).ifPresent(problem -> {
            throw error(operation, problem, FLOATS);
        });
        for (int i = 0; i < outs.size(); i++) {
            if (!outs.get(i).dtype().isFloat()) {
                throw error(
                        operation,
                        "%s must hold floats to be differentiated, got %s"
                                .formatted(one.result().paths("the result").get(i), outs.get(i)),
                        "convert it: .convert(DType.F32), or leave it out of the result");
            }
        }
        Once once = once(forward ? Jvp.jvp(program(), wrt) : Grad.valueAndVjp(program(), wrt));
        List<List<Tensor>> columns = new ArrayList<>();
        List<ShapedArray> seeded = forward ? ins : outs;
        for (int i = 0; i < seeded.size(); i++) {
            columns.add(once.basis(seeded, i));
        }
        List<List<Object>> rows = new ArrayList<>();
        for (int o = 0; o < outs.size(); o++) {
            List<Tensor> leaves = new ArrayList<>();
            for (int i = 0; i < ins.size(); i++) {
                List<Integer> shape = new ArrayList<>(outs.get(o).shape());
                shape.addAll(ins.get(i).shape());
                Tensor block = forward
                        ? lastAxisFirst(columns.get(i).get(o))
                        : columns.get(o).get(i);
                leaves.add(Lax.reshape(block, shape));
            }
            rows.add(arguments(leaves.iterator()));
        }
        return rows;
    }

    private static Tensor lastAxisFirst(Tensor x) {
        List<Integer> order =
                new ArrayList<>(IntStream.range(1, x.rank()).boxed().toList());
        order.add(0);
        return Lax.transpose(x, order);
    }

    private Once once(Program whole) {
        int n = program().params().size();
        List<Boolean> unknown =
                IntStream.range(0, whole.params().size()).mapToObj(i -> i >= n).toList();
        PartialEval.Split split = PartialEval.split(whole, unknown);
        return new Once(
                split,
                Inline.call(split.known(), operands()),
                operands(),
                program().results().size());
    }

    /** A program of which the known half has run, once. */
    private record Once(PartialEval.Split split, List<Tensor> early, List<Tensor> ins, int results) {
        /** The results of the differentiated function. */
        List<Tensor> value() {
            return early.subList(0, results);
        }

        /** The derivatives. */
        List<Tensor> later(List<Tensor> rest) {
            return derivatives(Inline.call(split.unknown(), split.operands(early, ins, rest)));
        }

        private List<Tensor> derivatives(List<Tensor> late) {
            List<Tensor> merged = split.merge(early, late);
            return merged.subList(results, merged.size());
        }

        /** The derivatives, with a leading axis, for each unit vector of seed {@code i} while the others are zero. */
        List<Tensor> basis(List<ShapedArray> seeds, int i) {
            int n = Math.toIntExact(seeds.get(i).elements());
            List<Tensor> rest = new ArrayList<>();
            for (int k = 0; k < seeds.size(); k++) {
                rest.add(k == i ? units(seeds.get(k), n) : Lax.full(seeds.get(k), 0));
            }
            List<Tensor> operands = split.operands(early, ins, rest);
            List<Integer> axes = new ArrayList<>(Collections.nCopies(operands.size(), -1));
            axes.set(operands.size() - seeds.size() + i, 0);
            Program batch = Vmap.vmap(split.unknown(), axes, n);
            List<Tensor> all = derivatives(Inline.call(batch, operands));
            List<Tensor> out = new ArrayList<>();
            for (int k = 0; k < all.size(); k++) {
                boolean mapped = split.unknownResults().get(results + k);
                out.add(mapped ? all.get(k) : Lax.repeat(all.get(k), n));
            }
            return out;
        }
    }

    private static Tensor units(ShapedArray aval, int n) {
        ShapedArray square = ShapedArray.of(DType.I32, n, n);
        Tensor eye = Lax.iota(square, 0).equalTo(Lax.iota(square, 1)).convert(aval.dtype());
        List<Integer> shape = new ArrayList<>(List.of(n));
        shape.addAll(aval.shape());
        return Lax.reshape(eye, shape);
    }

    private List<Tensor> likeArguments(String operation, String what, List<Object> values) {
        List<Pytree> want =
                argnums.stream().map(flat.signature().arguments()::get).toList();
        if (values.size() != want.size()) {
            throw error(
                    operation,
                    "there must be a %s for each of %d arguments, got %d".formatted(what, want.size(), values.size()),
                    "give as many as there are arguments");
        }
        List<Tensor> leaves = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            String name = values.size() == 1 ? "the " + what : what + " " + i;
            List<ShapedArray> types = flat.signature().leavesOf(Set.of(i)).stream()
                    .map(flat.signature().avals()::get)
                    .toList();
            leaves.addAll(like(operation, name, values.get(i), "the argument", want.get(i), types));
        }
        return leaves;
    }

    /** The leaves of {@code value}, called {@code name}, which must have the structure and the types of {@code of}. */
    private static List<Tensor> like(
            String operation, String name, Object value, String of, Pytree want, List<ShapedArray> types) {
        List<Tensor> leaves = new ArrayList<>();
        Pytree got = Pytree.flatten(value, name, leaves::add);
        PytreeErrors.Mismatch differs = PytreeErrors.first(want, got, "");
        for (int i = 0; i < leaves.size() && differs == null; i++) {
            ShapedArray found = leaves.get(i).aval();
            if (!found.equals(types.get(i))) {
                differs = new PytreeErrors.Mismatch(
                        got.paths("").get(i), types.get(i).toString(), found.toString());
            }
        }
        if (differs != null) {
            throw error(
                    operation,
                    "%s%s must be %s, as in %s, got %s"
                            .formatted(name, differs.path(), differs.required(), of, differs.got()),
                    "give it the structure and the types of %s leaf by leaf".formatted(of));
        }
        return leaves;
    }

    /** The first differentiated leaf that is not of {@code kind}, with its path. */
    private Optional<String> otherThan(Predicate<DType> kind) {
        List<String> paths = new ArrayList<>();
        argnums.forEach(i -> paths.addAll(flat.signature().arguments().get(i).paths("argument " + i)));
        return IntStream.range(0, wrt.size())
                .filter(i -> !kind.test(program().inputs().get(wrt.get(i)).dtype()))
                .mapToObj(i -> "%s must hold floats to be differentiated, got %s"
                        .formatted(paths.get(i), program().inputs().get(wrt.get(i))))
                .findFirst();
    }

    private static KilnException error(String operation, String problem, String fix) {
        return TraceErrors.user("KILN-T021", operation + ": " + problem, fix);
    }
}
