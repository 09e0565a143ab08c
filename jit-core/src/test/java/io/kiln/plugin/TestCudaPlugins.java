package io.kiln.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.pjrt.FakePlugin;
import io.kiln.pjrt.NeededLibraries;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** CUDA plugins are installed, found and checked as the real wheels are laid out, with small libraries in their place. */
@Timeout(120)
final class TestCudaPlugins {
    private static final String[] LINKED = {"libcublas.so.12", "libcudnn.so.9", "libcudart.so.12", "libc.so.6"};

    @TempDir
    private Path folder;

    private Path wheels;
    private KilnHome home;
    private final List<String> progress = new ArrayList<>();

    @BeforeEach
    void folders() throws IOException {
        wheels = Files.createDirectory(folder.resolve("wheels"));
        home = new KilnHome(folder.resolve("home"));
    }

    /** pip that sees the wheels of this test and no index. */
    private PluginInstaller installer() {
        return new PluginInstaller(
                home, Map.of("PIP_NO_INDEX", "1", "PIP_FIND_LINKS", wheels.toString(), "PIP_NO_CACHE_DIR", "1"));
    }

    /** An environment where nothing is found that the test did not put there. */
    private Map<String, String> environment(String... keysAndValues) throws IOException {
        Map<String, String> environment = new HashMap<>(Map.of("PATH", folder.toString()));
        for (int i = 0; i < keysAndValues.length; i += 2) {
            environment.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return environment;
    }

    private LibraryFolders libraries(Map<String, String> environment) {
        return new LibraryFolders(environment, new PythonEnvironments(environment), folder.resolve("root"));
    }

    private Path fake(String path, String... needed) throws IOException {
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        return FakePlugin.write(file, 0, 90, needed);
    }

    /** A wheel of these files, with what pip asks of a wheel. */
    private Path wheel(String name, String version, String tag, Map<String, byte[]> files) throws IOException {
        Map<String, byte[]> all = new LinkedHashMap<>(files);
        String info = name + "-" + version + ".dist-info/";
        StringBuilder record = new StringBuilder();
        all.put(info + "METADATA", text("Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version + "\n"));
        all.put(info + "WHEEL", text("Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-" + tag + "\n"));
        all.keySet().forEach(file -> record.append(file).append(",,\n"));
        all.put(info + "RECORD", text(record + info + "RECORD,,\n"));
        Path wheel = wheels.resolve("%s-%s-py3-none-%s.whl".formatted(name, version, tag));
        try (OutputStream out = Files.newOutputStream(wheel);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, byte[]> file : all.entrySet()) {
                zip.putNextEntry(new ZipEntry(file.getKey()));
                zip.write(file.getValue());
                zip.closeEntry();
            }
        }
        return wheel;
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** A wheel laid out as JAX's plugin for CUDA 13, and its pin. */
    private PluginWheel jaxWheel() throws IOException {
        String arch = System.getProperty("os.arch");
        String tag = arch.equals("aarch64") ? "manylinux_2_27_aarch64" : "manylinux_2_27_x86_64";
        String library = "jax_plugins/xla_cuda13/xla_cuda_plugin.so";
        Path plugin = fake("build/plugin.so");
        Path wheel = wheel("jax_cuda13_pjrt", "9.9.9", tag, Map.of(library, Files.readAllBytes(plugin)));
        return new PluginWheel(
                "cuda13",
                arch,
                "jax-cuda13-pjrt==9.9.9",
                tag,
                FileHashes.hash(wheel),
                library,
                FileHashes.hash(plugin),
                1);
    }

    private static void refused(
            ErrorCategory category, org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String... parts) {
        assertThatThrownBy(call).isInstanceOfSatisfying(KilnException.class, e -> {
            assertThat(e.category()).isEqualTo(category);
            assertThat(e.getMessage()).contains(parts);
        });
    }

    @Test
    void theNamesOfLibrariesAreReadFromTheFile() throws IOException {
        assertThat(NeededLibraries.of(fake("one.so", LINKED))).containsExactly(LINKED);
        assertThat(NeededLibraries.of(fake("none.so"))).isEmpty();
        Path java = Path.of(System.getProperty("java.home"), "lib", "libjava.so");
        assertThat(NeededLibraries.of(java)).contains("libjvm.so", "libc.so.6");
    }

    @Test
    void aPathSaysThePlatform() {
        assertThat(PluginName.of(Path.of("/e/jax_plugins/xla_cuda13/xla_cuda_plugin.so")))
                .isEqualTo(new PluginName("cuda", 13));
        assertThat(PluginName.of(Path.of("/e/xla_plugins/xla_cuda12_pjrt/xla_gpu_pjrt.so")))
                .isEqualTo(new PluginName("cuda", 12));
        assertThat(PluginName.of(Path.of("/k/cuda12/0f0f/xla_gpu_pjrt.so"))).isEqualTo(new PluginName("cuda", 12));
        assertThat(PluginName.of(Path.of("/cuda12/a/b/xla_cpu_pjrt.so"))).isEqualTo(new PluginName("cpu", 0));
        assertThat(PluginName.of(Path.of("plugin.so"))).isEqualTo(new PluginName("", 0));
        assertThat(new PluginName("cuda", 13).fits("cuda")).isTrue();
        assertThat(new PluginName("cuda", 13).fits("cuda12")).isFalse();
        assertThat(new PluginName("cpu", 0).fits("cuda")).isFalse();
    }

    @Test
    void aCudaWheelIsInstalledWithPipAndFoundByItsName() throws IOException {
        PluginWheel wheel = jaxWheel();
        PluginFile file = installer().installed(wheel, progress::add);
        assertThat(file.platform()).isEqualTo("cuda");
        assertThat(PluginName.of(file.path())).isEqualTo(new PluginName("cuda", 13));
        assertThat(file.sha256()).isEqualTo(wheel.librarySha256());
        assertThat(file.source()).isEqualTo("installed: jax-cuda13-pjrt==9.9.9");
        assertThat(installer().find(wheel)).contains(file);
    }

    @Test
    void nvidiasWheelsAreInstalledBesideThePluginWhereItsSearchPathFindsThem() throws IOException {
        PluginWheel wheel = jaxWheel();
        PluginFile file = installer().installed(wheel, progress::add);
        for (String requirement : NvidiaLibraries.packages(13)) {
            String name = requirement.split("[=<>]", 2)[0];
            String version = requirement.contains("=") ? requirement.split("[=,]", 3)[1] : "13.0";
            Map<String, byte[]> files = switch (name) {
                case "nvidia-cublas" ->
                    Map.of(
                            "nvidia/cu13/lib/libcublas.so.13", text("blas"),
                            "nvidia/cu13/lib/libcublasLt.so.13", text("blas"));
                case "nvidia-cudnn-cu13" -> Map.of("nvidia/cudnn/lib/libcudnn.so.9", text("dnn"));
                case "nvidia-nvvm" -> Map.of("nvidia/cu13/nvvm/libdevice/libdevice.10.bc", text("bits"));
                default -> Map.of("nvidia/" + name + ".txt", text(name));
            };
            wheel(name.replace('-', '_'), version, "any", files);
        }
        installer().nvidia(wheel, progress::add);
        assertThat(progress.getLast()).contains("libraries for CUDA 13", "nvidia-cudnn-cu13>=9.12.0.46,<10");
        NvidiaLibraries found = NvidiaLibraries.of(file.path(), "cuda", libraries(environment()));
        Path cublas = home.plugins().resolve("cuda13/nvidia/cu13/lib/libcublas.so.13");
        assertThat(found.found()).contains(cublas);
        // RPATH of JAX's plugin: $ORIGIN/../nvidia/cu13/lib
        assertThat(file.path()
                        .getParent()
                        .resolve("../nvidia/cu13/lib/libcublas.so.13")
                        .normalize())
                .isEqualTo(cublas);
        assertThat(found.missing()).contains("libcudart.so.13", "libcuda.so.1").doesNotContain("libcudnn.so.9");

        Path archive = folder.resolve("plugin.zip");
        assertThat(PluginInstaller.archive(file, archive)).isEqualTo("cuda13/xla_cuda_plugin.so");
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            assertThat(zip.stream().map(ZipEntry::getName))
                    .contains(
                            "cuda13/xla_cuda_plugin.so",
                            "nvidia/cu13/lib/libcublas.so.13",
                            "nvidia/cu13/nvvm/libdevice/libdevice.10.bc")
                    .noneMatch(name -> name.startsWith("/") || name.contains(".."));
        }
    }

    @Test
    void librariesThatPipDoesNotBringAreNamed() {
        PluginWheel cuda = PluginWheel.of("cuda12", "Linux", "amd64");
        refused(
                ErrorCategory.ENVIRONMENT,
                () -> installer().nvidia(cuda, progress::add),
                "installing NVIDIA's libraries for the plugin cuda12",
                "nvidia-cudnn-cu12",
                "install CUDA and cuDNN");
        PluginWheel cpu = PluginWheel.of("cpu", "Linux", "amd64");
        refused(
                ErrorCategory.USAGE,
                () -> installer().nvidia(cpu, progress::add),
                "a CUDA plugin is required, got cpu");
    }

    @Test
    void pluginsInPythonEnvironmentsAreFound() throws IOException {
        Path venv = folder.resolve("venv");
        Path jax = fake("venv/lib/python3.12/site-packages/jax_plugins/xla_cuda13/xla_cuda_plugin.so");
        Path xla = fake("venv/lib/python3.12/site-packages/xla_plugins/xla_cuda12_pjrt/xla_gpu_pjrt.so");
        fake("venv/lib/python3.12/site-packages/xla_plugins/xla_cuda12_pjrt/libother.so");
        Map<String, String> environment = environment("VIRTUAL_ENV", venv.toString());
        assertThat(new PythonEnvironments(environment).plugins())
                .startsWith(jax, xla)
                .doesNotContain(folder);
        PluginFinder finder = new PluginFinder(environment, installer());
        assertThat(finder.choose("cuda13", false, progress::add).path()).isEqualTo(jax);
        assertThat(finder.choose("cuda12", false, progress::add).path()).isEqualTo(xla);
        PluginFile any = finder.choose("cuda", false, progress::add);
        assertThat(any.platform()).isEqualTo("cuda");
        assertThat(any.source()).isEqualTo("Python environment");
    }

    @Test
    void librariesAreLookedForInWheelsThenPathsThenTheSystem() throws IOException {
        Path plugin = fake("site/xla_plugins/xla_cuda12_pjrt/xla_gpu_pjrt.so", LINKED);
        Path beside = fake("site/nvidia/cudnn/lib/libcudnn.so.9");
        fake("paths/libcudnn.so.9");
        Path onPath = fake("paths/libcublas.so.12");
        Path system = fake("root/opt/cuda/lib/libcudart.so.12");
        Files.createDirectories(folder.resolve("root/etc/ld.so.conf.d"));
        Files.writeString(folder.resolve("root/etc/ld.so.conf.d/cuda.conf"), "# CUDA\n/opt/cuda/lib\n");
        Map<String, String> environment = environment("LD_LIBRARY_PATH", folder.resolve("paths") + ":");
        NvidiaLibraries libraries = NvidiaLibraries.of(plugin, "cuda", libraries(environment));
        assertThat(libraries.missing()).isEmpty();
        assertThat(libraries.found()).containsExactlyInAnyOrder(beside, onPath, system);
        assertThat(libraries.required()).isEqualTo(libraries.found());
        assertThat(libraries.cudaMajor()).isEqualTo(12);
    }

    @Test
    void missingLibrariesAreNamedBeforeThePluginIsLoaded() throws IOException {
        Path plugin = fake("site/xla_plugins/xla_cuda12_pjrt/xla_gpu_pjrt.so", LINKED);
        fake("site/nvidia/cublas/lib/libcublas.so.12");
        NvidiaLibraries libraries = NvidiaLibraries.of(plugin, "cuda", libraries(environment()));
        assertThatThrownBy(libraries::required)
                .hasMessage("""
                    loading the PJRT plugin %s: NVIDIA's libcudart.so.12, libcudnn.so.9 are required, got none in %s
                    fix: run `kiln plugin install cuda12 --nvidia`, or install CUDA 12 and cuDNN 9 and add their folders to LD_LIBRARY_PATH\
                    """.formatted(plugin, folder.resolve("site/nvidia/cublas/lib")));
    }

    @Test
    void aMissingDriverIsNamedFirst() throws IOException {
        Path jax = fake("site/jax_plugins/xla_cuda13/xla_cuda_plugin.so");
        NvidiaLibraries libraries = NvidiaLibraries.of(jax, "cuda", libraries(environment()));
        assertThat(libraries.missing()).hasSize(11).contains("libcufft.so.12", "libcuda.so.1");
        refused(
                ErrorCategory.ENVIRONMENT,
                libraries::required,
                "loading the PJRT plugin " + jax
                        + ": the NVIDIA driver's libcuda.so.1 is required, got none in no folder",
                "with an NVIDIA GPU and its driver",
                "--plugin cpu");
        assertThat(NvidiaLibraries.of(jax, "cpu", libraries(environment())).required())
                .isEmpty();
    }

    @Test
    void askedForCudaIsNeverAnswersWithACpu() throws IOException {
        for (String wish : List.of("cuda", "cuda12", "cuda13")) {
            refused(
                    ErrorCategory.ENVIRONMENT,
                    () -> new PluginFinder(environment(), installer()).choose(wish, true, progress::add),
                    "a CUDA plugin is required because " + wish + " was asked for",
                    "kiln plugin install " + (wish.equals("cuda") ? "cuda13" : wish));
        }
        assertThat(progress).isEmpty();
    }

    @Test
    void aPluginFindsLibrariesThatWereLoadedBeforeByTheirNames() throws IOException {
        assumeTrue(System.getProperty("os.name").equals("Linux"));
        Path plugin = fake("site/xla_plugins/xla_cuda12_pjrt/xla_gpu_pjrt.so", "libcukiln-b.so.1", "libcukiln-a.so.1");
        PluginFile file = new PluginFile(plugin, FileHashes.hash(plugin), "a test", "cuda");
        refused(ErrorCategory.ENVIRONMENT, file::load, "libcukiln-b.so.1, libcukiln-a.so.1 are required");
        fake("site/nvidia/cublas/lib/libcukiln-b.so.1", "libcukiln-a.so.1");
        fake("site/nvidia/cuda_runtime/lib/libcukiln-a.so.1");
        // Found and loaded, in whichever order, so the loader takes the plugin, which then has no functions.
        refused(ErrorCategory.ENVIRONMENT, file::load, "it has to initialize", "not in this plugin");
    }

    @Test
    void aLibraryThatDoesNotLoadIsNamed() throws IOException {
        Path plugin = fake("site/xla_plugins/xla_cuda12_pjrt/xla_gpu_pjrt.so", "libcukiln-d.so.1", "libcukiln-c.so.1");
        fake("site/nvidia/cublas/lib/libcukiln-d.so.1", "libkiln-nowhere.so.1");
        fake("site/nvidia/cuda_runtime/lib/libcukiln-c.so.1");
        PluginFile file = new PluginFile(plugin, FileHashes.hash(plugin), "a test", "cuda");
        refused(
                ErrorCategory.ENVIRONMENT,
                file::load,
                "the dynamic loader has to accept the libraries that it needs",
                "libcukiln-d.so.1");
    }

    @Test
    void everyPinnedWheelSaysWhatItIs() {
        for (String name : PluginWheel.names()) {
            for (String arch : List.of("amd64", "aarch64")) {
                PluginWheel wheel = PluginWheel.of(name, "Linux", arch);
                assertThat(Stream.of(wheel.wheelSha256(), wheel.librarySha256()))
                        .allMatch(h -> h.matches("[0-9a-f]{64}"));
                assertThat(PluginName.of(Path.of("/e", wheel.library()))).isEqualTo(PluginName.of(name));
                assertThat(wheel.tag()).endsWith(arch.equals("amd64") ? "x86_64" : "aarch64");
            }
        }
    }
}
