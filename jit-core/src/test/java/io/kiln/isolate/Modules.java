package io.kiln.isolate;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** StableHLO modules for tests of isolation. */
final class Modules {
    private Modules() {}

    /** Sines of sines: the more, the longer it compiles. */
    static byte[] sines(int count) {
        StringBuilder text = new StringBuilder("module @sines { func.func public @main(%%x: %s) -> %s {\n"
                .formatted("tensor<16xf32>", "tensor<16xf32>"));
        for (int i = 1; i <= count; i++) {
            text.append("%%s%d = stablehlo.sine %%%s : tensor<16xf32>%n".formatted(i, i == 1 ? "x" : "s" + (i - 1)));
        }
        return bytes(text.append("return %s" + count + " : tensor<16xf32> } }").toString());
    }

    /** Modules in modules: MLIR's parser recurses until its stack is full, and the process ends by SIGSEGV. */
    static byte[] nested() {
        return bytes("module {".repeat(200_000) + "}".repeat(200_000));
    }

    /** A shape whose number of elements overflows: the CPU plugin ends its process by SIGABRT. */
    static byte[] overflowing() {
        String type = "tensor<9223372036854775807x2xf32>";
        return bytes("module { func.func public @main() -> %s { %%0 = stablehlo.iota dim = 0 : %s return %%0 : %s } }"
                .formatted(type, type, type));
    }

    /** A call of the function {@code target}; in MLIR's pretty form, or its generic one. */
    static byte[] customCall(String target, boolean pretty) {
        String call = pretty
                ? "stablehlo.custom_call @%s(%%a) : (tensor<4xf32>) -> tensor<4xf32>".formatted(target)
                : "\"stablehlo.custom_call\"(%%a) {call_target_name = \"%s\"} : (tensor<4xf32>) -> tensor<4xf32>"
                        .formatted(target);
        return bytes(
                "module { func.func public @main(%%a: tensor<4xf32>) -> tensor<4xf32> { %%0 = %s return %%0 : tensor<4xf32> } }"
                        .formatted(call));
    }

    /**
     * The module of a {@code jax.export} artifact of JAX 0.10.2, which is MLIR bytecode of the VHLO dialect: the sum over axis 1 of tanh(x@w) for
     * f32[4,3] and f32[3,5].
     */
    static byte[] exported() {
        try (InputStream in = Objects.requireNonNull(Modules.class.getResourceAsStream("tanh_matmul.vhlo"))) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
