package io.kiln.jobs.cluster;

import io.kiln.error.KilnException;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** One JVM of a cluster, its output kept in a file; it says by lines of that output when it is ready. */
final class ChildJvm implements AutoCloseable {
    private static final int QUOTED_LINES = 15;
    private static final Duration GRACE = Duration.ofSeconds(8);

    private final String name;
    private final Path log;
    private final Process process;
    private final Map<Pattern, CompletableFuture<String>> awaited;
    private final Deque<String> lastLines = new ArrayDeque<>();

    /**
     * Starts {@code command}, its environment as in {@code builder}.
     *
     * @param awaited patterns of the lines that {@link #await} will wait for
     */
    ChildJvm(String name, Path log, ProcessBuilder builder, List<Pattern> awaited) {
        this.name = name;
        this.log = log;
        this.awaited = awaited.stream()
                .collect(java.util.stream.Collectors.toUnmodifiableMap(p -> p, p -> new CompletableFuture<String>()));
        try {
            this.process = builder.redirectErrorStream(true).start();
        } catch (IOException e) {
            throw KilnException.environment(
                    "starting a local cluster: the " + name + " could not be started: " + e.getMessage(),
                    "check that " + builder.command().getFirst() + " runs");
        }
        Thread.ofPlatform().daemon().name("kiln-cluster-" + name).start(this::readOutput);
    }

    /** The text of the pattern's first group in the first line that it was found in. */
    String await(Pattern pattern, Duration limit) {
        CompletableFuture<String> line = awaited.get(pattern);
        if (line == null) {
            throw KilnException.internal("awaiting a line of the " + name + " that it does not look for: " + pattern);
        }
        try {
            return line.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw notReady("was not ready after " + limit.toSeconds() + " s");
        } catch (ExecutionException e) {
            throw notReady("ended before it was ready");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw notReady("was not ready when the wait was interrupted");
        }
    }

    /** The process itself. */
    ProcessHandle handle() {
        return process.toHandle();
    }

    /** Ends the process and all that it started: by request, then by force when it has not ended in some seconds. */
    @Override
    public void close() {
        Set<ProcessHandle> all = new HashSet<>(process.descendants().toList());
        process.destroy();
        try {
            if (!process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                all.addAll(process.descendants().toList());
                process.destroyForcibly();
                process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        // A Worker ends its executors as it goes; one that is left was orphaned.
        all.forEach(ProcessHandle::destroyForcibly);
        awaitEnd(all);
    }

    /** Waits until killed processes are gone. They are no children of this JVM, so only asking tells. */
    private static void awaitEnd(Set<ProcessHandle> killed) {
        long end = System.nanoTime() + GRACE.toNanos();
        try {
            while (killed.stream().anyMatch(ProcessHandle::isAlive) && System.nanoTime() < end) {
                Thread.sleep(20);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void readOutput() {
        try (BufferedReader lines =
                        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
                BufferedWriter file = Files.newBufferedWriter(log)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                file.write(line);
                file.newLine();
                file.flush();
                synchronized (lastLines) {
                    lastLines.addLast(line);
                    if (lastLines.size() > QUOTED_LINES) {
                        lastLines.removeFirst();
                    }
                }
                for (Map.Entry<Pattern, CompletableFuture<String>> each : awaited.entrySet()) {
                    Matcher matcher = each.getKey().matcher(line);
                    if (matcher.find()) {
                        each.getValue().complete(matcher.group(1));
                    }
                }
            }
        } catch (IOException e) {
            // The stream is closed under the reader when the process is destroyed.
        } finally {
            awaited.values()
                    .forEach(line -> line.completeExceptionally(new UncheckedIOException(new IOException("ended"))));
        }
    }

    private KilnException notReady(String what) {
        List<String> quoted;
        synchronized (lastLines) {
            quoted = new ArrayList<>(lastLines);
        }
        String output = Stream.concat(Stream.of(""), quoted.stream()).reduce("", (a, b) -> a + "\n  " + b);
        return KilnException.environment(
                "starting a local cluster: the " + name + " must come up on 127.0.0.1, but " + what
                        + "; its last lines were:" + (quoted.isEmpty() ? " none" : output.stripTrailing()),
                "read " + log);
    }
}
