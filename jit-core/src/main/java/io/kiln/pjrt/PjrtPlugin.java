package io.kiln.pjrt;

import static java.lang.foreign.ValueLayout.ADDRESS;

import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.pjrt.PjrtStructs.PluginAttributes;
import io.kiln.pjrt.PjrtStructs.PluginInitialize;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** A PJRT plugin in this process: a shared library that exports {@code GetPjrtApi}. It is loaded once and never unloaded. */
public final class PjrtPlugin {
    private static final Map<Path, PjrtPlugin> LOADED = new ConcurrentHashMap<>();

    private final Path path;
    private final String sha256;
    private final PjrtApi api;
    private final Map<String, Object> attributes;

    private PjrtPlugin(Path path, String sha256, List<Path> libraries) {
        this.path = path;
        this.sha256 = sha256;
        loadAll(path, libraries);
        this.api = open(path);
        try (Arena arena = Arena.ofConfined()) {
            api.call(PjrtFunction.PLUGIN_INITIALIZE, PjrtArgs.of(arena, PluginInitialize.STRUCT_SIZE));
            PjrtArgs args = PjrtArgs.of(arena, PluginAttributes.STRUCT_SIZE);
            api.call(PjrtFunction.PLUGIN_ATTRIBUTES, args);
            this.attributes = PjrtNamedValues.read(
                    args.pointer(PluginAttributes.ATTRIBUTES), args.longAt(PluginAttributes.NUM_ATTRIBUTES));
        } catch (PjrtException e) {
            throw new KilnException(
                    ErrorCategory.ENVIRONMENT,
                    "loading the PJRT plugin %s: it has to initialize, got %s".formatted(path, e.getMessage()),
                    "check the plugin's own requirements (driver, libraries), or use another plugin",
                    e);
        }
    }

    /**
     * The plugin at {@code file}; reads the whole file once for its hash.
     *
     * @throws KilnException ENVIRONMENT if the file is no plugin that Kiln can call
     */
    public static PjrtPlugin load(Path file) {
        SharedLibrary.check(file);
        return load(file, sha256(file));
    }

    /**
     * The plugin at {@code file} whose SHA-256 the caller has verified.
     *
     * @throws KilnException ENVIRONMENT if the file is no plugin that Kiln can call
     */
    public static PjrtPlugin load(Path file, String verifiedSha256) {
        return load(file, verifiedSha256, List.of());
    }

    /**
     * The plugin at {@code file} whose SHA-256 the caller has verified, loaded after the libraries that it needs: it finds them by their
     * names then, wherever they lie.
     *
     * @throws KilnException ENVIRONMENT if the file is no plugin that Kiln can call, or a library does not load
     */
    public static PjrtPlugin load(Path file, String verifiedSha256, List<Path> libraries) {
        SharedLibrary.check(file);
        RequiredJdk.check();
        PjrtPlugin plugin = LOADED.computeIfAbsent(real(file), f -> new PjrtPlugin(f, verifiedSha256, libraries));
        if (!plugin.sha256.equals(verifiedSha256)) {
            throw KilnException.environment(
                    "loading the PJRT plugin %s: the file that this process loaded before is required, got a changed one"
                            .formatted(file),
                    "start the process again");
        }
        return plugin;
    }

    /** Loads libraries that need each other in an order that is not known: as often as one more loads. */
    @SuppressWarnings("restricted")
    private static void loadAll(Path plugin, List<Path> libraries) {
        List<Path> left = libraries;
        Map<Path, String> refused = new LinkedHashMap<>();
        do {
            refused.clear();
            List<Path> tried = left;
            for (Path library : tried) {
                SharedLibrary.check(library);
                try {
                    SymbolLookup.libraryLookup(library, Arena.global());
                } catch (IllegalArgumentException e) {
                    refused.put(library, String.valueOf(e.getMessage()));
                }
            }
            left = List.copyOf(refused.keySet());
            if (left.size() == tried.size() && !left.isEmpty()) {
                throw KilnException.environment(
                        "loading the PJRT plugin %s: the dynamic loader has to accept the libraries that it needs, got: %s"
                                .formatted(plugin, String.join("; ", refused.values())),
                        "run `ldd` on them and install what is missing, or use another plugin");
            }
        } while (!left.isEmpty());
    }

    @SuppressWarnings("restricted")
    private static PjrtApi open(Path file) {
        try {
            PluginLog.quiet();
            // In the global arena: plugins start threads and cannot be unloaded.
            SymbolLookup library = SymbolLookup.libraryLookup(file, Arena.global());
            Optional<MemorySegment> entry = library.find("GetPjrtApi");
            if (entry.isEmpty()) {
                throw KilnException.environment(
                        "loading the PJRT plugin %s: a library that exports GetPjrtApi is required, got one without"
                                .formatted(file),
                        "give the path of a PJRT plugin; `kiln plugin install cpu` installs one");
            }
            MemorySegment head = (MemorySegment) Linker.nativeLinker()
                    .downcallHandle(entry.get(), FunctionDescriptor.of(ADDRESS))
                    .invokeExact();
            return PjrtApi.of(head, file.toString());
        } catch (IllegalCallerException e) {
            throw new KilnException(
                    ErrorCategory.ENVIRONMENT,
                    "loading the PJRT plugin " + file + ": native access is required, got a JVM that denies it",
                    "start Java with --enable-native-access=ALL-UNNAMED",
                    e);
        } catch (IllegalArgumentException e) {
            throw new KilnException(
                    ErrorCategory.ENVIRONMENT,
                    "loading the PJRT plugin %s: the dynamic loader has to accept it, got: %s"
                            .formatted(file, e.getMessage()),
                    "run `ldd " + file + "` and install what is missing, or use another plugin",
                    e);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new AssertionError("a downcall throws no checked exception", t);
        }
    }

    private static Path real(Path file) {
        try {
            return file.toRealPath();
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static String sha256(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] block = new byte[1 << 20];
            for (int n = in.read(block); n >= 0; n = in.read(block)) {
                digest.update(block, 0, n);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw unreadable(file, e);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    private static KilnException unreadable(Path file, IOException e) {
        return new KilnException(
                ErrorCategory.ENVIRONMENT,
                "loading the PJRT plugin " + file + ": a readable file is required, got " + e,
                "check the file and its disk",
                e);
    }

    PjrtApi api() {
        return api;
    }

    /** The library's file. */
    public Path path() {
        return path;
    }

    /** The SHA-256 of the library's file, in lower-case hexadecimal digits. */
    public String sha256() {
        return sha256;
    }

    /** The major version of the C API that the plugin was built with. */
    public int apiMajor() {
        return api.major();
    }

    /** The minor version of the C API that the plugin was built with. */
    public int apiMinor() {
        return api.minor();
    }

    /** What the plugin says of itself, sorted by name: values are String, Long, Float, Boolean or lists of Long. */
    public Map<String, Object> attributes() {
        return attributes;
    }

    /**
     * A connection to the plugin's devices.
     *
     * @param options the plugin's own create options: values are String, Long (Integer), Float, Boolean or long[]
     * @throws KilnException ENVIRONMENT if the plugin finds no device or refuses an option
     */
    public PjrtClient createClient(Map<String, ?> options) {
        try {
            return PjrtClient.create(this, api, options);
        } catch (PjrtException e) {
            throw new KilnException(
                    ErrorCategory.ENVIRONMENT,
                    "creating a client of the PJRT plugin %s with options %s: a working device is required, got %s"
                            .formatted(path, options, e.getMessage()),
                    "check the device and its driver, and the options",
                    e);
        }
    }

    @Override
    public String toString() {
        return "PjrtPlugin[" + path + ", API " + apiMajor() + "." + apiMinor() + "]";
    }
}
