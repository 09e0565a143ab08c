package io.kiln.core;

import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The user's line that a message is about: the innermost frame that is neither the JDK's nor Kiln's library. */
public final class SourceLine {
    private static final Set<String> LIBRARY = Set.of(
            "io.kiln.error",
            "io.kiln.core",
            "io.kiln.transform",
            "io.kiln.lower",
            "io.kiln.jit",
            "io.kiln.nn",
            "io.kiln.optim",
            "io.kiln.random",
            "io.kiln.numpy",
            "io.kiln.linalg",
            "io.kiln.fft",
            "io.kiln.special",
            "io.kiln.compile",
            "io.kiln.isolate",
            "io.kiln.jaxexport",
            "io.kiln.cache",
            "io.kiln.pjrt",
            "io.kiln.plugin",
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

    /** Whether {@code type}, or the class that a lambda class belongs to, is one of Kiln's own packages'. */
    public static boolean isLibrary(Class<?> type) {
        return isLibrary(type.getPackageName());
    }

    /** Whether this is the name of one of Kiln's own packages. */
    public static boolean isLibrary(String packageName) {
        return LIBRARY.contains(packageName);
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
        return text(frame.getClassName(), frame.getMethodName(), frame.getFileName(), frame.getLineNumber());
    }

    /** A line of a method of a class file: {@code com.example.Risk.score(Risk.java:42)}. */
    public static String text(String className, String methodName, @Nullable String file, int line) {
        // A lambda's method is lambda$score$0, or lambda$score$25cdd1bc$0 if it is serializable: the reader knows it as
        // score.
        String method = methodName.replaceFirst("^lambda\\$(.+?)(\\$[0-9a-f]+)?\\$\\d+$", "$1");
        return "%s.%s(%s:%d)".formatted(className, method, file, line);
    }
}
