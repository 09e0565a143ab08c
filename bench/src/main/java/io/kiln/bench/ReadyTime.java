package io.kiln.bench;

import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.jit.Jit;
import io.kiln.jit.Jitted2;
import io.kiln.jit.Stages;
import java.util.ArrayList;
import java.util.List;

/**
 * The way from a function to its loaded executable in a fresh process, stage by stage, as the peers' dispatch.py times JAX's: the start of
 * the process and of the plugin is not counted. With {@code -Dkiln.cache.dir=FOLDER} the second process finds what the first compiled.
 * The function is {@code transformer12} or {@code transformer12_grad}.
 */
public final class ReadyTime {
    private ReadyTime() {}

    /** Prints one line of milliseconds for the function that the argument names. */
    public static void main(String[] args) {
        Jit.jit((Tensor x) -> x.plus(1)).call(Tensor.scalar(1f)).awaitReady();
        List<Tensor> weights = new ArrayList<>();
        List<ShapedArray> types = Transformer.types();
        for (ShapedArray type : types.subList(0, types.size() - 1)) {
            weights.add(Tensor.full(type, 0.01));
        }
        Tensor x = Tensor.full(Transformer.INPUT, 0.5);
        switch (args[0]) {
            case "transformer12" -> time(args[0], Jit.jit(ReadyTime::encode), weights, x);
            case "transformer12_grad" -> time(args[0], Jit.jit(Jit.grad(ReadyTime::loss)), weights, x);
            default ->
                throw new IllegalArgumentException("transformer12 or transformer12_grad is required, got " + args[0]);
        }
    }

    private static Tensor encode(List<Tensor> weights, Tensor x) {
        List<Tensor> flat = new ArrayList<>(weights);
        flat.add(x);
        return Transformer.encode(flat);
    }

    private static Tensor loss(List<Tensor> weights, Tensor x) {
        return encode(weights, x).square().sum();
    }

    private static <R> void time(String name, Jitted2<List<Tensor>, Tensor, R> f, List<Tensor> weights, Tensor x) {
        long start = System.nanoTime();
        Stages.Lowered<R> lowered = f.lower(weights, x);
        long middle = System.nanoTime();
        Stages.Compiled<R> compiled = lowered.compile();
        long ready = System.nanoTime();
        Object result = compiled.call(weights, x);
        long end = System.nanoTime();
        Tensor first = result instanceof List<?> list ? (Tensor) list.get(0) : (Tensor) result;
        System.out.printf(
                "%s from %s: trace and lower %.1f ms, compile or load %.1f ms, ready after %.1f ms, first call %.1f ms"
                        + " (%s)%n",
                name,
                compiled.tier(),
                (middle - start) / 1e6,
                (ready - middle) / 1e6,
                (ready - start) / 1e6,
                (end - ready) / 1e6,
                first.awaitReady().aval());
    }
}
