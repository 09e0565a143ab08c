package io.kiln.jobs;

import io.kiln.error.KilnException;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.StructField;

/** A format of the tables that commands read and write; the names are the options' values. */
enum TableFormat {
    parquet,
    csv,
    json,
    orc;

    /**
     * Reads a file, a folder of files or a glob.
     *
     * @throws KilnException user: there is no such path, or no file below it
     */
    Dataset<Row> read(SparkSession spark, String path) {
        requireFiles(path, spark.sparkContext().hadoopConfiguration());
        DataFrameReader reader = spark.read().format(name());
        if (this == csv) {
            reader = reader.option("header", true).option("inferSchema", true);
        }
        return reader.load(path);
    }

    /** Writes a folder of files; the folder may not exist. */
    void write(Dataset<Row> table, String folder) {
        if (this == csv) {
            for (StructField field : table.schema().fields()) {
                if (field.dataType() instanceof ArrayType) {
                    throw KilnException.user(
                            "writing csv: column %s holds arrays (%s), which csv cannot"
                                    .formatted(field.name(), field.dataType().simpleString()),
                            "write --output-format parquet or json, or leave the column out by --keep");
                }
            }
        }
        DataFrameWriter<Row> writer = table.write().format(name());
        if (this == csv) {
            writer = writer.option("header", true);
        }
        writer.save(folder);
    }

    private static void requireFiles(String given, Configuration configuration) {
        try {
            Path path = new Path(given);
            FileSystem files = path.getFileSystem(configuration);
            // A path that exists as it is named is that path, whatever brackets are in it.
            FileStatus[] found =
                    files.exists(path) ? new FileStatus[] {files.getFileStatus(path)} : files.globStatus(path);
            if (found == null || found.length == 0) {
                throw KilnException.user(
                        "reading the input: a file or folder is required, there is none at " + given,
                        "check --input; a relative path starts at the current folder");
            }
            if (found.length == 1 && found[0].isDirectory() && files.listStatus(found[0].getPath()).length == 0) {
                throw KilnException.user(
                        "reading the input: files are required, folder " + given + " is empty", "check --input");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
