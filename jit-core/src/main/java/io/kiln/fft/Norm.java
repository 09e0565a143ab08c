package io.kiln.fft;

/** Which of a pair of Fourier transforms divides by the number of elements n. */
public enum Norm {
    /** The inverse one. */
    BACKWARD,
    /** Both, by the square root of n. */
    ORTHO,
    /** The forward one. */
    FORWARD;

    /** What a forward transform, which is not divided, is multiplied by. */
    double forward(double n) {
        return switch (this) {
            case BACKWARD -> 1;
            case ORTHO -> 1 / Math.sqrt(n);
            case FORWARD -> 1 / n;
        };
    }

    /** What an inverse transform, which is divided by n, is multiplied by. */
    double inverse(double n) {
        return switch (this) {
            case BACKWARD -> 1;
            case ORTHO -> Math.sqrt(n);
            case FORWARD -> n;
        };
    }

    /** The norm that makes an inverse transform scaled as a forward one of this norm. */
    Norm opposite() {
        return switch (this) {
            case BACKWARD -> FORWARD;
            case ORTHO -> ORTHO;
            case FORWARD -> BACKWARD;
        };
    }
}
