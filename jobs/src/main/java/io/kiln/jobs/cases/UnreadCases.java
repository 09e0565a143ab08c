package io.kiln.jobs.cases;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** The cases whose model files this version of Kiln does not read; each is skipped by name. */
final class UnreadCases implements CaseKind {
    @Override
    public void run(Path file, Consumer<CaseResult> results) {
        Path folder = file.toAbsolutePath().getParent();
        String name = file.getFileName().toString();
        if (name.equals("meta.json") && folder != null) {
            String model = folder.getFileName().toString();
            if (Files.exists(folder.resolve("model.jaxexport"))) {
                results.accept(CaseResult.skipped("jaxexport", model, "jax.export artifacts are not read yet"));
            } else if (Files.exists(folder.resolve("model.onnx"))) {
                results.accept(CaseResult.skipped("onnx", model, "ONNX models are not read yet"));
            }
        }
    }
}
