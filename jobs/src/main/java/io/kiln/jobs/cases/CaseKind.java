package io.kiln.jobs.cases;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** One kind of oracle case: knows its files and what makes one of them pass. */
interface CaseKind {
    /** Runs the cases of this kind that {@code file} describes, if it is of this kind; {@code results} takes one a case. */
    void run(Path file, Consumer<CaseResult> results) throws IOException;
}
