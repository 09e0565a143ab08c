package io.kiln.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.kiln.core.ProgramFormat;
import io.kiln.error.KilnException;
import io.kiln.store.HadoopFiles;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** A folder that holds a model: {@code manifest.json} with the SHA-256 of {@code program.kiln} and {@code weights.safetensors}. */
final class ModelFolder {
    static final String MANIFEST = "manifest.json";
    static final String PROGRAM = "program.kiln";
    static final String WEIGHTS = "weights.safetensors";
    private static final long MAX_MANIFEST = 64L << 20;

    private final Path folder;
    private final FileSystem fs;

    private ModelFolder(Path folder, FileSystem fs) {
        this.folder = folder;
        this.fs = fs;
    }

    /** The folder at a path or URI of any of Hadoop's file systems. */
    static ModelFolder at(String folder, Configuration hadoop) {
        FileSystem fs = HadoopFiles.of("model folder", folder, hadoop);
        return new ModelFolder(new Path(folder), fs);
    }

    /** Reads and checks everything. */
    Model read() {
        JsonNode manifest = manifest();
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (String name : new String[] {PROGRAM, WEIGHTS}) {
            files.put(name, verified(name, manifest.path("files").path(name)));
        }
        return Manifest.model(
                path(MANIFEST),
                manifest,
                program(bytes(files, PROGRAM)),
                Safetensors.read(path(WEIGHTS), bytes(files, WEIGHTS)));
    }

    private static byte[] bytes(Map<String, byte[]> files, String name) {
        return java.util.Objects.requireNonNull(files.get(name));
    }

    private io.kiln.core.Program program(byte[] bytes) {
        try {
            return ProgramFormat.read(bytes);
        } catch (KilnException e) {
            throw new KilnException(e.category(), "reading " + path(PROGRAM) + ": " + e.problem(), e.fix(), e);
        }
    }

    private JsonNode manifest() {
        byte[] text = bytes(MANIFEST, MAX_MANIFEST);
        try {
            JsonNode root = Json.MAPPER.readTree(new String(text, StandardCharsets.UTF_8));
            if (root == null || !root.isObject()) {
                throw bad(MANIFEST, "required a JSON object");
            }
            Manifest.requireVersion(path(MANIFEST), root);
            return root;
        } catch (JsonProcessingException e) {
            throw bad(MANIFEST, "it is not JSON: " + e.getOriginalMessage());
        }
    }

    private byte[] verified(String name, JsonNode entry) {
        String required = entry.path("sha256").asText("");
        long size = entry.path("bytes").asLong(-1);
        if (!required.matches("[0-9a-f]{64}") || size < 0) {
            throw bad(MANIFEST, "required the sha256 and the bytes of " + name);
        }
        byte[] bytes = bytes(name, Math.min(size, Integer.MAX_VALUE - 16));
        String got = Sha256.hex(bytes);
        if (bytes.length != size || !got.equals(required)) {
            throw bad(
                    name,
                    "required %d bytes with SHA-256 %s, got %d bytes with %s"
                            .formatted(size, required, bytes.length, got));
        }
        return bytes;
    }

    /** The bytes of a file of at most {@code limit} bytes. */
    private byte[] bytes(String name, long limit) {
        Path file = new Path(folder, name);
        try {
            FileStatus status = fs.getFileStatus(file);
            if (status.isDirectory()) {
                throw bad(name, "required a file, got a folder");
            }
            if (status.getLen() > limit) {
                throw bad(name, "required at most %d bytes, got %d".formatted(limit, status.getLen()));
            }
            try (FSDataInputStream in = fs.open(file)) {
                return in.readNBytes(Math.toIntExact(limit) + 1);
            }
        } catch (FileNotFoundException e) {
            throw missing(name);
        } catch (IOException e) {
            throw bad(name, "it cannot be read: " + e.getMessage());
        }
    }

    private KilnException missing(String name) {
        boolean folderExists;
        try {
            folderExists = fs.exists(folder);
        } catch (IOException e) {
            folderExists = false;
        }
        return folderExists
                ? bad(name, "there is no such file")
                : KilnException.user(
                        "reading model folder " + folder + ": there is no such folder",
                        "name a folder that kiln train wrote: it holds " + MANIFEST);
    }

    /** Writes everything beside the folder, then renames. */
    void write(Model model, boolean overwrite) {
        byte[] program = ProgramFormat.write(model.program());
        byte[] weights = Safetensors.write(model.weights());
        Path temporary = new Path(
                folder.getParent() == null ? new Path(".") : folder.getParent(),
                "." + folder.getName() + "." + UUID.randomUUID());
        try {
            refuse(overwrite);
            fs.mkdirs(temporary);
            try {
                write(temporary, PROGRAM, program);
                write(temporary, WEIGHTS, weights);
                write(temporary, MANIFEST, Manifest.json(model, Map.of(PROGRAM, program, WEIGHTS, weights)));
                refuse(overwrite);
                if (overwrite) {
                    fs.delete(folder, true);
                }
                if (!fs.rename(temporary, folder)) {
                    throw new IOException("renaming to it failed");
                }
            } finally {
                fs.delete(temporary, true);
            }
        } catch (IOException e) {
            throw new KilnException(
                    io.kiln.error.ErrorCategory.ENVIRONMENT,
                    "writing model folder %s: %s".formatted(folder, e.getMessage()),
                    "check that its parent folder exists, is writable and has room",
                    e);
        }
    }

    /** An existing folder is kept unless it is a model's and may be replaced. */
    private void refuse(boolean overwrite) throws IOException {
        if (!fs.exists(folder)) {
            return;
        }
        if (!overwrite) {
            throw KilnException.user(
                    "writing model folder " + folder + ": it exists already",
                    "name another folder, or say --overwrite to replace it");
        }
        boolean empty = fs.getFileStatus(folder).isDirectory() && fs.listStatus(folder).length == 0;
        if (!empty && !fs.exists(new Path(folder, MANIFEST))) {
            throw KilnException.user(
                    "writing model folder " + folder + ": what is there is no model, and is not replaced",
                    "name another folder, or remove this one yourself");
        }
    }

    private void write(Path parent, String name, byte[] bytes) throws IOException {
        try (FSDataOutputStream out = fs.create(new Path(parent, name), false)) {
            out.write(bytes);
            out.hsync();
        }
    }

    private String path(String name) {
        return new Path(folder, name).toString();
    }

    private KilnException bad(String name, String what) {
        return KilnException.user(
                "reading " + path(name) + ": " + what,
                "the model was changed or damaged: copy it again, or train it again");
    }
}
