package io.kiln.pjrt;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.plugin.PluginInstaller;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is no plugin that can be called is refused with what to do, and never ends the process. */
final class TestPjrtPlugin {
    @TempDir
    private Path folder;

    private static void refused(ThrowingCallable call, String... parts) {
        assertThatThrownBy(call).isInstanceOfSatisfying(KilnException.class, e -> {
            assertThat(e.category()).isEqualTo(ErrorCategory.ENVIRONMENT);
            assertThat(e.problem()).contains(parts);
            assertThat(e.fix()).isNotBlank();
        });
    }

    @Test
    void aMissingFileIsRefused() {
        refused(() -> PjrtPlugin.load(folder.resolve("none.so")), "an existing file is required, got none");
    }

    @Test
    void aFolderIsRefused() {
        refused(() -> PjrtPlugin.load(folder), "a regular file is required, got a directory");
    }

    @Test
    void aTextFileIsRefused() throws IOException {
        Path text = Files.writeString(folder.resolve("plugin.so"), "#!/bin/sh\necho not a library\n".repeat(10));
        refused(() -> PjrtPlugin.load(text), "a shared library (ELF) is required", "another format");
    }

    @Test
    void anEmptyFileIsRefused() throws IOException {
        Path empty = Files.createFile(folder.resolve("plugin.so"));
        refused(() -> PjrtPlugin.load(empty), "a shared library (ELF) is required", "0 bytes long");
    }

    @Test
    void aFileThatOnlyHasTheMagicIsRefused() throws IOException {
        byte[] bytes = new byte[200];
        ByteBuffer.wrap(bytes).putInt(0x7f454c46).put((byte) 2).put((byte) 1);
        Path file = Files.write(folder.resolve("plugin.so"), bytes);
        refused(() -> PjrtPlugin.load(file), "a 64-bit little-endian shared library is required");
    }

    /** The dynamic loader maps a cut file and dies of SIGBUS; this test would not come back. */
    @ParameterizedTest
    @ValueSource(longs = {4096, 1 << 20, 100 << 20, -1})
    void aTruncatedPluginIsRefused(long keep) throws IOException {
        Path whole = PluginInstaller.install("cpu", System.err::println).path();
        long bytes = keep < 0 ? Files.size(whole) + keep : keep;
        Path cut = folder.resolve("cut.so");
        try (InputStream in = Files.newInputStream(whole);
                OutputStream out = Files.newOutputStream(cut)) {
            byte[] block = new byte[1 << 20];
            for (long left = bytes; left > 0; ) {
                int n = in.read(block, 0, (int) Math.min(block.length, left));
                out.write(block, 0, n);
                left -= n;
            }
        }
        refused(() -> PjrtPlugin.load(cut), "a whole library of", "it is cut off or damaged");
    }

    @Test
    void aLibraryForAnotherProcessorIsRefused() throws IOException {
        byte[] header = new byte[64];
        ByteBuffer elf = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
        elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
        elf.putShort(16, (short) 3);
        elf.putShort(18, (short) 8); // MIPS
        Path file = Files.write(folder.resolve("plugin.so"), header);
        refused(
                () -> PjrtPlugin.load(file),
                "a library for " + System.getProperty("os.arch") + " is required",
                "machine 8");
    }

    @Test
    void aLibraryThatIsNoPluginIsRefused() {
        refused(() -> PjrtPlugin.load(someLibrary()), "exports GetPjrtApi is required, got one without");
    }

    /** A library that every JDK for Linux has. */
    private static Path someLibrary() {
        Path lib = Path.of(System.getProperty("java.home"), "lib");
        return Stream.of("libzip.so", "libjava.so")
                .map(lib::resolve)
                .filter(Files::exists)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aLibraryWithAnOldApiIsRefused() throws IOException {
        Path old = FakePlugin.write(folder.resolve("old.so"), 0, 54);
        refused(() -> PjrtPlugin.load(old), "PJRT API 0.71 or newer is required, got 0.54");
        // Refused is not remembered as loaded.
        refused(() -> PjrtPlugin.load(old), "got 0.54");
    }

    @Test
    void aPluginWithoutFunctionsIsRefused() throws IOException {
        Path empty = FakePlugin.write(folder.resolve("empty.so"), 0, 90);
        refused(() -> PjrtPlugin.load(empty), "it has to initialize", "PJRT_Plugin_Initialize", "not in this plugin");
    }

    /** The head of a function table as a plugin would hand it out. */
    private static MemorySegment table(Arena arena, long structSize, int major, int minor) {
        MemorySegment table = arena.allocate(Math.max(64, structSize), 8);
        table.set(JAVA_LONG, 0, structSize);
        table.set(JAVA_LONG, 16, 24);
        table.set(JAVA_INT, 32, major);
        table.set(JAVA_INT, 36, minor);
        return table;
    }

    @Test
    void anOldApiIsRefused() {
        try (Arena arena = Arena.ofConfined()) {
            refused(
                    () -> PjrtApi.of(table(arena, 1024, 0, 70), "old.so"),
                    "loading the PJRT plugin old.so: PJRT API 0.71 or newer is required, got 0.70");
            assertThatCode(() -> PjrtApi.of(table(arena, 1024, 0, 71), "new enough.so"))
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void anotherMajorVersionAndNoTableAreRefused() {
        try (Arena arena = Arena.ofConfined()) {
            refused(() -> PjrtApi.of(table(arena, 1024, 1, 90), "next.so"), "got 1.90");
            refused(() -> PjrtApi.of(table(arena, 16, 0, 90), "short.so"), "at least 40 bytes is required, got 16");
            refused(() -> PjrtApi.of(MemorySegment.NULL, "null.so"), "got 0");
        }
    }

    @Test
    void aFunctionOutsideTheTableIsNotInThePlugin() {
        try (Arena arena = Arena.ofConfined()) {
            PjrtApi api = PjrtApi.of(table(arena, 200, 0, 75), "short.so");
            assertThat(api.has(PjrtFunction.CLIENT_COMPILE)).isFalse(); // at 200, the first byte outside
            assertThat(api.has(PjrtFunction.CLIENT_ADDRESSABLE_MEMORIES)).isFalse(); // inside, but null
            assertThatThrownBy(() -> api.call(PjrtFunction.CLIENT_COMPILE, PjrtArgs.of(arena, 56)))
                    .isInstanceOfSatisfying(PjrtException.class, e -> {
                        assertThat(e.code()).isEqualTo(PjrtErrorCode.UNIMPLEMENTED);
                        assertThat(e)
                                .hasMessageContaining("PJRT_Client_Compile")
                                .hasMessageContaining("not in this plugin");
                    });
        }
    }

    @Test
    void argumentsAreZeroedAndLargerThanAnyStruct() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment args = PjrtArgs.of(arena, 24).memory();
            assertThat(args.byteSize()).isEqualTo(256).isEqualTo(args.get(JAVA_LONG, 0));
            for (long at = 8; at < 256; at += 8) {
                assertThat(args.get(JAVA_LONG, at)).isZero();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"24.0.2", "25", "25.0.1", "25.0.2"})
    void aJdkThatMovesPinnedMemoryIsRefused(String version) {
        refused(
                () -> RequiredJdk.check(Runtime.Version.parse(version)),
                "JDK 25.0.3 or newer is required, got " + version);
    }

    @ParameterizedTest
    @ValueSource(strings = {"25.0.3", "25.0.4+7", "25.1", "26"})
    void aNewerJdkIsTaken(String version) {
        assertThatCode(() -> RequiredJdk.check(Runtime.Version.parse(version))).doesNotThrowAnyException();
    }

    @Test
    void aPluginIsLoadedOnce() {
        var file = PluginInstaller.install("cpu", System.err::println);
        assertThat(file.load()).isSameAs(PjrtPlugin.load(file.path()));
        assertThat(PjrtPlugin.load(file.path()).sha256()).isEqualTo(file.sha256());
        refused(() -> PjrtPlugin.load(file.path(), "0".repeat(64)), "a changed one");
    }
}
