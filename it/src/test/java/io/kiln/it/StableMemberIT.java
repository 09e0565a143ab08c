package io.kiln.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.cluster.CacheMember;
import io.kiln.driver.Kiln;
import io.kiln.driver.KilnMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Applications one after the other share through a member that none of them started. */
@Timeout(180)
class StableMemberIT {
    private final Expected expected = Expected.results();

    @Test
    void theNextApplicationFindsWhatAPublisherCompiled(@TempDir Path folder) throws Exception {
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        Path keyFile = Files.createFile(
                folder.resolve("publisher.pem"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(
                keyFile,
                pem("PRIVATE KEY", pair.getPrivate().getEncoded())
                        + pem("PUBLIC KEY", pair.getPublic().getEncoded()));
        try (CacheMember member = CacheMember.start("127.0.0.1", 0, "kiln", 64L << 20)) {
            Map<String, String> reads = Map.of(
                    "spark.kiln.cache.member",
                    member.address(),
                    "spark.kiln.cache.published.trusted",
                    Base64.getEncoder().encodeToString(pair.getPublic().getEncoded()));
            Map<String, String> publishes = new HashMap<>(reads);
            publishes.put("spark.kiln.cache.published.key", keyFile.toString());

            KilnMetrics first = score("publisher", publishes);
            assertThat(first.work().compiles()).as("of two executors").isEqualTo(1);
            assertThat(member.entries()).isEqualTo(1);

            KilnMetrics second = score("reader", reads);
            assertThat(second.work().compiles()).isZero();
            assertThat(second.work().hits()).containsEntry("hazelcast", 2L);
            assertThat(second.work().rejects()).isEmpty();
        }
    }

    private KilnMetrics score(String application, Map<String, String> conf) throws IOException {
        try (SparkSession spark = OnCluster.application(application, conf)) {
            Kiln kiln = Kiln.on(spark);
            assertThat(Expected.bits(Expected.risk(kiln, expected.rows(spark)))).isEqualTo(expected.risk);
            assertThat(kiln.notes()).isEmpty();
            return kiln.metrics();
        }
    }

    private static String pem(String name, byte[] content) {
        return "-----BEGIN " + name + "-----\n" + Base64.getMimeEncoder().encodeToString(content) + "\n-----END " + name
                + "-----\n";
    }
}
