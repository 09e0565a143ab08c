package io.kiln.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code kiln cache serve} as the launcher starts it: in a JVM whose class path has no Spark. */
@Timeout(120)
final class TestCacheCommand {
    @Test
    void aServerListensWhereItIsTold_andEndsWhenItIsAskedTo() throws Exception {
        Process server = serve("--port", "0", "--cluster", "models");
        try (BufferedReader out = reader(server)) {
            String line = out.readLine();
            Matcher said = Pattern.compile(
                            "kiln cache: listening on (127\\.0\\.0\\.1):(\\d+), cluster models, at most 512 MiB")
                    .matcher(String.valueOf(line));
            assertThat(said.matches()).as(line).isTrue();
            int port = Integer.parseInt(said.group(2));
            assertThat(out.readLine())
                    .contains(
                            "spark.kiln.cache.member=127.0.0.1:" + port,
                            "spark.kiln.cache.cluster=models",
                            "spark.kiln.cache.published.trusted=");
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5000);
                assertThat(socket.isConnected()).isTrue();
            }

            assertThat(KilnRun.of(
                                    "cache",
                                    "stat",
                                    "--dir",
                                    "none-here",
                                    "--member",
                                    "127.0.0.1:" + port,
                                    "--cluster",
                                    "models")
                            .isDone()
                            .out())
                    .contains("disk none-here: 0 executables, 0.0 MiB, compiled in 0.0 s, never used, no key")
                    .contains("member 127.0.0.1:" + port + ", cluster models: 0 executables");

            Process second = serve("--port", Integer.toString(port));
            assertThat(text(second)).contains("starting the shared executable cache on 127.0.0.1", "fix: ");
            assertThat(second.waitFor()).isEqualTo(4);

            server.destroy();
            assertThat(server.waitFor(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            server.destroyForcibly();
        }
    }

    @Test
    void theDisksEntriesAreCounted_withoutAKeyOrAnUnfinishedFile(@TempDir Path folder) throws Exception {
        Path entries = Files.createDirectories(folder.resolve("v3"));
        Files.write(entries.resolve("ab".repeat(32)), new byte[3 << 19]);
        Files.setLastModifiedTime(
                entries.resolve("ab".repeat(32)), FileTime.from(Instant.parse("2026-11-24T10:11:12.5Z")));
        Files.write(entries.resolve("mac.key"), new byte[32]);
        Files.setLastModifiedTime(entries.resolve("mac.key"), FileTime.from(Instant.parse("2026-11-01T00:00:00Z")));
        Files.write(entries.resolve(".tmp-1"), new byte[7]);

        assertThat(KilnRun.of("cache", "stat", "--dir", folder.toString())
                        .isDone()
                        .out()
                        .strip())
                .isEqualTo("disk " + folder
                        + ": 1 executables, 1.5 MiB, compiled in 0.0 s, last used 2026-11-24T10:11:12Z, key of"
                        + " 2026-11-01T00:00:00Z");
        KilnRun.of("cache", "stat", "--dir", folder.toString(), "--member", "127.0.0.1:1")
                .isRefused(4, "a member of the cluster kiln is required", "kiln cache serve");
    }

    @Test
    void whatCannotBeServedIsRefused() {
        KilnRun.of("cache").isRefused(2, "serve or stat is required");
        KilnRun.of("cache", "serve", "--port", "70000").isRefused(2, "--port: 0 to 65535 is required, got 70000");
        KilnRun.of("cache", "serve", "--max-mib", "0").isRefused(2, "--max-mib: at least 1 is required, got 0");
        KilnRun.of("cache", "serve", "--max-mib", "2000000000").isRefused(4, "a heap of", "KILN_JAVA_OPTS=-Xmx");
        KilnRun.of("cache", "serve", "--host", "0.0.0.0").isRefused(4, "one address is required, got a wildcard");
    }

    private static Process serve(String... arguments) throws IOException {
        String classPath = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.contains("spark") && !entry.contains("scala"))
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-Xmx1g",
                "-XX:TieredStopAtLevel=1",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                classPath,
                CacheCommand.class.getName(),
                "serve"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private static BufferedReader reader(Process process) {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    private static String text(Process process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
