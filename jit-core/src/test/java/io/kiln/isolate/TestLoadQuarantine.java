package io.kiln.isolate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.kiln.cache.CacheKey;
import io.kiln.cache.NoCache;
import io.kiln.compile.CompileOptions;
import io.kiln.compile.Compiler;
import io.kiln.compile.NativeGuard;
import io.kiln.core.DType;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.pjrt.PjrtClient;
import io.kiln.pjrt.PjrtPlugin;
import io.kiln.plugin.DeviceConf;
import io.kiln.plugin.PluginFile;
import io.kiln.plugin.PluginFinder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What kills a process while the plugin works on it is refused by the third; the processes are real, and so is the plugin. */
@Timeout(120)
final class TestLoadQuarantine {
    private static final CacheKey KEY = CacheKey.builder().add("program", "p").build();

    /** Sines that compile for long enough to be killed over. */
    private static final int LONG = 20_000;

    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration NO_WAIT = Duration.ofMillis(1);

    @TempDir
    Path folder;

    /** A process that compiles a program for seconds, and says when native code begins and how it ended. */
    static final class Compiles {
        public static void main(String[] arguments) {
            NativeGuard quarantine = LoadQuarantine.in(Path.of(arguments[0]));
            NativeGuard talking = (key, name) -> talking(quarantine.enter(key, name));
            PluginFile file = PluginFinder.find(null, true, System.err::println);
            PjrtPlugin plugin = file.load();
            try (PjrtClient client = plugin.createClient(file.createOptions(DeviceConf.standard()));
                    NoCache none = new NoCache();
                    Compiler compiler = new Compiler(plugin, client, none, CompileOptions.of(false), talking)) {
                compiler.load(sines(Integer.parseInt(arguments[1])), "sines", Set.of());
                System.out.println("loaded");
            } catch (KilnException e) {
                System.out.println(e.category() + ": " + e.getMessage());
            }
        }

        private static NativeGuard.Turn talking(NativeGuard.Turn turn) {
            return new NativeGuard.Turn() {
                @Override
                public void begins(String what) {
                    turn.begins(what);
                    System.out.println(what);
                }

                @Override
                public void close() {
                    turn.close();
                }
            };
        }
    }

    /** The more, the longer it compiles. */
    private static Program sines(int count) {
        return Trace.trace(
                        in -> {
                            Tensor x = in.getFirst();
                            for (int i = 0; i < count; i++) {
                                x = x.sin();
                            }
                            return List.of(x);
                        },
                        List.of(ShapedArray.of(DType.F32, 16)))
                .program();
    }

    /** A process that dies as soon as native code would begin. */
    static final class Dies {
        public static void main(String[] arguments) {
            try (NativeGuard.Turn turn =
                    LoadQuarantine.in(Path.of(arguments[0])).enter(KEY, "p")) {
                turn.begins("loading");
                Runtime.getRuntime().halt(134);
            } catch (KilnException e) {
                System.exit(7);
            }
        }
    }

    private NativeGuard guard() {
        return new LoadQuarantine(folder, DAY, Duration.ofSeconds(60));
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    private Process compiling() throws IOException {
        Process process = ChildJvms.startWithLibraries(Compiles.class, folder.toString(), Integer.toString(LONG));
        assertThat(process.inputReader().readLine()).isEqualTo("compiling");
        return process;
    }

    @Test
    void aProgramThatTwoWereKilledOverIsRefusedByTheThird_withBothDeaths() throws Exception {
        List<Long> dead = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Process process = compiling();
            dead.add(process.pid());
            process.destroyForcibly().waitFor();
        }
        Process third = ChildJvms.startWithLibraries(Compiles.class, folder.toString(), Integer.toString(LONG));

        String said = new String(third.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);

        assertThat(said)
                .startsWith("JOB: loading sines: a program that fewer than 2 processes died of is required, got one in"
                        + " quarantine:")
                .contains("compiling sines in process " + dead.get(0), "compiling sines in process " + dead.get(1))
                .contains("fix: look at the logs of these processes", "delete " + folder);
        assertThat(third.waitFor()).isZero();
    }

    @Test
    void aProcessThatIsToldToEndInTheMiddleLeavesNoBreadcrumb() throws Exception {
        Process process = compiling();
        process.destroy();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();

        assertThat(files()).isEmpty();
    }

    @Test
    void whoGetsThroughClearsTheProgramsName() throws Exception {
        ChildJvms.start(Dies.class, folder.toString()).waitFor();
        assertThat(files()).hasSize(1);

        try (NativeGuard.Turn turn = guard().enter(KEY, "p")) {
            turn.begins("loading");
            assertThat(files()).hasSize(2);
        }

        assertThat(files()).isEmpty();
    }

    @Test
    void ofManyAtOnceTwoDie() throws Exception {
        List<Process> all = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            all.add(ChildJvms.start(Dies.class, folder.toString()));
        }
        List<Integer> ends = new ArrayList<>();
        for (Process each : all) {
            ends.add(each.waitFor());
        }
        assertThat(ends).containsExactlyInAnyOrder(134, 134, 7, 7, 7);
    }

    @Test
    void deathsAreForgottenAfterADay() throws Exception {
        for (int i = 0; i < 2; i++) {
            ChildJvms.start(Dies.class, folder.toString()).waitFor();
        }
        assertThatExceptionOfType(KilnException.class)
                .isThrownBy(() -> guard().enter(KEY, "p"))
                .satisfies(e -> assertThat(e.category()).isEqualTo(ErrorCategory.JOB));
        for (Path file : files()) {
            Files.setLastModifiedTime(
                    file, FileTime.from(Instant.now().minus(DAY).minusSeconds(1)));
        }

        guard().enter(KEY, "p").close();
        assertThat(files()).isEmpty();
    }

    @Test
    void aTurnThatReachedNoNativeCodeBlamesNobody_andClearsNoName() throws Exception {
        ChildJvms.start(Dies.class, folder.toString()).waitFor();

        guard().enter(KEY, "p").close();

        assertThat(files()).hasSize(1);
    }

    @Test
    void whoWaitsTooLongForOthersGoesOnWithoutABreadcrumb() throws Exception {
        NativeGuard impatient = new LoadQuarantine(folder, DAY, NO_WAIT);
        try (NativeGuard.Turn first = impatient.enter(KEY, "p");
                NativeGuard.Turn second = impatient.enter(KEY, "p");
                NativeGuard.Turn third = impatient.enter(KEY, "p")) {
            first.begins("loading");
            second.begins("loading");
            third.begins("loading");
            assertThat(files()).hasSize(2);
        }
        assertThat(files()).isEmpty();
    }

    @Test
    void aFolderThatCannotBeUsedGuardsNothingAndStopsNothing() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        assertThat(LoadQuarantine.in(file.resolve("below")).enter(KEY, "p")).isSameAs(NativeGuard.Turn.FREE);

        Path vanishing = folder.resolve("vanishing");
        NativeGuard guard = LoadQuarantine.in(vanishing);
        Files.delete(vanishing);
        assertThat(guard.enter(KEY, "p")).isSameAs(NativeGuard.Turn.FREE);
    }
}
