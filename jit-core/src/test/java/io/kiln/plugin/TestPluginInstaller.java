package io.kiln.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
final class TestPluginInstaller {
    /** No index listens here: what needs the network fails at once. */
    private static final Map<String, String> OFFLINE = Map.of(
            "PIP_INDEX_URL",
            "http://127.0.0.1:9/simple",
            "PIP_EXTRA_INDEX_URL",
            "",
            "PIP_RETRIES",
            "0",
            "PIP_NO_CACHE_DIR",
            "1");

    @TempDir
    private Path folder;

    private KilnHome home;
    private PluginWheel wheel;
    private final List<String> progress = new ArrayList<>();

    @BeforeEach
    void open() {
        home = new KilnHome(folder.resolve("a folder"));
        wheel = PluginInstaller.wheelHere("cpu");
    }

    private PluginInstaller offline() {
        return new PluginInstaller(home, OFFLINE);
    }

    /** A wheel as pip would bring it, around the installed library: its hash differs, so it is only good for what comes before the hash. */
    private Path wheelFile(byte[] content) throws IOException {
        Path file =
                KilnHome.privateFolder(Files.createDirectories(home.plugins())).resolve(wheel.fileName());
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.putNextEntry(new ZipEntry(wheel.library()));
            zip.write(content);
        }
        return file;
    }

    @Test
    void theInstalledPluginIsVerifiedAndPrivate() throws IOException {
        PluginFile file = PluginInstaller.install("cpu", System.err::println);
        assertThat(PluginInstaller.verify(file)).isTrue();
        assertThat(PluginInstaller.installed()).contains(file);
        assertThat(file.path().getParent().getFileName()).hasToString(file.sha256());
        assertThat(PluginInstaller.install("cpu", line -> progress.add(line))).isEqualTo(file);
        assertThat(progress).isEmpty();
        for (Path each : List.of(file.path().getParent(), KilnHome.standard().plugins())) {
            assertThat(Files.getPosixFilePermissions(each)).isEqualTo(PosixFilePermissions.fromString("rwx------"));
        }
        assertThat(Files.getPosixFilePermissions(file.path())).doesNotContain(PosixFilePermission.OWNER_WRITE);
    }

    @Test
    void withoutANetworkTheMessageSaysWhatToRunElsewhereAndWhereToCopyTo() throws IOException {
        assertThatThrownBy(() -> offline().installed(wheel, progress::add))
                .isInstanceOfSatisfying(KilnException.class, e -> {
                    assertThat(e.category()).isEqualTo(ErrorCategory.ENVIRONMENT);
                    assertThat(e.category().exitCode()).isEqualTo(4);
                    assertThat(e.problem()).contains("pip has to download xla-cpu-pjrt==0.0.1");
                    assertThat(e.fix())
                            .contains(
                                    "python3 -m pip download --no-deps --only-binary=:all: --platform manylinux_2_27_")
                            .contains("copy " + wheel.fileName() + " into " + home.plugins());
                });
        assertThat(progress).singleElement().asString().contains("once for this user");
        try (Stream<Path> left = Files.list(home.plugins())) {
            assertThat(left.map(p -> p.getFileName().toString())).containsExactly("cpu.lock");
        }
    }

    @Test
    void aWheelThatWasCopiedThereIsUsedOrRefusedByItsHash() throws IOException {
        Path file = wheelFile(new byte[100]);
        assertThatThrownBy(() -> offline().installed(wheel, progress::add))
                .isInstanceOfSatisfying(KilnException.class, e -> {
                    assertThat(e.category()).isEqualTo(ErrorCategory.ENVIRONMENT);
                    assertThat(e.problem()).contains(file.toString(), wheel.wheelSha256());
                });
        assertThat(progress).singleElement().asString().contains("from " + file);
        assertThat(offline().find(wheel)).isEmpty();
    }

    @Test
    void aDamagedLibraryIsNotFound() throws IOException {
        Path library =
                home.plugins().resolve("cpu").resolve(wheel.librarySha256()).resolve(wheel.libraryName());
        Files.createDirectories(library.getParent());
        Files.writeString(library, "damaged");
        assertThat(offline().find(wheel)).isEmpty();
    }

    @Test
    void twoProcessesInstallAtOnceAndBothFindOneWholePlugin() throws Exception {
        assumeTrue(networkWorks(), "this test downloads a wheel");
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            processes.add(new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx256m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            InstallMain.class.getName(),
                            home.path().toString())
                    .redirectErrorStream(true)
                    .start());
        }
        List<List<String>> outputs = new ArrayList<>();
        for (Process process : processes) {
            try (var out = process.getInputStream()) {
                outputs.add(new String(out.readAllBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .toList());
            }
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as("%s", outputs).isZero();
        }
        assertThat(outputs.get(0).getLast()).isEqualTo(outputs.get(1).getLast());
        assertThat(FileHashes.hash(Path.of(outputs.get(0).getLast()))).isEqualTo(wheel.librarySha256());
        assertThat(outputs.stream().flatMap(List::stream).filter(line -> line.contains("pip download")))
                .hasSize(1);
        try (Stream<Path> left = Files.list(home.plugins())) {
            assertThat(left.map(p -> p.getFileName().toString()))
                    .containsExactlyInAnyOrder("cpu", "cpu.lock", "stamps");
        }
    }

    /** Whether pip reaches its index; the suite also runs where the plugin was copied by hand. */
    private boolean networkWorks() throws IOException {
        try {
            new PipDownload(Map.of("PIP_RETRIES", "0", "PIP_TIMEOUT", "20"))
                    .fetch(wheel, Files.createDirectories(folder.resolve("probe")), home);
            return true;
        } catch (KilnException e) {
            return false;
        }
    }

    @Test
    void thereIsAWheelForEachProcessorThatTheDesignNames() {
        assertThat(PluginWheel.of("cpu", "Linux", "amd64").fileName()).endsWith("manylinux_2_27_x86_64.whl");
        assertThat(PluginWheel.of("cpu", "Linux", "aarch64").fileName()).endsWith("manylinux_2_27_aarch64.whl");
        assertThatThrownBy(() -> PluginWheel.of("cpu", "Mac OS X", "aarch64"))
                .isInstanceOfSatisfying(
                        KilnException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.ENVIRONMENT));
        assertThatThrownBy(() -> PluginWheel.of("tpu", "Linux", "amd64"))
                .isInstanceOfSatisfying(
                        KilnException.class, e -> assertThat(e.category()).isEqualTo(ErrorCategory.USAGE));
    }
}
