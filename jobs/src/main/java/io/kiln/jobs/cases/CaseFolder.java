package io.kiln.jobs.cases;

import io.kiln.error.KilnException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Runs every case below a folder, whatever kinds are there, and prints what failed, what was skipped, and the counts. */
public final class CaseFolder {
    private final PrintWriter out;
    private final List<CaseKind> kinds;
    private final Map<String, Map<CaseResult.Outcome, Integer>> counts = new TreeMap<>();

    /** A run whose lines go to {@code out}, by the plugin of this name or path or by whatever is found first. */
    public CaseFolder(PrintWriter out, @Nullable String plugin) {
        List<String> arguments = plugin == null ? List.of() : List.of("--plugin", plugin);
        this.out = out;
        this.kinds = List.of(
                new NumericsCases(plugin),
                new TrainingCases(arguments),
                new BadCases(arguments),
                new ModelCases(arguments));
    }

    /**
     * Runs the cases and returns whether none failed.
     *
     * @throws KilnException user: no case lies below the folder
     */
    public boolean run(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw KilnException.user("looking for cases: a folder is required, got " + folder, "check --cases");
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                for (CaseKind kind : kinds) {
                    kind.run(file, this::take);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (counts.isEmpty()) {
            throw KilnException.user(
                    "looking for cases: none lies below " + folder,
                    "name a folder that holds numerics, jaxexport, onnx, training or bad cases");
        }
        counts.forEach((kind, count) -> out.println(kind + ": " + line(count)));
        Map<CaseResult.Outcome, Integer> total = new EnumMap<>(CaseResult.Outcome.class);
        counts.values().forEach(count -> count.forEach((outcome, n) -> total.merge(outcome, n, Integer::sum)));
        out.println(line(total));
        out.flush();
        return total.getOrDefault(CaseResult.Outcome.failed, 0) == 0;
    }

    private void take(CaseResult result) {
        counts.computeIfAbsent(result.kind(), _ -> new EnumMap<>(CaseResult.Outcome.class))
                .merge(result.outcome(), 1, Integer::sum);
        out.println(result);
        out.flush();
    }

    private static String line(Map<CaseResult.Outcome, Integer> count) {
        return "%d passed, %d failed, %d skipped"
                .formatted(
                        count.getOrDefault(CaseResult.Outcome.passed, 0),
                        count.getOrDefault(CaseResult.Outcome.failed, 0),
                        count.getOrDefault(CaseResult.Outcome.skipped, 0));
    }
}
