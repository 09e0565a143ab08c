package io.kiln.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.driver.Kiln;
import io.kiln.driver.KilnMetrics;
import io.kiln.worker.WorkerMetrics;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a scraper reads on the driver's Prometheus page is what {@code kiln.metrics()} says, in local mode and on a cluster. */
@Timeout(180)
class MetricsIT {
    private static final Map<String, String> PAGE = Map.of(
            "spark.ui.enabled",
            "true",
            "spark.ui.port",
            "0",
            "spark.metrics.conf.*.sink.prometheusServlet.class",
            "org.apache.spark.metrics.sink.PrometheusServlet",
            "spark.metrics.conf.*.sink.prometheusServlet.path",
            "/metrics/prometheus");

    /** A line such as {@code metrics_local_1_driver_plugin_io_kiln_driver_KilnPlugin_cache_misses_Value{type="gauges"} 1}. */
    private static final Pattern LINE =
            Pattern.compile("metrics_\\w*_driver_plugin_io_kiln_driver_KilnPlugin_(\\w+)_Value\\{.*} (\\S+)");

    private final Expected expected = Expected.results();

    @Test
    void theDriversPageHasTheCountsOfLocalMode() throws Exception {
        try (SparkSession spark = OnCluster.local("page of local mode", PAGE)) {
            assertThat(scrape(spark)).containsEntry("rows", 0.0).containsEntry("native_weightBytes", 0.0);
            Kiln kiln = Kiln.on(spark);
            Expected.risk(kiln, expected.rows(spark)).collectAsList();
            Map<String, Double> page = scrape(spark);
            KilnMetrics said = kiln.metrics();
            assertThat(page).isEqualTo(byGauge(said.work()));
            assertThat(page)
                    .containsEntry("rows", (double) Expected.ROWS)
                    .containsEntry("compile_count", 1.0)
                    .containsEntry("cache_misses", 1.0);
            assertThat(page.get("compile_seconds")).isPositive();
            assertThat(page.get("native_handles")).isPositive();
            assertThat(said.toMap())
                    .containsEntry("misses", 1L)
                    .containsEntry("waits", said.work().waits())
                    .containsEntry("leases_lost", 0L);
            kiln.closeWorkers();
        }
    }

    @Test
    void theDriversPageHasTheSumOverTheExecutorsOfACluster() throws Exception {
        try (SparkSession spark = OnCluster.application("page of a cluster", PAGE)) {
            assertThat(scrape(spark)).containsEntry("rows", 0.0);
            Kiln kiln = Kiln.on(spark);
            Expected.risk(kiln, expected.rows(spark)).collectAsList();
            Map<String, Double> page = scrape(spark);
            assertThat(page).isEqualTo(byGauge(kiln.metrics().work()));
            assertThat(page)
                    .containsEntry("rows", (double) Expected.ROWS)
                    .containsEntry("compile_count", 1.0)
                    .containsEntry("cache_hits_hazelcast", 1.0);
            // What the one compiled the other found: its time, with that of the serialization.
            assertThat(page.get("compile_savedSeconds")).isGreaterThanOrEqualTo(page.get("compile_seconds"));
        }
    }

    /** Kiln's gauges on the page, by name. */
    private static Map<String, Double> scrape(SparkSession spark) throws Exception {
        URI page = URI.create(spark.sparkContext().uiWebUrl().get() + "/metrics/prometheus/");
        HttpRequest get =
                HttpRequest.newBuilder(page).timeout(Duration.ofSeconds(30)).build();
        try (HttpClient client = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NORMAL)
                .build()) {
            HttpResponse<String> answer = client.send(get, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
            return answer.body()
                    .lines()
                    .map(LINE::matcher)
                    .filter(Matcher::matches)
                    .collect(Collectors.toMap(m -> m.group(1), m -> Double.parseDouble(m.group(2))));
        }
    }

    /** The gauges that the counts must be on the page, as docs/running.md names them. */
    private static Map<String, Double> byGauge(WorkerMetrics work) {
        Map<String, Number> gauges = new TreeMap<>();
        gauges.put("rows", work.rows());
        gauges.put("batches", work.batches());
        gauges.put("compile_count", work.compiles());
        gauges.put("compile_seconds", work.compileSeconds());
        gauges.put("compile_savedSeconds", work.savedSeconds());
        for (String tier : new String[] {"jvm", "disk", "published", "hazelcast"}) {
            gauges.put("cache_hits_" + tier, work.hits().getOrDefault(tier, 0L));
        }
        gauges.put("cache_misses", work.misses());
        gauges.put("cache_waits", work.waits());
        gauges.put("cache_leasesLost", work.leasesLost());
        for (String reason : new String[] {
            "not-an-entry",
            "version",
            "foreign-key",
            "truncated",
            "too-long",
            "mac",
            "other-key",
            "plugin",
            "features",
            "load"
        }) {
            gauges.put(
                    "cache_rejects_" + reason.replace('-', '_'), work.rejects().getOrDefault(reason, 0L));
        }
        gauges.put("cache_bytes", work.cacheBytes());
        gauges.put("native_handles", work.liveHandles());
        gauges.put("native_weightBytes", work.weightBytes());
        gauges.put("native_packedBytes", work.packedBytes());
        return gauges.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, gauge -> gauge.getValue().doubleValue()));
    }
}
