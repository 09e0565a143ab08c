package io.kiln.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.docs.Snippets.Piece;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * A block of Java as a class {@code Example}: its methods and types, those that begin with {@code static} and the imports as they are, the
 * rest as the body of {@code main}. A block that continues the one before it has that one's code too.
 *
 * @param chain the blocks that it continues, and itself last
 */
record Example(List<Block> chain) {
    /** What every example may use without an import; CONTRIBUTING.md lists them. */
    static final List<String> PACKAGES = List.of(
            "java.util",
            "io.kiln.core",
            "io.kiln.jit",
            "io.kiln.nn",
            "io.kiln.numpy",
            "io.kiln.optim",
            "io.kiln.random",
            "io.kiln.special",
            "io.kiln.driver",
            "io.kiln.fft",
            "io.kiln.linalg");

    /** The class of that name is in {@code java.util} too. */
    private static final String RANDOM = "import io.kiln.random.Random;";

    /** What is printed before each block's own code. */
    private static final char SEPARATOR = '\0';

    private static final JavaCompiler COMPILER = ToolProvider.getSystemJavaCompiler();

    /** One for all examples: the jars of the class path (that of this JVM) are opened once. */
    private static final StandardJavaFileManager FILES = COMPILER.getStandardFileManager(null, null, null);

    private static final Pattern LINE = Pattern.compile("Example\\.java:(\\d+)");

    /** What came of running an example. */
    record Outcome(String printed, @Nullable Throwable thrown) {}

    /** Compiles and runs it in this JVM, with class files in {@code folder}. */
    Outcome run(Path folder) throws IOException, ReflectiveOperationException {
        compile(folder);
        PrintStream out = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        Throwable thrown = null;
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()}, Example.class.getClassLoader())) {
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            Thread.currentThread().setContextClassLoader(loader);
            Class<?> example = loader.loadClass("Example");
            example.getMethod("main").invoke(null);
        } catch (InvocationTargetException e) {
            thrown = e.getCause();
        } finally {
            System.setOut(out);
            Thread.currentThread().setContextClassLoader(before);
        }
        String text = printed.toString(StandardCharsets.UTF_8);
        return new Outcome(text.substring(text.lastIndexOf(SEPARATOR) + 1).stripTrailing(), thrown);
    }

    /**
     * The message of what was thrown, where lines are those of the block: {@code Example.java:1} is the first one after its
     * fence.
     */
    String message(Throwable thrown) {
        List<Line> lines = lines();
        return LINE.matcher(String.valueOf(thrown.getMessage()))
                .replaceAll(m -> "Example.java:"
                        + lines.get(Integer.parseInt(m.group(1)) - 1).of());
    }

    /** A line of the class and the line of the last block that it is, 0 if it is none of them. */
    private record Line(String text, int of) {}

    private List<Line> lines() {
        List<Line> imports = new ArrayList<>();
        List<Line> members = new ArrayList<>();
        List<Line> statements = new ArrayList<>();
        for (Block block : chain) {
            statements.add(new Line("System.out.print('\\0');", 0));
            for (Piece piece : Snippets.of(block.hidden())) {
                add(piece, false, imports, members, statements);
            }
            for (Piece piece : Snippets.of(block.text())) {
                add(piece, block.equals(chain.getLast()), imports, members, statements);
            }
        }
        List<Line> all = new ArrayList<>();
        PACKAGES.forEach(name -> all.add(new Line("import " + name + ".*;", 0)));
        all.add(new Line(RANDOM, 0));
        all.addAll(imports);
        all.add(new Line("public class Example {", 0));
        all.addAll(members);
        all.add(new Line("public static void main() throws Exception {", 0));
        all.addAll(statements);
        all.add(new Line("}}", 0));
        return all;
    }

    private static void add(Piece piece, boolean own, List<Line> imports, List<Line> members, List<Line> statements) {
        List<Line> to = switch (piece.place()) {
            case IMPORT -> imports;
            case MEMBER -> members;
            case STATEMENT -> statements;
        };
        List<String> text = piece.source().lines().toList();
        for (int i = 0; i < text.size(); i++) {
            to.add(new Line(text.get(i), own ? piece.line() + i + 1 : 0));
        }
    }

    private void compile(Path folder) throws IOException {
        String source = lines().stream().map(Line::text).collect(Collectors.joining("\n"));
        SimpleJavaFileObject file =
                new SimpleJavaFileObject(URI.create("string:///Example.java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                };
        List<String> options = List.of("-g", "-parameters", "-proc:none", "-nowarn");
        StringWriter said = new StringWriter();
        FILES.setLocationFromPaths(StandardLocation.CLASS_OUTPUT, List.of(folder));
        boolean done = COMPILER.getTask(said, FILES, null, options, null, List.of(file))
                .call();
        assertThat(done)
                .as("%s compiles: %s\n%s", chain.getLast(), said, source)
                .isTrue();
    }
}
