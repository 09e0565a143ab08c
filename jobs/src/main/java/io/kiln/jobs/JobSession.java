package io.kiln.jobs;

import io.kiln.worker.WorkerRuntime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/** The Spark session of one command. A session that was there before (tests, notebooks) is used and left running. */
record JobSession(SparkSession spark, boolean owned) implements AutoCloseable {
    static final String PLUGIN_KEY = "spark.kiln.plugin";

    /** Opens the session that the options describe, or joins the one that runs in this JVM. */
    static JobSession open(SparkOptions options) {
        return open(options, Map.of());
    }

    /** Opens a session on a cluster that this command started, whose settings {@code cluster} holds, if it did. */
    static JobSession open(SparkOptions options, Map<String, String> cluster) {
        Map<String, String> settings = new LinkedHashMap<>(options.conf);
        if (options.plugin != null) {
            settings.put(PLUGIN_KEY, options.plugin);
        }
        if (cluster.isEmpty() && SparkSession.getDefaultSession().isDefined()) {
            SparkSession running = SparkSession.getDefaultSession().get().newSession();
            settings.forEach(running.conf()::set);
            SparkSession.setActiveSession(running);
            return new JobSession(running, false);
        }
        SparkConf conf = new SparkConf(); // reads spark.* system properties, which SparkSubmit has set
        cluster.forEach(conf::set);
        defaults(conf, options, !cluster.isEmpty());
        settings.forEach(conf::set);
        SparkSession started = SparkSession.builder().config(conf).getOrCreate();
        if (options.debug) {
            started.sparkContext().setLogLevel("WARN");
        }
        return new JobSession(started, true);
    }

    /** Stops the session if this command started it. */
    @Override
    public void close() {
        WorkerRuntime.closeAll(); // no native handle outlives the command
        if (owned) {
            spark.stop();
        } else {
            SparkSession.clearActiveSession();
        }
    }

    private static void defaults(SparkConf conf, SparkOptions options, boolean ownCluster) {
        if (options.master != null) {
            conf.setMaster(options.master);
        }
        conf.setIfMissing("spark.master", "local[*]");
        conf.set("spark.app.name", "kiln");
        conf.setIfMissing("spark.ui.enabled", "false");
        conf.setIfMissing("spark.ui.showConsoleProgress", "false");
        conf.setIfMissing("spark.sql.extensions", "io.kiln.driver.KilnExtensions");
        conf.setIfMissing("spark.plugins", "io.kiln.driver.KilnPlugin");
        if (conf.get("spark.master").startsWith("local")) {
            conf.setIfMissing("spark.driver.host", "localhost"); // no name look-up of this machine is needed
            conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
        } else if (!ownCluster) { // its executors read Kiln's jars where they are
            shipJars(conf);
        }
    }

    /** Executors on another machine fetch Kiln's own jars from the driver. */
    private static void shipJars(SparkConf conf) {
        String own = System.getProperty("kiln.jars", "");
        Set<String> jars = new LinkedHashSet<>();
        for (String list : new String[] {conf.get("spark.jars", ""), own}) {
            Arrays.stream(list.split(",", -1)).filter(jar -> !jar.isBlank()).forEach(jars::add);
        }
        conf.set("spark.jars", String.join(",", jars));
    }
}
