package io.kiln.driver;

import io.kiln.error.KilnException;
import io.kiln.model.Model;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/** What {@code kiln_score} finds by its first argument: scoring calls that a user gave names, and model folders, each read once. */
final class NamedScores {
    private final Kiln kiln;
    private final Map<String, Score> registered = new HashMap<>();
    private final Map<String, Loaded> loaded = new HashMap<>();

    /** A model that was read, and the state of the file that it was read from. */
    private record Loaded(String state, Score score) {}

    NamedScores(Kiln kiln) {
        this.kiln = kiln;
    }

    synchronized void register(String name, Score score) {
        if (name.isBlank()) {
            throw KilnException.user(
                    "registering a scoring call for " + ScoreFunction.NAME + ": required a name, got none",
                    "name it: kiln.register(\"risk\", kiln.score(...))");
        }
        registered.put(name, score);
    }

    synchronized Score of(String label) {
        Score known = registered.get(label);
        if (known != null) {
            return known;
        }
        String state = state(label);
        Loaded before = loaded.get(label);
        if (before != null && before.state.equals(state)) {
            return before.score;
        }
        Score score = kiln.score(model(label));
        loaded.put(label, new Loaded(state, score));
        return score;
    }

    private Model model(String label) {
        try {
            return Model.load(label, hadoop());
        } catch (KilnException e) {
            String fix = registered.isEmpty()
                    ? "name a model folder, or give a scoring call this name: kiln.register(\"%s\", kiln.score(...))"
                            .formatted(label)
                    : "name a model folder, or one of the names of this session: "
                            + Columns.listed(
                                    registered.keySet().stream().sorted().toList());
            throw new KilnException(
                    e.category(),
                    "analysing %s('%s', ...): %s".formatted(ScoreFunction.NAME, label, e.problem()),
                    fix,
                    e);
        }
    }

    /** Changes when the folder or file is written anew. */
    private String state(String path) {
        try {
            Path at = new Path(path);
            StringBuilder state = new StringBuilder();
            for (FileStatus file : at.getFileSystem(hadoop()).listStatus(at)) {
                state.append(file.getPath().getName())
                        .append(' ')
                        .append(file.getLen())
                        .append(' ')
                        .append(file.getModificationTime())
                        .append('\n');
            }
            return state.toString();
        } catch (IOException | IllegalArgumentException e) {
            return "none"; // reading it says what is wrong
        }
    }

    private Configuration hadoop() {
        return kiln.context().hadoopConfiguration();
    }
}
