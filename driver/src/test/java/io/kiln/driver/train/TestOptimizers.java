package io.kiln.driver.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.kiln.error.KilnException;
import java.util.List;
import org.junit.jupiter.api.Test;

class TestOptimizers {
    private static final Optimizer.Limits TIGHT = new Optimizer.Limits(500, 1e-14);

    /** Rosenbrock's valley in pairs; its minimum is 0 where all are 1. */
    private static Objective.Evaluation rosenbrock(double[] x) {
        double value = 0;
        double[] gradient = new double[x.length];
        for (int i = 0; i < x.length; i += 2) {
            double t = x[i + 1] - x[i] * x[i];
            value += 100 * t * t + (1 - x[i]) * (1 - x[i]);
            gradient[i] = -400 * t * x[i] - 2 * (1 - x[i]);
            gradient[i + 1] = 200 * t;
        }
        return new Objective.Evaluation(value, gradient);
    }

    @Test
    void lbfgsFindsTheEndOfRosenbrocksValley() {
        double[] start = new double[20];
        for (int i = 0; i < start.length; i += 2) {
            start[i] = -1.2;
            start[i + 1] = 1;
        }
        var minimum = Optimizers.lbfgs().minimize(TestOptimizers::rosenbrock, start, TIGHT, step -> {});
        assertThat(minimum.point()).usingComparatorWithPrecision(1e-6).containsOnly(1);
        assertThat(minimum.iterations()).isLessThan(100);
        assertThat(start[0]).isEqualTo(-1.2);
    }

    @Test
    void lbfgsNeverGoesUp() {
        var minimum = Optimizers.lbfgs().minimize(TestOptimizers::rosenbrock, new double[] {-3, 7}, TIGHT, step -> {});
        List<Double> objectives = minimum.objectives();
        for (int i = 1; i < objectives.size(); i++) {
            assertThat(objectives.get(i)).isLessThanOrEqualTo(objectives.get(i - 1));
        }
    }

    @Test
    void aDomainWithAnEdgeIsNotLeft() {
        Objective log = x -> new Objective.Evaluation(x[0] - Math.log(x[0]), new double[] {1 - 1 / x[0]});
        var minimum = Optimizers.lbfgs().minimize(log, new double[] {1e-3}, TIGHT, step -> {});
        assertThat(minimum.point()[0]).isCloseTo(1, within(1e-6));
    }

    @Test
    void aStartThatIsTheMinimumNeedsNoIteration() {
        var minimum = Optimizers.lbfgs().minimize(TestOptimizers::rosenbrock, new double[] {1, 1}, TIGHT, step -> {});
        assertThat(minimum.iterations()).isZero();
        assertThat(minimum.stopped()).isEqualTo("gradient");
    }

    @Test
    void adamTakesItsFirstStepsAsPublished() {
        // One step of algorithm 1 moves each element by the learning rate against the sign of its gradient.
        Objective slope = x -> new Objective.Evaluation(3 * x[0] - 5 * x[1], new double[] {3, -5});
        var minimum = Optimizers.adam(0.1).minimize(slope, new double[] {1, 1}, new Optimizer.Limits(1, 0), step -> {});
        assertThat(minimum.point()).usingComparatorWithPrecision(1e-8).containsExactly(0.9, 1.1);
    }

    @Test
    void sgdWithMomentumFollowsItsRecurrence() {
        Objective bowl = x -> new Objective.Evaluation(x[0] * x[0] / 2, new double[] {x[0]});
        var minimum = Optimizers.sgd(0.1, 0.9).minimize(bowl, new double[] {1}, new Optimizer.Limits(2, 0), step -> {});
        // v1 = 1, x1 = 0.9; v2 = 0.9 + 0.9 = 1.8, x2 = 0.72
        assertThat(minimum.point()[0]).isCloseTo(0.72, within(1e-12));
    }

    @Test
    void anObjectiveThatIsNoNumberIsTheUsersError() {
        Objective nan = x -> new Objective.Evaluation(Double.NaN, new double[] {0});
        for (Optimizer optimizer : List.of(Optimizers.lbfgs(), Optimizers.adam(0.1), Optimizers.sgd(0.1, 0))) {
            assertThatThrownBy(() -> optimizer.minimize(nan, new double[] {1}, TIGHT, step -> {}))
                    .isInstanceOf(KilnException.class)
                    .hasMessageContaining("finite");
        }
    }
}
