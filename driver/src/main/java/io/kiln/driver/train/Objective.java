package io.kiln.driver.train;

/** A differentiable function of a vector, to be minimised. */
public interface Objective {
    /** Its value and gradient at one point. */
    Evaluation at(double[] point);

    /**
     * A value and the gradient there.
     *
     * @param gradient as long as the point
     */
    @SuppressWarnings("ArrayRecordComponent") // A vector of doubles, handed over once.
    record Evaluation(double value, double[] gradient) {
        /** The largest magnitude in the gradient. */
        public double gradientMaxAbs() {
            double max = 0;
            for (double g : gradient) {
                max = Math.max(max, Math.abs(g));
            }
            return max;
        }

        /** Whether value and gradient are numbers. */
        public boolean isFinite() {
            return Double.isFinite(value) && Double.isFinite(gradientMaxAbs());
        }
    }
}
