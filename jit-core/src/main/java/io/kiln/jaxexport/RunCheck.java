package io.kiln.jaxexport;

import io.kiln.error.KilnException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What Kiln requires of an exported function beyond a sound file. All of it is known before native code sees the module. */
final class RunCheck {
    /** The functions of JAX behind LAPACK's names on a CPU, by a part of the name. */
    private static final Map<String, String> LAPACK = Map.of(
            "potrf", "cholesky",
            "getrf", "solve, inv, det or lu",
            "geqrf", "qr",
            "orgqr", "qr",
            "ungqr", "qr",
            "syevd", "eigh",
            "heevd", "eigh",
            "gesdd", "svd",
            "geev", "eig",
            "trsm", "solve_triangular");

    private final ExportedFunction function;

    RunCheck(ExportedFunction function) {
        this.function = function;
    }

    /** Throws for the first thing that is in the way. */
    void require(String platform) {
        if (function.platforms().stream().noneMatch(platform::equalsIgnoreCase)) {
            throw refused(
                    "a function exported for %s, which this plugin runs,".formatted(platform),
                    "one for " + String.join(", ", function.platforms()),
                    "export it for both: jax.export.export(jax.jit(f), platforms=(%s))(...)"
                            .formatted(String.join(
                                    ", ",
                                    Stream.concat(function.platforms().stream(), Stream.of(platform))
                                            .map(each -> '"' + each + '"')
                                            .toList())));
        }
        if (function.devices() != 1) {
            throw refused(
                    "a function of 1 device",
                    "one that was exported for %d devices".formatted(function.devices()),
                    "export it without shardings over a mesh: Spark's partitions are what runs in parallel");
        }
        requireStatic();
        if (!function.orderedEffects().isEmpty()) {
            throw refused(
                    "a function without effects that go in order",
                    "one with " + String.join(", ", function.orderedEffects()),
                    "take callbacks and prints out of the function that is exported");
        }
        requireNoCustomCalls();
    }

    /** Throws for the first input or result without a type that Kiln has. */
    void requireStatic() {
        Stream.concat(function.inputs().stream(), function.outputs().stream()).forEach(this::requireType);
    }

    private void requireType(ExportedArray each) {
        if (!each.symbolic().isEmpty()) {
            throw refused(
                    "static shapes",
                    "%s with the symbolic dimension %s".formatted(each, String.join(", ", each.symbolic())),
                    "export it for a batch of fixed size, such as jax.ShapeDtypeStruct((1024, ...), ...): Kiln pads the"
                            + " last batch of a partition");
        }
        if (each.aval().isEmpty()) {
            throw refused(
                    "element types that columns can be converted to",
                    each.toString(),
                    "take and return float32, say, and convert inside of the function: x.astype(...)");
        }
    }

    private void requireNoCustomCalls() {
        List<String> targets = List.copyOf(new TreeSet<>(function.customCalls()));
        if (targets.isEmpty()) {
            return;
        }
        String linalg = targets.stream()
                .flatMap(target -> LAPACK.entrySet().stream()
                        .filter(known -> target.toLowerCase(Locale.ROOT).contains(known.getKey())))
                .map(Map.Entry::getValue)
                .distinct()
                .reduce((a, b) -> a + ", " + b)
                .map(names -> " (%s)".formatted(names))
                .orElse("");
        throw refused(
                "operations that every plugin has",
                "custom_call %s%s, a function of JAX's own runtime".formatted(String.join(", ", targets), linalg),
                linalg.isEmpty()
                        ? "write the function without it"
                        : "do the factorization before the export and pass its result as a constant, or write it with"
                                + " products and loops");
    }

    private KilnException refused(String required, String got, String fix) {
        return KilnException.user(
                "running %s: %s is required, got %s".formatted(function.source(), required, got), fix);
    }
}
