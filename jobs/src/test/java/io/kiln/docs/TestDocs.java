package io.kiln.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.error.KilnException;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The documents say what is so: their examples run, print and fail as written, and what they name and link is there. */
class TestDocs {
    private static final Path ROOT = Path.of(System.getProperty("kiln.repository", ".."));
    private static final Pattern CODE = Pattern.compile("KILN-T\\d{3}");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]*)(?:#([^)\\s]+))?\\)");

    private static final Pattern NAME = Pattern.compile("`(x|[A-Z]\\w+)\\.([a-z]\\w*)");

    @TempDir
    private Path folder;

    private static List<Path> files() throws IOException {
        try (Stream<Path> docs = Files.list(ROOT.resolve("docs"));
                Stream<Path> top = Files.list(ROOT)) {
            return Stream.concat(top, docs)
                    .filter(path -> path.toString().endsWith(".md"))
                    .map(ROOT::relativize)
                    .sorted()
                    .toList();
        }
    }

    @TestFactory
    Stream<DynamicTest> everyExampleDoesWhatItsDocumentSays() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (Path file : files()) {
            List<Block> blocks = Block.of(ROOT, file);
            List<Block> chain = List.of();
            for (int i = 0; i < blocks.size(); i++) {
                Block block = blocks.get(i);
                if (!block.isJava()) {
                    continue;
                }
                List<Block> all = new ArrayList<>(block.is("continues") ? chain : List.of());
                all.add(block);
                chain = List.copyOf(all);
                Example example = new Example(chain);
                Block next = i + 1 < blocks.size() ? blocks.get(i + 1) : null;
                tests.add(DynamicTest.dynamicTest(block.toString(), () -> check(example, next)));
            }
        }
        return tests.stream();
    }

    private void check(Example example, @Nullable Block next) throws IOException, ReflectiveOperationException {
        Block block = example.chain().getLast();
        Example.Outcome outcome = example.run(Files.createTempDirectory(folder, "example"));
        if (block.is("fails")) {
            assertThat(next).as("%s fails, so its message must follow", block).isNotNull();
            assertThat(outcome.thrown()).as("%s fails", block).isInstanceOf(KilnException.class);
            assertThat(example.message(outcome.thrown()))
                    .as("the message of %s", block)
                    .isEqualTo(next.text());
            return;
        }
        assertThat(outcome.thrown()).as("%s does not fail", block).isNull();
        if (next != null && next.is("prints")) {
            assertThat(outcome.printed()).as("what %s prints", block).isEqualTo(next.text());
        }
    }

    @Test
    void everyCodeOfAnErrorHasASectionWithAnExampleAndALineInTheIndex() throws IOException {
        Set<String> thrown = new TreeSet<>();
        try (Stream<Path> sources = Files.walk(ROOT.resolve("jit-core/src/main/java"))) {
            for (Path source :
                    sources.filter(path -> path.toString().endsWith(".java")).toList()) {
                Matcher codes = CODE.matcher(Files.readString(source));
                while (codes.find()) {
                    thrown.add(codes.group());
                }
            }
        }
        String text = Files.readString(ROOT.resolve("docs/errors.md"));
        Set<String> sections = new TreeSet<>();
        for (String section : text.split("(?m)^## (?=KILN)", -1)) {
            Matcher code = CODE.matcher(section);
            if (code.lookingAt()) {
                assertThat(sections.add(code.group()))
                        .as("%s has one section", code.group())
                        .isTrue();
                assertThat(section).as("the section of %s", code.group()).contains("<!-- fails");
                assertThat(text).as("the index").contains("| [" + code.group() + "](#");
            }
        }
        assertThat(sections).isEqualTo(thrown);
    }

    @Test
    void everyLinkLeadsToAFileAndToAHeadingOfIt() throws IOException {
        for (Path file : files()) {
            Matcher link = LINK.matcher(Files.readString(ROOT.resolve(file)));
            while (link.find()) {
                if (link.group(1).contains("://")) {
                    continue;
                }
                Path target = link.group(1).isEmpty()
                        ? ROOT.resolve(file)
                        : ROOT.resolve(file).resolveSibling(link.group(1));
                assertThat(target).as("%s: %s", file, link.group()).exists();
                if (link.group(2) != null) {
                    assertThat(anchors(target)).as("%s: %s", file, link.group()).contains(link.group(2));
                }
            }
        }
    }

    @Test
    void everyMethodInTheTableForUsersOfJaxExists() throws IOException {
        int named = 0;
        for (String line : Files.readAllLines(ROOT.resolve("docs/for-jax-users.md"))) {
            String[] cells = line.split("(?<!\\\\)\\|", -1);
            if (cells.length != 4) {
                continue;
            }
            Matcher name = NAME.matcher(cells[2]);
            while (name.find()) {
                String type = name.group(1).equals("x") ? "Tensor" : name.group(1);
                Stream<String> methods = Stream.of(type(type).getMethods()).map(Method::getName);
                assertThat(methods).as(name.group()).contains(name.group(2));
                named++;
            }
        }
        assertThat(named).isGreaterThan(100);
    }

    private static Class<?> type(String name) {
        for (String packageName : Example.PACKAGES.reversed()) {
            try {
                return Class.forName(packageName + "." + name);
            } catch (ClassNotFoundException _) {
                // in the next
            }
        }
        throw new AssertionError("there is no class " + name);
    }

    /** What GitHub makes of headings. */
    private static List<String> anchors(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> line.startsWith("#"))
                .map(line -> line.replaceFirst("^#+ *", "")
                        .toLowerCase(java.util.Locale.ROOT)
                        .replaceAll("[^a-z0-9_ -]", "")
                        .replace(' ', '-'))
                .toList();
    }
}
