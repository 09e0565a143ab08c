package io.kiln.compile;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.error.KilnException;
import io.kiln.pjrt.PjrtDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * What a device does with small programs: the right numbers, and how fast.
 *
 * @param device the device, as its plugin says it
 * @param gigaflops 10^9 operations a second of a product of square f32 matrices in the device's memory
 * @param microseconds the time of one execution of a program on 1024 numbers in the device's memory, from call to end
 */
public record DeviceCheck(String device, double gigaflops, double microseconds) {
    private static final int CPU_SIDE = 512;
    private static final int GPU_SIDE = 4096;
    private static final int PRODUCTS = 8;
    private static final int CALLS = 200;
    private static final int ROUNDS = 3;

    /** f32 products may be computed in shorter formats, such as TF32. */
    private static final double TOLERANCE = 1e-2;

    /** Checks the devices of the plugin that the first argument names, without Spark. */
    public static void main(String[] args) {
        String plugin = args.length == 0 ? System.getProperty("kiln.plugin") : args[0];
        try (LocalRuntime runtime = LocalRuntime.open(plugin, line -> {})) {
            all(runtime).forEach(System.out::println);
        }
    }

    /**
     * The devices of {@code runtime}, one after the other.
     *
     * @throws KilnException ENVIRONMENT if a device computes wrong numbers
     */
    public static List<DeviceCheck> all(LocalRuntime runtime) {
        Compiler compiler = runtime.compiler();
        int side = compiler.client().isCpu() ? CPU_SIDE : GPU_SIDE;
        LoadedProgram product = load(compiler, "product", ShapedArray.of(DType.F32, side, side), a -> a.matmul(a));
        LoadedProgram line = load(
                compiler,
                "line",
                ShapedArray.of(DType.F32, 1024),
                x -> x.times(0.5).plus(1));
        List<DeviceCheck> checks = new ArrayList<>();
        for (PjrtDevice device : compiler.client().devices()) {
            // The fixed points of both, so that every result says whether it is right: all 1/side, and all 2.
            double productNanos = nanos(product.on(device), 1.0 / side, PRODUCTS);
            double lineNanos = nanos(line.on(device), 2, CALLS);
            checks.add(new DeviceCheck(device.toString(), 2.0 * side * side * side / productNanos, lineNanos / 1e3));
        }
        return checks;
    }

    private static LoadedProgram load(Compiler compiler, String name, ShapedArray aval, UnaryOperator<Tensor> f) {
        Program program = Trace.trace(in -> List.of(f.apply(in.getFirst())), List.of(aval))
                .program();
        return compiler.load(program, name, Set.of());
    }

    /** The time of one execution in the fastest round, each call taking the result of the one before. */
    private static double nanos(LoadedProgram program, double fixedPoint, int calls) {
        ShapedArray aval = program.program().inputs().getFirst();
        HostArray start = HostArray.ofDoubles(aval, i -> fixedPoint);
        DeviceArray x = program.callOnDevice(List.of(start)).getFirst();
        double best = Double.POSITIVE_INFINITY;
        try {
            for (int round = 0; round < ROUNDS; round++) {
                long from = System.nanoTime();
                for (int i = 0; i < calls; i++) {
                    DeviceArray before = x;
                    x = program.callOnDevice(List.of(before)).getFirst();
                    x.awaitReady();
                    before.close();
                }
                best = Math.min(best, (System.nanoTime() - from) / (double) calls);
            }
            requireRight(program.name(), x, fixedPoint);
            return best;
        } finally {
            x.close();
        }
    }

    private static void requireRight(String name, DeviceArray result, double fixedPoint) {
        for (float got : result.toHost().toFloats()) {
            if (!(Math.abs(got - fixedPoint) <= TOLERANCE * fixedPoint)) {
                throw KilnException.environment(
                        "running the program %s: every result must be %s, got %s".formatted(name, fixedPoint, got),
                        "use another plugin or device: this one computes wrong numbers");
            }
        }
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s: right numbers; f32 matrix product %.0f GFLOP/s; one small execution %.0f us",
                device,
                gigaflops,
                microseconds);
    }
}
