package io.kiln.core;

import java.util.Optional;
import java.util.Set;

/** The user's line that a message is about: the innermost frame that is neither the JDK's nor Kiln's library. */
public final class SourceLine {
    private static final Set<String> LIBRARY = Set.of(
            "io.kiln.error",
            "io.kiln.core",
            "io.kiln.transform",
            "io.kiln.lower",
            "io.kiln.jit",
            "io.kiln.nn",
            "io.kiln.random",
            "io.kiln.compile",
            "io.kiln.driver",
            "io.kiln.model",
            "io.kiln.worker");

    private SourceLine() {}

    /** The line of the caller outside the library, as {@code com.example.Risk.score(Risk.java:42)}. */
    public static Optional<String> ofCaller() {
        return StackWalker.getInstance()
                .walk(frames -> frames.map(StackWalker.StackFrame::toStackTraceElement)
                        .filter(SourceLine::isUsers)
                        .findFirst())
                .map(SourceLine::text);
    }

    /** The line outside the library that threw {@code thrown}, or that called what threw it. */
    public static Optional<String> of(Throwable thrown) {
        for (StackTraceElement frame : thrown.getStackTrace()) {
            if (isUsers(frame)) {
                return Optional.of(text(frame));
            }
        }
        return Optional.empty();
    }

    private static boolean isUsers(StackTraceElement frame) {
        String name = frame.getClassName();
        int dot = name.lastIndexOf('.');
        String owner = dot < 0 ? "" : name.substring(0, dot);
        boolean jdk = name.startsWith("java.") || name.startsWith("jdk.") || name.startsWith("sun.");
        boolean engine = name.startsWith("org.apache.spark.") || name.startsWith("scala.");
        return !jdk && !engine && !LIBRARY.contains(owner);
    }

    private static String text(StackTraceElement frame) {
        // A lambda's method is lambda$score$0: the reader knows it as score.
        String method = frame.getMethodName().replaceFirst("^lambda\\$(.+)\\$\\d+$", "$1");
        return "%s.%s(%s:%d)".formatted(frame.getClassName(), method, frame.getFileName(), frame.getLineNumber());
    }
}
