package io.kiln.driver;

import org.apache.spark.sql.SparkSession;

/** A Spark session of this JVM with two task slots, and Kiln on it. */
public final class LocalSpark {
    private LocalSpark() {}

    /** The session that all tests of a JVM share. It is one that is running: nothing of Kiln is in its configuration. */
    public static SparkSession session() {
        return Held.SESSION;
    }

    /** Kiln on {@link #session()}. */
    public static Kiln kiln() {
        return Kiln.on(session());
    }

    private static final class Held {
        static final SparkSession SESSION = SparkSession.builder()
                .master("local[2]")
                .appName("driver tests")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.sql.shuffle.partitions", "3")
                .config("spark.sql.warehouse.dir", System.getProperty("java.io.tmpdir") + "/kiln-warehouse")
                .getOrCreate();
    }
}
