package io.kiln.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.kiln.core.DType;
import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import io.kiln.jit.Jit;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The optimizers beside optax 0.2.8: five steps in f64 on one function, from one start; optax's schedules compute in f32. */
@Timeout(300)
class TestOptimizers {
    record Params(Tensor w, Tensor b) {}

    static Tensor objective(Params p) {
        Tensor w = p.w();
        return w.square()
                .times(Tensor.of(1.0, 3.0))
                .sum()
                .plus(w.cos().sum().times(p.b()))
                .plus(p.b().square().square());
    }

    private static Params start() {
        return new Params(Tensor.of(0.7, -1.3), Tensor.scalar(0.4));
    }

    record Case(String name, Optimizer optimizer, double w0, double w1, double b) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        Schedule constant = Schedule.constant(0.1);
        return Stream.of(
                new Case("sgd", Optimizers.sgd(0.1), 0.23904686759102492, -0.01414733266809116, -0.46880929027888846),
                new Case(
                        "momentum",
                        Optimizers.momentum(0.1, 0.9),
                        -0.3403596116003312,
                        0.20249215879202098,
                        -1.2193588324881242),
                new Case(
                        "nesterov",
                        Optimizers.nesterov(constant, 0.9),
                        -0.2368533960884653,
                        -0.09091686409894167,
                        -0.7426472299133893),
                new Case("adam", Optimizers.adam(0.1), 0.2096337554709385, -0.8044306582050583, -0.1014387463120699),
                new Case(
                        "adamw",
                        Optimizers.adamw(0.1, 0.01),
                        0.2072601552032061,
                        -0.7990249085038831,
                        -0.1024550466208813),
                new Case(
                        "adagrad",
                        Optimizers.adagrad(0.1),
                        0.4047005017082045,
                        -0.990498742142656,
                        0.07582241560353323),
                new Case(
                        "rmsprop",
                        Optimizers.rmsprop(0.1),
                        0.013705186659169758,
                        -0.403192539139809,
                        -0.6807024007890348),
                new Case(
                        "sgd, norm clipped",
                        Optimizers.sgd(0.1).clipGlobalNorm(1),
                        0.6146055730510828,
                        -0.8202986072237842,
                        0.28985283959806485),
                new Case(
                        "sgd, values clipped",
                        Optimizers.sgd(0.1).clipValue(0.5),
                        0.44999999999999984,
                        -1.0499999999999998,
                        0.15000000000000008),
                new Case(
                        "adam with a schedule",
                        Optimizers.adam(Schedule.warmupCosine(0.1, 2, 5)),
                        0.4513673535269639,
                        -1.050815350167282,
                        0.14985940671900153));
    }

    private static final double CLOSE = 2e-8;

    @ParameterizedTest
    @MethodSource("cases")
    void fiveStepsAreThoseOfOptax(Case c) {
        Params p = start();
        Optimizer.State state = c.optimizer().init(p);
        for (int i = 0; i < 5; i++) {
            Optimizer.Updated<Params> next =
                    c.optimizer().update(Jit.grad(TestOptimizers::objective).apply(p), state, p);
            p = next.params();
            state = next.state();
        }
        assertThat(p.w().toDoubles()).containsExactly(new double[] {c.w0(), c.w1()}, within(CLOSE));
        assertThat(p.b().item()).isCloseTo(c.b(), within(CLOSE));
        assertThat(state.step().item()).isEqualTo(5);
    }

    @Test
    void aStepIsJittedWithItsStateDonated() {
        Optimizer adam = Optimizers.adam(0.1);
        var step = Jit.jit((Params p, Optimizer.State s) ->
                        adam.update(Jit.grad(TestOptimizers::objective).apply(p), s, p))
                .donate(0, 1);
        Params p = start();
        Optimizer.State state = adam.init(p);
        for (int i = 0; i < 5; i++) {
            Optimizer.Updated<Params> next = step.call(p, state);
            p = next.params();
            state = next.state();
        }
        assertThat(p.w().toDoubles())
                .containsExactly(new double[] {0.2096337554709385, -0.8044306582050583}, within(CLOSE));
        assertThat(step.stats().traces()).isEqualTo(1);
    }

    @Test
    void schedulesAreThoseOfOptax() {
        assertThat(rates(Schedule.cosine(0.1, 0, 10)))
                .containsExactly(new double[] {0.1, 0.07938926261462366, 0, 0}, within(1e-12));
        assertThat(rates(Schedule.exponential(0.1, 0.5, 10)))
                .containsExactly(new double[] {0.1, 0.08122523963562356, 0.05, 0.043527528164806206}, within(1e-12));
        assertThat(rates(new Schedule.Polynomial(0.1, 0.01, 10, 2)))
                .containsExactly(new double[] {0.1, 0.0541, 0.01, 0.01}, within(1e-12));
        assertThat(rates(new Schedule.Steps(List.of(3, 11), List.of(1.0, 0.5, 0.25))))
                .containsExactly(new double[] {1, 0.5, 0.5, 0.25}, within(0.0));
    }

    private static double[] rates(Schedule schedule) {
        return Stream.of(0, 3, 10, 12)
                .mapToDouble(i -> schedule.at(Tensor.scalar(i), DType.F64).item())
                .toArray();
    }

    @Test
    void aGradientOfZeroIsClippedToItself() {
        Params zero = new Params(Tensor.of(0.0, 0.0), Tensor.scalar(0.0));
        Optimizer clipped = Optimizers.sgd(1).clipGlobalNorm(1);
        Params same = clipped.update(zero, clipped.init(start()), start()).params();
        assertThat(same.w().toDoubles()).containsExactly(0.7, -1.3);
    }

    @Test
    void aRateThatIsNoFractionIsRefused() {
        assertThatThrownBy(() -> Optimizers.momentum(0.1, 1))
                .isInstanceOf(KilnException.class)
                .hasMessageContaining("momentum must be from 0 up to but not including 1, got 1.0");
    }

    @Test
    void lbfgsFindsTheMinimumOfRosenbrocksFunctionInOneCall() {
        Lbfgs lbfgs = new Lbfgs(10, 200, 1e-8);
        var minimize = Jit.jit((Tensor x) -> lbfgs.minimize(TestOptimizers::rosenbrock, x));
        Lbfgs.Minimum<Tensor> found = minimize.call(Tensor.of(-1.2, 1.0, -0.5, 2.0));
        assertThat(found.converged().isTrue()).isTrue();
        assertThat(found.params().toDoubles()).containsExactly(new double[] {1, 1, 1, 1}, within(1e-6));
        assertThat(found.value().item()).isCloseTo(0, within(1e-12));
        assertThat(found.iterations().item()).isLessThan(200);
    }

    private static Tensor rosenbrock(Tensor x) {
        int n = x.dim(0);
        Tensor head = x.slice(0, 0, n - 1);
        Tensor tail = x.slice(0, 1, n);
        return tail.minus(head.square())
                .square()
                .times(100)
                .plus(head.negate().plus(1).square())
                .sum();
    }

    @Test
    void lbfgsMinimisesOverAPytreeAndStopsAtTheLimit() {
        Lbfgs lbfgs = new Lbfgs(3, 2, 0);
        Lbfgs.Minimum<Params> found = lbfgs.minimize(TestOptimizers::objective, start());
        assertThat(found.iterations().item()).isEqualTo(2);
        assertThat(found.converged().isTrue()).isFalse();
        assertThat(found.value().item()).isLessThan(objective(start()).item());
    }
}
