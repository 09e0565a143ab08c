package io.kiln.isolate;

import io.kiln.pjrt.PjrtClient;
import io.kiln.pjrt.PjrtException;
import io.kiln.pjrt.PjrtExecutable;
import io.kiln.plugin.DeviceConf;
import io.kiln.plugin.PluginFile;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The main class of the child JVM: compiles the programs that come in by standard input, one after the other, and ends when that ends, which
 * it does when the parent is gone.
 */
final class CompileChild {
    /** MLIR and XLA recurse over a program; what a deep but honest program needs. */
    private static final long STACK = 64 << 20;

    private final PjrtClient client;
    private final DataOutputStream answers;
    private volatile @Nullable Path breadcrumb;

    private CompileChild(PjrtClient client, DataOutputStream answers) {
        this.client = client;
        this.answers = answers;
    }

    /** Arguments: the plugin's path, its verified SHA-256, its platform, the longest request in bytes, and settings of the device as key=value. */
    public static void main(String[] arguments) throws IOException {
        DataInputStream requests = new DataInputStream(new FileInputStream(FileDescriptor.in));
        DataOutputStream answers =
                new DataOutputStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)));
        // Standard output is the protocol's.
        System.setOut(System.err);
        Map<String, String> settings = new HashMap<>();
        for (String setting : Arrays.asList(arguments).subList(4, arguments.length)) {
            int equals = setting.indexOf('=');
            if (equals > 0) {
                settings.put(setting.substring(0, equals), setting.substring(equals + 1));
            }
        }
        PjrtClient client;
        try {
            DeviceConf device = DeviceConf.of("", settings::get);
            PluginFile plugin = new PluginFile(Path.of(arguments[0]), arguments[1], "the parent's", arguments[2]);
            client = plugin.load().createClient(plugin.createOptions(device));
        } catch (RuntimeException e) {
            Frame.write(
                    answers,
                    CompileAnswer.text(0, CompileAnswer.Kind.NOT_READY, String.valueOf(e.getMessage()))
                            .bytes());
            return;
        }
        Frame.write(answers, CompileAnswer.text(0, CompileAnswer.Kind.READY, "").bytes());
        new CompileChild(client, answers).serve(requests, Integer.parseInt(arguments[3]));
    }

    private void serve(DataInputStream requests, int longest) {
        try {
            while (true) {
                CompileRequest request = CompileRequest.read(Frame.read(requests, longest));
                Path file = Path.of(request.breadcrumb());
                Files.writeString(file, request.crumb() + "\n", StandardOpenOption.WRITE);
                breadcrumb = file;
                Thread.ofPlatform().daemon().name("compile").stackSize(STACK).start(() -> answer(request));
            }
        } catch (IOException e) {
            end();
        }
    }

    private void answer(CompileRequest request) {
        CompileAnswer answer;
        try (PjrtExecutable executable = client.compile(request.module(), request.options())) {
            byte[] serialized = executable.serialize();
            // What does not load, or ends the process when it is loaded, does so here and not in the parent.
            client.load(serialized, request.options()).close();
            answer = new CompileAnswer(request.number(), CompileAnswer.Kind.COMPILED, serialized);
        } catch (PjrtException e) {
            answer = CompileAnswer.text(
                    request.number(), CompileAnswer.Kind.REFUSED, e.code() + ": " + LastWords.printable(e.detail()));
        } catch (RuntimeException e) {
            answer = CompileAnswer.text(
                    request.number(), CompileAnswer.Kind.REFUSED, LastWords.printable(String.valueOf(e.getMessage())));
        } catch (OutOfMemoryError e) {
            System.err.println("the Java heap is full: " + e.getMessage());
            exit(1);
            return;
        }
        breadcrumb = null;
        try {
            Frame.write(answers, answer.bytes());
        } catch (IOException e) {
            end();
        }
    }

    /** The parent is gone or has closed the pipe: that is no fault of the program that was being compiled. */
    private void end() {
        Path innocent = breadcrumb;
        if (innocent != null) {
            try {
                Files.deleteIfExists(innocent);
            } catch (IOException e) {
                System.err.println("a breadcrumb stays: " + e.getMessage());
            }
        }
        exit(0);
    }

    /** Ends this process at once. {@link Runtime#halt} would wait for the plugin's threads, in the middle of a compile for as long as that takes. */
    @SuppressWarnings("restricted")
    private static void exit(int status) {
        try {
            Linker linker = Linker.nativeLinker();
            MemorySegment exit = linker.defaultLookup().findOrThrow("_exit");
            linker.downcallHandle(exit, FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT))
                    .invokeExact(status);
        } catch (Throwable e) {
            Runtime.getRuntime().halt(status);
        }
    }
}
