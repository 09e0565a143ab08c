package io.kiln.jobs.cluster;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;

/**
 * The main class of a cluster's child JVMs: runs the main class named by its first argument, and ends the JVM when its
 * standard input ends. The other end of that pipe is held by the JVM that started it, so that no Master or Worker
 * outlives its cluster, however that JVM ends.
 */
public final class Tether {
    private Tether() {}

    /** Runs {@code arguments[0]} with the other arguments until it ends or standard input does. */
    public static void main(String[] arguments) throws Throwable {
        Thread.ofPlatform().daemon().name("kiln-tether").start(Tether::exitWithParent);
        try {
            Class.forName(arguments[0]).getMethod("main", String[].class).invoke(null, (Object)
                    Arrays.copyOfRange(arguments, 1, arguments.length));
        } catch (InvocationTargetException e) {
            throw e.getCause() == null ? e : e.getCause();
        }
    }

    private static void exitWithParent() {
        try {
            while (System.in.read() >= 0) {
                // Nothing is ever written: only the end of the stream has a meaning.
            }
        } catch (IOException e) {
            // A broken pipe is an end too.
        }
        System.exit(0); // not halt: a Worker's shutdown hook ends its executors
    }
}
