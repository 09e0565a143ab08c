package io.kiln.jobs.cases;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Broken inputs: each must end as the manifest says, with one message that names the fault and nothing left behind. */
final class BadCases implements CaseKind {
    private static final String KIND = "bad";
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Pattern STACK_TRACE = Pattern.compile("(?m)^\tat ");
    private static final Pattern TRAINER =
            Pattern.compile("(\\w+(?: \\w+)*), label column '(\\w+)', features (\\w+?)(\\d+)\\.\\.\\w+?(\\d+)");

    private final List<String> arguments;

    BadCases(List<String> arguments) {
        this.arguments = List.copyOf(arguments);
    }

    @Override
    public void run(Path file, Consumer<CaseResult> results) throws IOException {
        if (!file.getFileName().toString().equals("manifest.json")) {
            return;
        }
        JsonNode manifest = JSON.readTree(file.toFile());
        Path folder = file.toAbsolutePath().getParent();
        if (!manifest.has("outcomes") || !manifest.path("cases").isArray() || folder == null) {
            return;
        }
        for (JsonNode each : manifest.path("cases")) {
            results.accept(one(each, folder));
        }
    }

    private CaseResult one(JsonNode each, Path folder) throws IOException {
        String name = each.path("name").asText();
        String model = each.path("model").asText("");
        if (model.endsWith(".jaxexport")) {
            return CaseResult.skipped(KIND, name, "which columns its model takes is not read from the manifest yet");
        }
        if (model.endsWith(".onnx")) {
            return CaseResult.skipped(KIND, name, "ONNX models are not read yet");
        }
        Path work = Files.createTempDirectory("kiln-case-");
        try {
            WorkFolder.copy(folder.resolve(each.path("folder").asText(name)), work);
            List<String> line = each.path("task").asText().equals("train") ? train(each, work) : score(each, work);
            if (line.isEmpty()) {
                return CaseResult.skipped(
                        KIND,
                        name,
                        "its trainer is not understood: " + each.path("trainer").asText());
            }
            line.addAll(List.of("--progress", "none"));
            line.addAll(arguments);
            List<String> before = WorkFolder.list(work);
            KilnProcess ended = KilnProcess.run(line, LIMIT);
            List<String> differences = differences(each, ended, before, WorkFolder.list(work));
            return differences.isEmpty()
                    ? CaseResult.passed(KIND, name, "exit code " + ended.exitCode())
                    : CaseResult.failed(KIND, name, String.join("; ", differences));
        } finally {
            WorkFolder.delete(work);
        }
    }

    private static List<String> score(JsonNode each, Path work) {
        return new ArrayList<>(List.of(
                "score",
                "--model",
                work.resolve(each.path("model").asText()).toString(),
                "--input",
                work.resolve(each.path("input").asText()).toString(),
                "--output",
                work.resolve(each.path("output").asText("out")).toString()));
    }

    private static List<String> train(JsonNode each, Path work) {
        Matcher trainer = TRAINER.matcher(each.path("trainer").asText());
        if (!trainer.matches()) {
            return List.of();
        }
        List<String> features = new ArrayList<>();
        for (int i = Integer.parseInt(trainer.group(4)); i <= Integer.parseInt(trainer.group(5)); i++) {
            features.add(trainer.group(3) + i);
        }
        return new ArrayList<>(List.of(
                "train",
                "--algorithm",
                trainer.group(1).replace(' ', '-'),
                "--input",
                work.resolve(each.path("input").asText()).toString(),
                "--label",
                trainer.group(2),
                "--features",
                String.join(",", features),
                "--output",
                work.resolve(each.path("output").asText("out")).toString()));
    }

    /** What of an ended command is not as the manifest wants it; empty when all is. */
    static List<String> differences(JsonNode each, KilnProcess ended, List<String> before, List<String> after) {
        String outcome = each.path("outcome").asText();
        boolean mayPass = !outcome.equals("error") || each.path("accept_ok").asBoolean();
        boolean mayFail = !outcome.equals("ok") || each.path("accept_error").asBoolean();
        List<String> differences = new ArrayList<>();
        if (ended.exitCode() == KilnProcess.HANGING) {
            differences.add("it still ran after " + LIMIT.toSeconds() + " s");
        } else if (ended.exitCode() == 0) {
            if (!mayPass) {
                differences.add(
                        "it succeeded, want an error: " + each.path("why").asText());
            }
        } else if (!mayFail) {
            differences.add("exit code " + ended.exitCode() + ", want success: "
                    + ended.err().strip());
        } else {
            refused(each, ended, before, after, differences);
        }
        return differences;
    }

    private static void refused(
            JsonNode each, KilnProcess ended, List<String> before, List<String> after, List<String> differences) {
        if (ended.exitCode() == 1 || ended.exitCode() > 5) {
            differences.add("exit code " + ended.exitCode() + ", want 2 to 5: "
                    + ended.err().strip());
        }
        String message = ended.err().toLowerCase(Locale.ROOT);
        for (JsonNode named : each.path("message_should_name")) {
            boolean found = false;
            for (String alternative : named.asText().toLowerCase(Locale.ROOT).split("\\|", -1)) {
                found |= message.contains(alternative);
            }
            if (!found) {
                differences.add("the message does not name " + named + ": "
                        + ended.err().strip());
            }
        }
        if (STACK_TRACE.matcher(ended.err()).find()) {
            differences.add("a stack trace on standard error");
        }
        if (ended.err().lines().filter(line -> line.startsWith("kiln: ")).count() != 1) {
            differences.add("one message is wanted, got: " + ended.err().strip());
        }
        List<String> left = new ArrayList<>(after);
        left.removeAll(before);
        if (!left.isEmpty() || !after.containsAll(before)) {
            differences.add("files were left or taken: before " + before + ", after " + after);
        }
    }
}
