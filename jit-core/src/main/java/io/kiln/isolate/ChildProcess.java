package io.kiln.isolate;

import io.kiln.error.KilnException;
import io.kiln.plugin.DeviceConf;
import io.kiln.plugin.PluginFile;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A compile child as its parent sees it. One thread at a time calls it. */
final class ChildProcess implements AutoCloseable {
    private static final int SIGNALLED = 128;
    private static final Duration DYING = Duration.ofSeconds(5);

    private final Process process;
    private final DataOutputStream requests;
    private final DataInputStream answers;
    private final LastWords lastWords;
    private final int longest;
    private long number;

    /** The child is gone or not to be believed; the message says how it ended. */
    static final class Lost extends Exception {
        private static final long serialVersionUID = 1L;

        private final boolean timedOut;

        private Lost(String message, boolean timedOut) {
            super(message);
            this.timedOut = timedOut;
        }

        boolean timedOut() {
            return timedOut;
        }
    }

    private ChildProcess(Process process, int longest) {
        this.process = process;
        this.requests = new DataOutputStream(new BufferedOutputStream(process.getOutputStream()));
        this.answers = new DataInputStream(process.getInputStream());
        this.lastWords = new LastWords(process.getErrorStream());
        this.longest = longest;
    }

    /**
     * A child that is ready to compile.
     *
     * @throws KilnException ENVIRONMENT if it does not start
     */
    static ChildProcess start(
            Class<?> main, PluginFile plugin, DeviceConf device, IsolationLimits limits, Path reports) {
        ChildProcess child;
        try {
            child = new ChildProcess(
                    ChildCommand.of(main, plugin, device, limits, reports).start(),
                    limits.executableBytes() + CompileAnswer.OVERHEAD);
        } catch (IOException e) {
            throw notStarted("got " + e.getMessage());
        }
        try {
            CompileAnswer greeting = child.within(limits.start(), child::read);
            if (greeting.number() != 0 || greeting.kind() != CompileAnswer.Kind.READY) {
                child.close();
                throw notStarted("it said " + LastWords.printable(greeting.text()));
            }
        } catch (Lost e) {
            throw notStarted("it " + e.getMessage());
        } catch (CancellationException e) {
            child.close();
            throw e;
        }
        return child;
    }

    private static KilnException notStarted(String got) {
        return KilnException.environment(
                "starting a compile child: a JVM with the plugin loaded is required, " + got,
                "check that this JDK can start a JVM beside this one, with the memory that the limits of isolated"
                        + " compiles allow");
    }

    /** The process id. */
    long pid() {
        return process.pid();
    }

    /** Whether it can be called. */
    boolean isAlive() {
        return process.isAlive();
    }

    /**
     * The child's answer.
     *
     * @throws Lost when it ended, took too long, or answered what is no answer; it is gone then
     * @throws CancellationException when this thread was interrupted; the child is gone then
     */
    CompileAnswer call(String breadcrumb, String crumb, byte[] module, byte[] options, Duration limit) throws Lost {
        CompileRequest request = new CompileRequest(++number, breadcrumb, crumb, module, options);
        return within(limit, () -> {
            Frame.write(requests, request.bytes());
            CompileAnswer answer = read();
            boolean fits = answer.kind() == CompileAnswer.Kind.COMPILED || answer.kind() == CompileAnswer.Kind.REFUSED;
            if (answer.number() != request.number() || !fits) {
                throw new MalformedFrame("an answer to request %d is required, got %s of %d"
                        .formatted(request.number(), answer.kind(), answer.number()));
            }
            return answer;
        });
    }

    private CompileAnswer read() throws IOException {
        return CompileAnswer.read(Frame.read(answers, longest));
    }

    private CompileAnswer within(Duration limit, Callable<CompileAnswer> talk) throws Lost {
        FutureTask<CompileAnswer> task = new FutureTask<>(talk);
        Thread.ofPlatform().daemon().name("kiln-compile-child").start(task);
        try {
            return task.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            close();
            throw new Lost("had no answer after " + limit + " and was killed", true);
        } catch (ExecutionException e) {
            throw new Lost(diagnosis(Objects.requireNonNull(e.getCause())), false);
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw new CancellationException("compiling in a child: interrupted");
        }
    }

    /** How it ended by itself, or what it said that is no answer. */
    private String diagnosis(Throwable fault) {
        // A death is seen as the end of its output, a moment before the process is gone.
        boolean ended = !(fault instanceof MalformedFrame) && endsBySelf();
        close();
        String words = "; its last words:" + lastWords.quoted();
        if (!ended) {
            return "gave no proper answer and was killed: " + LastWords.printable(String.valueOf(fault.getMessage()))
                    + words;
        }
        int status = process.exitValue();
        return (status > SIGNALLED ? "was ended by " + signal(status - SIGNALLED) : "ended with status " + status)
                + words;
    }

    private boolean endsBySelf() {
        try {
            return process.waitFor(DYING.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static String signal(int number) {
        String name = switch (number) {
            case 4 -> " (SIGILL)";
            case 6 -> " (SIGABRT)";
            case 7 -> " (SIGBUS)";
            case 8 -> " (SIGFPE)";
            case 9 -> " (SIGKILL)";
            case 11 -> " (SIGSEGV)";
            case 15 -> " (SIGTERM)";
            default -> "";
        };
        return "signal " + number + name;
    }

    /** Its memory in RAM now, where the system says. */
    OptionalLong residentBytes() {
        return status("VmRSS:");
    }

    /** The most memory in RAM that it had so far, where the system says. */
    OptionalLong peakBytes() {
        return status("VmHWM:");
    }

    private OptionalLong status(String field) {
        try {
            return Files.readAllLines(Path.of("/proc/" + pid() + "/status"), StandardCharsets.UTF_8).stream()
                    .filter(line -> line.startsWith(field))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .findFirst();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /** Ends it at once. A call that another thread has on it throws {@link Lost}. */
    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(DYING.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
