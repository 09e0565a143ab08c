package io.kiln.model;

import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.store.HadoopFiles;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A folder of models by name, each with its versions and aliases, on any of Hadoop's file systems that can create a file without
 * overwriting one.
 *
 * <pre>
 * REGISTRY/NAME/versions/RUN-xxxxxxxx/   a model folder, written once
 * REGISTRY/NAME/state/000000000007.json  the state after 7 changes: versions and aliases
 * </pre>
 */
public final class Registry {
    private final String folder;
    private final Configuration hadoop;
    private final FileSystem files;

    private Registry(String folder, Configuration hadoop) {
        this.folder = folder;
        this.hadoop = hadoop;
        this.files = HadoopFiles.of("registry", folder, hadoop);
    }

    /** The registry in a folder, which need not exist yet. */
    public static Registry at(String folder) {
        return at(folder, new Configuration());
    }

    /** {@link #at(String)} with the settings of Hadoop's file systems. */
    public static Registry at(String folder, Configuration hadoop) {
        return new Registry(folder, hadoop);
    }

    /** The model of a name, published or not. */
    public RegisteredModel model(String name) {
        return new RegisteredModel(this.folder, ModelReference.requireWord("model's name", name), files, hadoop);
    }

    /** The names of the models that were published, sorted. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        try {
            for (FileStatus each : files.listStatus(new Path(folder))) {
                String name = each.getPath().getName();
                if (ModelReference.WORD.matcher(name).matches() && model(name).isPublished()) {
                    names.add(name);
                }
            }
        } catch (FileNotFoundException e) {
            throw KilnException.user(
                    "opening registry %s: there is no such folder".formatted(folder),
                    "name the folder that models are published to; kiln models publish makes one");
        } catch (IOException e) {
            throw new KilnException(
                    ErrorCategory.USER,
                    "opening registry %s: it cannot be read: %s".formatted(folder, e.getMessage()),
                    "see that this user may read it",
                    e);
        }
        names.sort(null);
        return names;
    }
}
