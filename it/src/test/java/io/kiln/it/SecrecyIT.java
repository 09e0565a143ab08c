package io.kiln.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.cluster.SharedKeys;
import io.kiln.driver.Kiln;
import io.kiln.worker.WorkerRuntime;
import java.io.IOException;
import java.lang.reflect.Field;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The key of the cache's entries and Spark's own secret are written nowhere, and nobody outside the machine can connect. */
@Timeout(180)
class SecrecyIT {
    private final Expected expected = Expected.results();

    @Test
    void secretsAreWrittenNowhereAndSocketsListenOnLoopbackOnly(@TempDir Path events) throws Exception {
        Map<String, String> conf = Map.of(
                "spark.ui.enabled", "true",
                "spark.ui.port", "0",
                "spark.eventLog.enabled", "true",
                "spark.eventLog.compress", "false",
                "spark.eventLog.dir", events.toUri().toString());
        List<byte[]> needles = new ArrayList<>();
        try (SparkSession spark = OnCluster.application("secrecy", conf)) {
            Kiln kiln = Kiln.on(spark);
            assertThat(Expected.bits(Expected.risk(kiln, expected.rows(spark)))).isEqualTo(expected.risk);
            needles.addAll(forms(key()));
            needles.addAll(forms(HexFormat.of()
                    .parseHex(OnCluster.cluster().applicationConf().get("spark.authenticate.secret"))));

            String page = spark.sparkContext().uiWebUrl().get();
            String application = spark.sparkContext().applicationId();
            for (String path : List.of("/api/v1/applications/" + application + "/environment", "/environment/")) {
                assertAbsent(needles, path, get(page + path));
            }
            assertAbsent(needles, "the Master's page", get(OnCluster.cluster().masterUi() + "/json/"));
            for (ProcessHandle process : processes()) {
                Path commandLine = Path.of("/proc/" + process.pid() + "/cmdline");
                assertAbsent(needles, commandLine.toString(), Files.readAllBytes(commandLine));
            }

            String member = kiln.workerConf().cache().address();
            assertThat(member).startsWith("127.0.0.1:");
            int port = Integer.parseInt(member.substring(member.indexOf(':') + 1));
            List<Listener> listeners = new ArrayList<>();
            for (ProcessHandle process : processes()) {
                listeners.addAll(listeners(process));
            }
            assertThat(listeners)
                    .as("listening sockets of driver, daemons and executors")
                    .isNotEmpty();
            assertThat(listeners).allMatch(Listener::onLoopback);
            assertThat(listeners)
                    .filteredOn(listener -> listener.port() == port)
                    .as("the cache's member")
                    .singleElement()
                    .extracting(Listener::pid)
                    .isEqualTo(ProcessHandle.current().pid());
        }
        for (Path folder : List.of(events, OnCluster.cluster().logs())) {
            int read = 0;
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    byte[] text = Files.readAllBytes(file);
                    if (text.length > 0) { // Spark marks an application's state by an empty file
                        read++;
                        assertAbsent(needles, file.toString(), text);
                    }
                }
            }
            assertThat(read).as("files read in " + folder).isPositive();
        }
    }

    /** The key that the plugin's driver made; there is no way to it but this. */
    private static byte[] key() throws ReflectiveOperationException {
        Field field = WorkerRuntime.class.getDeclaredField("sharedKeys");
        field.setAccessible(true);
        return ((SharedKeys) field.get(null)).ask();
    }

    private static List<byte[]> forms(byte[] secret) {
        assertThat(secret).hasSize(32).isNotEqualTo(new byte[32]);
        String hex = HexFormat.of().formatHex(secret);
        String list = Arrays.toString(secret);
        return List.of(
                secret,
                hex.getBytes(StandardCharsets.US_ASCII),
                hex.toUpperCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII),
                Base64.getEncoder().withoutPadding().encode(secret),
                Base64.getUrlEncoder().withoutPadding().encode(secret),
                list.substring(1, list.length() - 1).getBytes(StandardCharsets.US_ASCII));
    }

    private static void assertAbsent(List<byte[]> needles, String where, byte[] text) {
        String latin = new String(text, StandardCharsets.ISO_8859_1);
        assertThat(text).as(where).isNotEmpty();
        for (byte[] needle : needles) {
            assertThat(latin.contains(new String(needle, StandardCharsets.ISO_8859_1)))
                    .as("a secret in " + where)
                    .isFalse();
        }
    }

    private static byte[] get(String url) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<byte[]> answer = client.send(
                    HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofByteArray());
            assertThat(answer.statusCode()).as(url).isEqualTo(200);
            return answer.body();
        }
    }

    private static List<ProcessHandle> processes() {
        List<ProcessHandle> all = new ArrayList<>(OnCluster.cluster().daemons());
        all.addAll(OnCluster.cluster().executors());
        all.add(ProcessHandle.current());
        return all;
    }

    /** A listening TCP socket of a process, as the kernel has it. */
    private record Listener(long pid, String address, int port) {
        /** 127.0.0.0/8, ::1, or 127.0.0.0/8 within IPv6; the kernel prints words in the machine's byte order. */
        boolean onLoopback() {
            return switch (address.length()) {
                case 8 -> address.endsWith("7F");
                default ->
                    address.equals("00000000000000000000000001000000")
                            || (address.startsWith("0000000000000000FFFF0000") && address.endsWith("7F"));
            };
        }
    }

    private static List<Listener> listeners(ProcessHandle process) throws IOException {
        Set<String> sockets = new HashSet<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
            for (Path descriptor : descriptors.toList()) {
                try {
                    sockets.add(Files.readSymbolicLink(descriptor).toString());
                } catch (NoSuchFileException e) {
                    // Closed meanwhile.
                }
            }
        }
        List<Listener> found = new ArrayList<>();
        for (String table : List.of("tcp", "tcp6")) {
            Path file = Path.of("/proc/" + process.pid() + "/net/" + table);
            if (!Files.exists(file)) {
                continue;
            }
            for (String line : Files.readAllLines(file)) {
                String[] fields = line.strip().split("\\s+", -1);
                if (fields.length > 9 && fields[3].equals("0A") && sockets.contains("socket:[" + fields[9] + "]")) {
                    int colon = fields[1].indexOf(':');
                    found.add(new Listener(
                            process.pid(),
                            fields[1].substring(0, colon),
                            Integer.parseInt(fields[1].substring(colon + 1), 16)));
                }
            }
        }
        return found;
    }
}
