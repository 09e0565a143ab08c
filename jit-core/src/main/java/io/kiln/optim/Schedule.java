package io.kiln.optim;

import io.kiln.core.DType;
import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import java.util.List;

/** A learning rate that depends on the step: a value, so that a jitted step knows when it has another one. */
public sealed interface Schedule {
    /** The rate of step {@code step}, an i32[] that counts from 0, as a scalar of a float dtype. */
    Tensor at(Tensor step, DType dtype);

    /** The same rate always. */
    record Constant(double rate) implements Schedule {
        @Override
        public Tensor at(Tensor step, DType dtype) {
            return Tensor.scalar(dtype, rate);
        }
    }

    /** {@code to + (from - to) (1 - step / steps)^power}, and {@code to} from {@code steps} on. */
    record Polynomial(double from, double to, int steps, double power) implements Schedule {
        @Override
        public Tensor at(Tensor step, DType dtype) {
            Tensor left = fraction(step, steps, dtype).negate().plus(1);
            Tensor shape = power == 1 ? left : left.pow(power);
            return shape.times(from - to).plus(to);
        }
    }

    /** {@code rate * decay^(step / steps)}. */
    record Exponential(double rate, double decay, int steps) implements Schedule {
        @Override
        public Tensor at(Tensor step, DType dtype) {
            Tensor exponent = step.convert(dtype).dividedBy(steps);
            return Tensor.scalar(dtype, decay).pow(exponent).times(rate);
        }
    }

    /**
     * Half a cosine from {@code from} to {@code to} over {@code steps}, and {@code to} afterwards; Loshchilov and Hutter 2017, "SGDR:
     * stochastic gradient descent with warm restarts".
     */
    record Cosine(double from, double to, int steps) implements Schedule {
        @Override
        public Tensor at(Tensor step, DType dtype) {
            Tensor half =
                    fraction(step, steps, dtype).times(Math.PI).cos().plus(1).times(0.5);
            return half.times(from - to).plus(to);
        }
    }

    /** {@code first} for {@code steps} steps, then {@code second}, which counts from 0 again. */
    record Then(Schedule first, int steps, Schedule second) implements Schedule {
        @Override
        public Tensor at(Tensor step, DType dtype) {
            return Tensor.where(step.lessThan(steps), first.at(step, dtype), second.at(step.minus(steps), dtype));
        }
    }

    /** Rates that change at given steps: {@code rates[i]} before {@code boundaries[i]}, the last one after all. */
    record Steps(List<Integer> boundaries, List<Double> rates) implements Schedule {
        /** Copies the lists, which must be in order and fit. */
        public Steps {
            boundaries = List.copyOf(boundaries);
            rates = List.copyOf(rates);
            if (rates.size() != boundaries.size() + 1) {
                throw KilnException.user(
                        "making a schedule: there must be one rate more than boundaries, got %s and %s"
                                .formatted(rates, boundaries),
                        "name the rate before each boundary and the one after the last");
            }
        }

        @Override
        public Tensor at(Tensor step, DType dtype) {
            Tensor rate = Tensor.scalar(dtype, rates.getLast());
            for (int i = boundaries.size() - 1; i >= 0; i--) {
                rate = Tensor.where(step.lessThan(boundaries.get(i)), Tensor.scalar(dtype, rates.get(i)), rate);
            }
            return rate;
        }
    }

    /** How far {@code step} is on the way to {@code steps}, from 0 to 1. */
    private static Tensor fraction(Tensor step, int steps, DType dtype) {
        return step.convert(dtype).dividedBy(Math.max(1, steps)).clamp(0, 1);
    }

    /** The same rate always. */
    static Schedule constant(double rate) {
        return new Constant(rate);
    }

    /** A straight line from {@code from} to {@code to} over {@code steps}, and {@code to} afterwards. */
    static Schedule linear(double from, double to, int steps) {
        return new Polynomial(from, to, steps, 1);
    }

    /** {@code rate * decay^(step / steps)}. */
    static Schedule exponential(double rate, double decay, int steps) {
        return new Exponential(rate, decay, steps);
    }

    /** Half a cosine from {@code from} to {@code to} over {@code steps}. */
    static Schedule cosine(double from, double to, int steps) {
        return new Cosine(from, to, steps);
    }

    /** A straight line from 0 to {@code peak} over {@code warmup} steps, then half a cosine to 0 at step {@code steps}. */
    static Schedule warmupCosine(double peak, int warmup, int steps) {
        return linear(0, peak, warmup).then(warmup, cosine(peak, 0, steps - warmup));
    }

    /** This schedule for {@code steps} steps, then {@code next}, which counts from 0 again. */
    default Schedule then(int steps, Schedule next) {
        return new Then(this, steps, next);
    }
}
