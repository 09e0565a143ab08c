package io.kiln.cluster;

import io.kiln.core.Tensor;
import io.kiln.jit.Jit;
import io.kiln.jit.Jitted1;
import java.util.Arrays;

/** A program that knows of no cache. */
final class PlainProgram {
    private PlainProgram() {}

    public static void main(String[] args) {
        Jitted1<Tensor, Tensor> f = Jit.jit((Tensor x) -> x.times(x).plus(1));
        float[] result = f.call(Tensor.of(1f, 2f, 3f)).toFloats();
        String explained = f.explain();
        int at = explained.indexOf("the last executable: ") + "the last executable: ".length();
        System.out.printf(
                "%s %d compiles, from %s%n",
                Arrays.toString(result), f.stats().compiles(), explained.substring(at, explained.indexOf(' ', at)));
    }
}
