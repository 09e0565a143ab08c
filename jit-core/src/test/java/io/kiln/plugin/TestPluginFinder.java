package io.kiln.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TestPluginFinder {
    private static final String NAMED = "PJRT_NAMES_AND_LIBRARY_PATHS";
    private static final String FOLDERS = "PJRT_PLUGIN_LIBRARY_PATH";

    @TempDir
    private Path folder;

    private Path cpu;
    private Path cuda;
    private PluginInstaller installer;

    @BeforeEach
    void files() throws IOException {
        cpu = Files.writeString(folder.resolve("pjrt_c_api_cpu_plugin.so"), "abc");
        cuda = Files.writeString(folder.resolve("xla_cuda_pjrt.so"), "def");
        installer = new PluginInstaller(new KilnHome(folder.resolve("home")), Map.of());
    }

    private PluginFile find(String requested, Map<String, String> environment) {
        return new PluginFinder(environment, installer).choose(requested, false, System.err::println);
    }

    private static void refused(ErrorCategory category, ThrowingCallable call, String... parts) {
        assertThatThrownBy(call).isInstanceOfSatisfying(KilnException.class, e -> {
            assertThat(e.category()).isEqualTo(category);
            assertThat(e.getMessage()).contains(parts);
        });
    }

    @Test
    void aPathThatWasAskedForComesFirst() {
        PluginFile found = find(cuda.toString(), Map.of(NAMED, "cpu:" + cpu));
        assertThat(found.path()).isEqualTo(cuda);
        assertThat(found.platform()).isEqualTo("cuda");
        assertThat(found.source()).isEqualTo("asked for");
    }

    @Test
    void theNamedVariableComesBeforeTheFolders() {
        Map<String, String> both = Map.of(NAMED, "cuda:" + cuda + ",cpu:" + cpu, FOLDERS, folder.toString());
        assertThat(find(null, both).path()).isEqualTo(cpu);
        assertThat(find("", both).source()).isEqualTo(NAMED);
        assertThat(find("cuda", both).path()).isEqualTo(cuda);
        assertThat(find(null, Map.of(NAMED, "cuda:" + cuda)).path()).isEqualTo(cuda);
    }

    @Test
    void foldersAndFilesOfThePathVariableAreSearched() {
        assertThat(find("cpu", Map.of(FOLDERS, folder.toString())).path()).isEqualTo(cpu);
        assertThat(find("cuda", Map.of(FOLDERS, folder.toString())).path()).isEqualTo(cuda);
        assertThat(find(null, Map.of(FOLDERS, cuda.toString())).source()).isEqualTo(FOLDERS);
    }

    @Test
    void theHashIsOfTheContent() {
        // SHA-256 of "abc", FIPS 180-2 appendix B.1
        assertThat(find(cpu.toString(), Map.of()).sha256())
                .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    @Test
    void aChangedFileIsHashedAgain() throws IOException {
        String before = find(cpu.toString(), Map.of()).sha256();
        assertThat(find(cpu.toString(), Map.of()).sha256()).isEqualTo(before);
        var times = Files.getLastModifiedTime(cpu);
        Files.writeString(cpu, "abd");
        Files.setLastModifiedTime(cpu, times);
        assertThat(find(cpu.toString(), Map.of()).sha256()).isNotEqualTo(before).isEqualTo(FileHashes.hash(cpu));
    }

    @Test
    void badRequestsAreNamed() {
        refused(ErrorCategory.USAGE, () -> find("tpu", Map.of()), "cpu, cuda, cuda12, cuda13 or the path", "got tpu");
        refused(ErrorCategory.ENVIRONMENT, () -> find(folder + "/no.so", Map.of()), "no.so (asked for)", "got none");
        refused(ErrorCategory.ENVIRONMENT, () -> find(folder + "/", Map.of()), "a readable file is required");
        refused(ErrorCategory.ENVIRONMENT, () -> find(null, Map.of(NAMED, "cpu")), NAMED, "name:path");
        refused(ErrorCategory.ENVIRONMENT, () -> find(null, Map.of(FOLDERS, "/no/such")), FOLDERS, "/no/such");
        refused(ErrorCategory.ENVIRONMENT, () -> find("cuda", Map.of()), "a CUDA plugin is required", "--plugin");
        refused(ErrorCategory.ENVIRONMENT, () -> find(null, Map.of()), "kiln plugin install cpu", "switched off");
    }

    @Test
    void aCpuClientHasOneDevice() {
        assertThat(find(cpu.toString(), Map.of()).createOptions(DeviceConf.standard()))
                .isEqualTo(Map.of("cpu_device_count", 1L));
    }

    @Test
    void theFolderFollowsTheEnvironment() {
        Path user = Path.of("/home/someone");
        assertThat(KilnHome.of(Map.of(), user).path()).isEqualTo(Path.of("/home/someone/.cache/kiln"));
        assertThat(KilnHome.of(Map.of("XDG_CACHE_HOME", "/x"), user).path()).isEqualTo(Path.of("/x/kiln"));
        assertThat(KilnHome.of(Map.of("XDG_CACHE_HOME", "relative"), user).path())
                .isEqualTo(Path.of("/home/someone/.cache/kiln"));
        assertThat(KilnHome.of(Map.of("XDG_CACHE_HOME", "/x", "KILN_HOME", "/k"), user)
                        .path())
                .isEqualTo(Path.of("/k"));
    }
}
