package io.kiln.optim;

import io.kiln.core.DType;
import io.kiln.core.Lax;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import io.kiln.jit.Control;
import io.kiln.jit.F1;
import io.kiln.jit.Jit;
import io.kiln.jit.Pytree;
import io.kiln.jit.ValueAndGrad;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Limited-memory BFGS: the whole minimisation is one loop of the program, so it runs inside one jitted call. Directions come from
 * the two-loop recursion (Nocedal and Wright 2006, algorithm 7.4); the line search halves and doubles until the weak Wolfe
 * conditions hold (Lewis and Overton 2013, "Nonsmooth optimization via quasi-Newton methods", algorithm 2.6).
 *
 * @param memory how many steps are remembered
 * @param maxIterations at most so many iterations
 * @param tolerance the minimisation has converged where no element of the gradient is larger
 */
public record Lbfgs(int memory, int maxIterations, double tolerance) {
    private static final double SUFFICIENT_DECREASE = 1e-4;
    private static final double CURVATURE = 0.9;
    private static final int SEARCH_STEPS = 30;

    /** Checks the numbers. */
    public Lbfgs {
        if (memory < 1 || maxIterations < 0 || !(tolerance >= 0)) {
            throw KilnException.user(
                    "making L-BFGS: memory must be 1 or more, maxIterations and tolerance 0 or more, got %d, %d and %s"
                            .formatted(memory, maxIterations, tolerance),
                    "the usual values are new Lbfgs(10, 100, 1e-6)");
        }
    }

    /**
     * What was found.
     *
     * @param params the best parameters
     * @param value the objective there, a scalar
     * @param gradientMaxAbs the largest magnitude in the gradient there
     * @param iterations how many were made, i32[]
     * @param converged whether {@code gradientMaxAbs} is at most the tolerance, bool[]
     */
    public record Minimum<P>(P params, Tensor value, Tensor gradientMaxAbs, Tensor iterations, Tensor converged) {}

    /** A point of the search, flat: where, the value, the gradient. */
    private record Point(Tensor x, Tensor value, Tensor gradient) {}

    /** The last steps and changes of the gradient, the newest last, and {@code 1 / (s . y)} of each, 0 where there is none yet. */
    private record Memory(Tensor steps, Tensor changes, Tensor rhos) {}

    private record Search(Point at, Memory memory, Tensor iterations, Tensor stuck) {}

    private record Line(Point to, Tensor step, Tensor low, Tensor high, Tensor tries, Tensor found) {}

    /**
     * Minimises {@code objective}, which returns a float scalar, from {@code start}, a pytree of floats of one dtype. Works inside and
     * outside of {@code jit}.
     */
    public <P> Minimum<P> minimize(F1<P, Tensor> objective, P start) {
        Ravelled<P> tree = new Ravelled<>(start);
        Function<Tensor, Point> evaluate = x -> {
            ValueAndGrad<P> both = Jit.valueAndGrad(objective).apply(tree.unravel(x));
            return new Point(x, both.value(), tree.ravel(both.grad()));
        };
        Tensor x = tree.ravel(start);
        ShapedArray history = new ShapedArray(x.dtype(), List.of(memory, x.dim(0)));
        Memory empty = new Memory(
                Tensor.full(history, 0), Tensor.full(history, 0), Tensor.full(ShapedArray.of(x.dtype(), memory), 0));
        Search first = new Search(evaluate.apply(x), empty, Tensor.scalar(0), Tensor.scalar(false));
        Search last = Control.whileLoop(
                first,
                s -> s.iterations()
                        .lessThan(maxIterations)
                        .and(converged(s.at()).not())
                        .and(s.stuck().not()),
                s -> iterate(evaluate, s));
        return new Minimum<>(
                tree.unravel(last.at().x()),
                last.at().value(),
                largest(last.at()),
                last.iterations(),
                converged(last.at()));
    }

    private static Tensor largest(Point point) {
        return point.gradient().abs().max();
    }

    private Tensor converged(Point point) {
        return largest(point).lessOrEqual(tolerance);
    }

    private Search iterate(Function<Tensor, Point> evaluate, Search s) {
        Point at = s.at();
        Tensor newton = direction(s.memory(), at.gradient());
        // Rounding can turn a direction uphill: then the gradient's own is taken.
        Tensor downhill = newton.dot(at.gradient()).lessThan(0);
        Tensor direction = Tensor.where(downhill, newton, at.gradient().negate());
        Line line = search(evaluate, at, direction, s.iterations());
        Point to = line.to();
        Tensor step = to.x().minus(at.x());
        Tensor change = to.gradient().minus(at.gradient());
        Tensor curvature = step.dot(change);
        Tensor useful = curvature.greaterThan(0);
        Tensor rho = Tensor.where(useful, curvature.reciprocal(), Tensor.full(curvature.aval(), 0));
        Memory next = new Memory(
                appended(s.memory().steps(), step.expandDims(0)),
                appended(s.memory().changes(), change.expandDims(0)),
                appended(s.memory().rhos(), rho.expandDims(0)));
        return new Search(to, next, s.iterations().plus(1), line.found().not());
    }

    private static Tensor appended(Tensor rows, Tensor row) {
        return Tensor.concatenate(0, rows.slice(0, 1, rows.dim(0)), row);
    }

    /** The two-loop recursion: minus the approximate inverse Hessian times the gradient. */
    private Tensor direction(Memory m, Tensor gradient) {
        Tensor q = gradient;
        List<Tensor> alphas = new ArrayList<>();
        for (int i = memory - 1; i >= 0; i--) {
            Tensor alpha = m.rhos().at(i).times(m.steps().at(i).dot(q));
            q = q.minus(m.changes().at(i).times(alpha));
            alphas.add(0, alpha);
        }
        Tensor y = m.changes().at(memory - 1);
        Tensor rho = m.rhos().at(memory - 1);
        Tensor known = rho.greaterThan(0);
        Tensor one = Tensor.full(rho.aval(), 1);
        // The scale s.y / y.y of the newest step; 1 before there is one.
        Tensor scale = Tensor.where(known, one.dividedBy(Tensor.where(known, rho.times(y.dot(y)), one)), one);
        Tensor r = q.times(scale);
        for (int i = 0; i < memory; i++) {
            Tensor beta = m.rhos().at(i).times(m.changes().at(i).dot(r));
            r = r.plus(m.steps().at(i).times(alphas.get(i).minus(beta)));
        }
        return r.negate();
    }

    /** A step along {@code direction} for which the weak Wolfe conditions hold, or the start where none was found. */
    private static Line search(Function<Tensor, Point> evaluate, Point from, Tensor direction, Tensor iterations) {
        DType dtype = from.x().dtype();
        Tensor slope = from.gradient().dot(direction);
        // The first direction is the bare gradient: a step of length 1 along it at most.
        Tensor norm = direction.square().sum().sqrt();
        Tensor one = Tensor.scalar(dtype, 1);
        Tensor initial = Tensor.where(iterations.equalTo(0), norm.reciprocal().minimum(1), one);
        Line first = new Line(
                from,
                initial,
                Tensor.scalar(dtype, 0),
                Tensor.scalar(dtype, Double.POSITIVE_INFINITY),
                Tensor.scalar(0),
                Tensor.scalar(false));
        Line last = Control.whileLoop(
                first, l -> l.tries().lessThan(SEARCH_STEPS).and(l.found().not()), l -> {
                    Tensor step = l.step();
                    Point to = evaluate.apply(from.x().plus(direction.times(step)));
                    Tensor limit = from.value().plus(slope.times(step).times(SUFFICIENT_DECREASE));
                    // A NaN compares as not low enough: the step is halved.
                    Tensor decreased = to.value().lessOrEqual(limit);
                    Tensor flat = to.gradient().dot(direction).greaterOrEqual(slope.times(CURVATURE));
                    Tensor found = decreased.and(flat);
                    Tensor low = Tensor.where(decreased, step, l.low());
                    Tensor high = Tensor.where(decreased, l.high(), step);
                    Tensor next = Tensor.where(high.isFinite(), low.plus(high).times(0.5), step.times(2));
                    return new Line(
                            to,
                            Tensor.where(found, step, next),
                            low,
                            high,
                            l.tries().plus(1),
                            found);
                });
        Point to = last.to();
        Tensor better = to.value().lessThan(from.value());
        Tensor taken = last.found().or(better);
        return new Line(
                new Point(
                        Tensor.where(taken, to.x(), from.x()),
                        Tensor.where(taken, to.value(), from.value()),
                        Tensor.where(taken, to.gradient(), from.gradient())),
                last.step(),
                last.low(),
                last.high(),
                last.tries(),
                taken);
    }

    /** A tree of floats as one vector, and back. */
    private record Ravelled<P>(P like) {
        Tensor ravel(P tree) {
            List<Tensor> flat = new ArrayList<>();
            for (Tensor leaf : Pytree.leaves(tree)) {
                flat.add(leaf.reshape(-1));
            }
            return Tensor.concatenate(0, flat.toArray(Tensor[]::new));
        }

        P unravel(Tensor x) {
            int[] at = {0};
            return Pytree.map(
                    leaf -> {
                        int n = Math.toIntExact(leaf.aval().elements());
                        Tensor part = x.slice(0, at[0], at[0] + n);
                        at[0] += n;
                        return Lax.reshape(part, leaf.shape());
                    },
                    like);
        }
    }
}
