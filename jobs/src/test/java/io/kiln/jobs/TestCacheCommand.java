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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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
    void whatCannotBeServedIsRefused() {
        KilnRun.of("cache").isRefused(2, "serve is required");
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
