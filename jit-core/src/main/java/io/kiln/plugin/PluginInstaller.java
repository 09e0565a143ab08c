package io.kiln.plugin;

import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Installs plugins into the user's cache folder, each in a folder named by the hash of its library, which is verified before every use.
 * A folder appears whole or not at all, so any number of processes may install at once.
 */
public final class PluginInstaller {
    /** A file lock is held by a whole process; this is for its threads. */
    private static final ReentrantLock IN_THIS_JVM = new ReentrantLock();

    /** The wheel and what is in it, as a multiple of the wheel's size. */
    private static final int UNPACKED_SIZE = 6;

    private final KilnHome home;
    private final PipDownload pip;
    private final FileHashes hashes;

    PluginInstaller(KilnHome home, Map<String, String> pipEnvironment) {
        this.home = home;
        this.pip = new PipDownload(pipEnvironment);
        this.hashes = new FileHashes(home.plugins().resolve("stamps"));
    }

    static PluginInstaller standard() {
        return new PluginInstaller(KilnHome.standard(), Map.of());
    }

    /**
     * The installed plugin of a platform; downloads and unpacks it if it is not there.
     *
     * @param name {@code cpu}, {@code cuda12} or {@code cuda13}
     * @param progress takes a line when something is done that takes seconds
     * @throws KilnException ENVIRONMENT if it cannot be downloaded or is not the expected file
     */
    public static PluginFile install(String name, Consumer<String> progress) {
        return standard().installed(wheelHere(name), progress);
    }

    /**
     * Installs NVIDIA's libraries beside an installed CUDA plugin, with pip: some gigabytes.
     *
     * @throws KilnException USAGE for a plugin that is not CUDA's, ENVIRONMENT if pip cannot
     */
    public static void installNvidia(String name, Consumer<String> progress) {
        standard().nvidia(wheelHere(name), progress);
    }

    void nvidia(PluginWheel wheel, Consumer<String> progress) {
        int cuda = PluginName.of(wheel.name()).cudaMajor();
        if (cuda == 0) {
            throw KilnException.usage(
                    "installing NVIDIA's libraries: a CUDA plugin is required, got " + wheel.name(),
                    "leave out --nvidia, or name cuda12 or cuda13");
        }
        Path target = KilnHome.privateFolder(partsOf(wheel));
        List<String> packages = NvidiaLibraries.packages(cuda);
        progress.accept("installing NVIDIA's libraries for CUDA %d (some gigabytes): pip install --target %s %s"
                .formatted(cuda, target, String.join(" ", packages)));
        try {
            Path log = Files.createTempFile(target, "pip", ".log");
            pip.install(wheel.name(), packages, target, log);
            Files.deleteIfExists(log);
        } catch (IOException e) {
            throw failed(wheel, e);
        }
    }

    /**
     * Writes an installed plugin, with the NVIDIA libraries that are installed beside it, as an archive for Spark's {@code --archives}.
     *
     * @return where the library lies in the archive, such as {@code cuda13/xla_cuda_plugin.so}
     * @throws KilnException ENVIRONMENT if it cannot be written
     */
    public static String archive(PluginFile plugin, Path archive) {
        return PluginArchive.write(plugin, archive);
    }

    /** The plugins of this user that are installed and whole. */
    public static List<PluginFile> installed() {
        PluginInstaller installer = standard();
        return PluginWheel.names().stream()
                .map(PluginInstaller::wheelHere)
                .map(installer::find)
                .flatMap(Optional::stream)
                .toList();
    }

    /**
     * Reads the library of an installed plugin again and compares its hash with the pinned one.
     *
     * @return false for a plugin that Kiln has not installed: there is no hash to compare with
     * @throws KilnException ENVIRONMENT if it has changed
     */
    public static boolean verify(PluginFile file) {
        PluginInstaller installer = standard();
        Optional<PluginWheel> pinned = PluginWheel.names().stream()
                .map(PluginInstaller::wheelHere)
                .filter(wheel -> installer.libraryOf(wheel).equals(file.path()))
                .findFirst();
        pinned.ifPresent(wheel -> {
            try {
                String hash = FileHashes.hash(file.path());
                if (!hash.equals(wheel.librarySha256())) {
                    throw KilnException.environment(
                            "verifying the plugin %s: SHA-256 %s is required of %s, got %s"
                                    .formatted(wheel.name(), wheel.librarySha256(), file.path(), hash),
                            "run `kiln plugin install " + wheel.name() + "`");
                }
            } catch (IOException e) {
                throw failed(wheel, e);
            }
        });
        return pinned.isPresent();
    }

    /** The CUDA plugins that can be installed, the newest first. */
    static List<String> cudaNames() {
        return PluginWheel.names().stream()
                .filter(name -> PluginName.of(name).platform().equals(PluginName.CUDA))
                .sorted(Comparator.reverseOrder())
                .toList();
    }

    static PluginWheel wheelHere(String name) {
        return PluginWheel.of(name, System.getProperty("os.name"), System.getProperty("os.arch"));
    }

    /** The hash of any plugin file, remembered between starts. */
    String sha256(Path file) {
        return hashes.sha256(file);
    }

    Optional<PluginFile> find(PluginWheel wheel) {
        Path library = libraryOf(wheel);
        boolean whole = Files.isRegularFile(library) && sha256(library).equals(wheel.librarySha256());
        return whole ? Optional.of(describe(wheel)) : Optional.empty();
    }

    PluginFile installed(PluginWheel wheel, Consumer<String> progress) {
        Optional<PluginFile> found = find(wheel);
        if (found.isPresent()) {
            return found.get();
        }
        KilnHome.privateFolder(home.path());
        Path lockFile = KilnHome.privateFolder(home.plugins()).resolve(wheel.name() + ".lock");
        IN_THIS_JVM.lock();
        try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = lock(channel, wheel, progress)) {
            if (!lock.isValid()) {
                throw new IOException("the lock " + lockFile + " was lost");
            }
            // Another process may have installed it while this one waited.
            Optional<PluginFile> byOther = find(wheel);
            if (byOther.isEmpty()) {
                unpack(wheel, progress);
            }
        } catch (IOException e) {
            throw failed(wheel, e);
        } finally {
            IN_THIS_JVM.unlock();
        }
        return find(wheel)
                .orElseThrow(() -> KilnException.environment(
                        "installing the plugin %s: SHA-256 %s is required of %s, got another file"
                                .formatted(wheel.name(), wheel.librarySha256(), libraryOf(wheel)),
                        "check the disk, and that nothing else writes to " + home.plugins()));
    }

    private static FileLock lock(FileChannel channel, PluginWheel wheel, Consumer<String> progress) throws IOException {
        FileLock lock = channel.tryLock();
        if (lock == null) {
            progress.accept("waiting for another process that installs the plugin " + wheel.name());
            lock = channel.lock();
        }
        return lock;
    }

    private void unpack(PluginWheel wheel, Consumer<String> progress) throws IOException {
        long start = System.nanoTime();
        Path work = Files.createTempDirectory(home.plugins(), "installing-");
        try {
            Path given = home.plugins().resolve(wheel.fileName());
            Path file = given;
            if (!Files.isRegularFile(given)) {
                progress.accept("installing the plugin %s, once for this user: pip download %s (%d MB)"
                        .formatted(wheel.name(), wheel.requirement(), wheel.megabytes()));
                file = pip.fetch(wheel, work, home);
            } else {
                progress.accept("installing the plugin %s from %s".formatted(wheel.name(), given));
            }
            requireHash("the wheel " + file, wheel.wheelSha256(), FileHashes.hash(file));
            Path folder = KilnHome.privateFolder(work.resolve(wheel.librarySha256()));
            try (ZipFile zip = new ZipFile(file.toFile())) {
                Path library = folder.resolve(wheel.libraryName());
                requireHash("the library in " + file, wheel.librarySha256(), extract(zip, wheel.library(), library));
                Files.setPosixFilePermissions(library, PosixFilePermissions.fromString("r-x------"));
                if (zip.getEntry(wheel.header()) != null) {
                    extract(zip, wheel.header(), folder.resolve(PluginWheel.HEADER));
                }
            }
            moveInto(folder, folderOf(wheel), work);
            progress.accept("installed the plugin %s in %s (%.1f s)"
                    .formatted(wheel.name(), folderOf(wheel), (System.nanoTime() - start) / 1e9));
        } finally {
            delete(work);
        }
    }

    /** The new folder takes its place in one step; what was there, a damaged one, is moved aside first. */
    private static void moveInto(Path folder, Path target, Path work) throws IOException {
        KilnHome.privateFolder(Optional.ofNullable(target.getParent()).orElseThrow());
        try {
            if (Files.exists(target)) {
                Files.move(target, work.resolve("damaged"), StandardCopyOption.ATOMIC_MOVE);
            }
            Files.move(folder, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException("the file system of " + target + " cannot move a folder in one step", e);
        }
    }

    private static String extract(ZipFile zip, String name, Path to) throws IOException {
        ZipEntry entry = zip.getEntry(name);
        if (entry == null) {
            throw new IOException("the wheel has no " + name);
        }
        try (InputStream in = zip.getInputStream(entry);
                OutputStream out = Files.newOutputStream(to, StandardOpenOption.CREATE_NEW)) {
            return FileHashes.copy(in, out);
        }
    }

    private static void requireHash(String what, String required, String got) {
        if (!got.equals(required)) {
            throw KilnException.environment(
                    "installing a plugin: %s must have SHA-256 %s, got %s".formatted(what, required, got),
                    "delete the file if it was copied there, and check the index that pip uses: Kiln takes only the"
                            + " file that it was tested with");
        }
    }

    private static void delete(Path folder) throws IOException {
        List<Path> all = new ArrayList<>();
        try (Stream<Path> walk = Files.walk(folder)) {
            walk.forEach(all::add);
        }
        all.sort(Comparator.reverseOrder());
        for (Path path : all) {
            Files.deleteIfExists(path);
        }
    }

    private Path folderOf(PluginWheel wheel) {
        return partsOf(wheel).resolve(wheel.librarySha256());
    }

    /** The folder of all that belongs to a plugin; NVIDIA's wheels lie there too, where the library's own search path finds them. */
    private Path partsOf(PluginWheel wheel) {
        return home.plugins().resolve(wheel.name());
    }

    private Path libraryOf(PluginWheel wheel) {
        return folderOf(wheel).resolve(wheel.libraryName());
    }

    private PluginFile describe(PluginWheel wheel) {
        return new PluginFile(
                libraryOf(wheel), wheel.librarySha256(), "installed: " + wheel.requirement(), wheel.platform());
    }

    private static KilnException failed(PluginWheel wheel, IOException e) {
        return new KilnException(
                ErrorCategory.ENVIRONMENT,
                "installing the plugin %s: a writable folder with %d MB is required, got %s"
                        .formatted(wheel.name(), UNPACKED_SIZE * wheel.megabytes(), e),
                "free some space, or set KILN_HOME to a folder elsewhere",
                e);
    }
}
