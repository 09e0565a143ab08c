package io.kiln.isolate;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** JVMs that a test starts and ends itself, with this one's class path. */
final class ChildJvms {
    private ChildJvms() {}

    /** Kiln's classes and the tests' alone, as a compile child has them. */
    static Process start(Class<?> main, String... arguments) throws IOException {
        return start(classPath(main), main, arguments);
    }

    /** With the libraries that tracing needs. */
    static Process startWithLibraries(Class<?> main, String... arguments) throws IOException {
        return start(System.getProperty("java.class.path"), main, arguments);
    }

    private static Process start(String classPath, Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath,
                main.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static String classPath(Class<?> main) {
        return folder(main) + File.pathSeparator + folder(IsolatedCompiler.class);
    }

    private static Path folder(Class<?> type) {
        // By its URI: a URL's path has a space as %20.
        return Path.of(URI.create(
                type.getProtectionDomain().getCodeSource().getLocation().toString()));
    }
}
