package io.kiln.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A fenced block of a Markdown file. The HTML comment right before it, which readers do not see, has marks in its first line and,
 * for a block of Java, code to run before the block's own in the others.
 *
 * @param file the file, relative to the repository
 * @param line the line of the file that has the opening fence, from 1
 * @param language what is written behind the fence, empty if nothing is
 * @param marks {@code fails}, {@code continues}, {@code prints}, {@code given}
 * @param hidden the comment's code
 * @param text what is between the fences
 */
record Block(Path file, int line, String language, Set<String> marks, String hidden, String text) {
    /** What a comment before a block may say. */
    private static final Set<String> MARKS = Set.of("fails", "continues", "prints", "given");

    private static final String FENCE = "```";

    /** The blocks of a file, in order. */
    static List<Block> of(Path root, Path file) {
        List<String> lines;
        try {
            lines = Files.readAllLines(root.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<Block> blocks = new ArrayList<>();
        List<String> comment = List.of();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.startsWith("<!--")) {
                int start = i;
                while (!lines.get(i).contains("-->")) {
                    i++;
                }
                comment = lines.subList(start, i + 1);
            } else if (line.startsWith(FENCE)) {
                int start = i;
                do {
                    i++;
                } while (!lines.get(i).equals(FENCE));
                blocks.add(of(
                        file, start + 1, line.substring(FENCE.length()).strip(), comment, lines.subList(start + 1, i)));
                comment = List.of();
            } else if (!line.isBlank()) {
                comment = List.of();
            }
        }
        return blocks;
    }

    private static Block of(Path file, int line, String language, List<String> comment, List<String> text) {
        List<String> inner = String.join("\n", comment)
                .replace("<!--", "")
                .replace("-->", "")
                .lines()
                .toList();
        List<String> marks = Stream.of(
                        (inner.isEmpty() ? "" : inner.get(0)).strip().split(" "))
                .filter(mark -> !mark.isEmpty())
                .toList();
        if (!MARKS.containsAll(marks)) {
            throw new AssertionError(
                    "%s:%d: a mark of a block is one of %s, got %s".formatted(file, line, MARKS, marks));
        }
        String hidden = String.join("\n", inner.isEmpty() ? inner : inner.subList(1, inner.size()));
        return new Block(file, line, language, Set.copyOf(marks), hidden, String.join("\n", text));
    }

    boolean isJava() {
        return language.equals("java");
    }

    boolean is(String mark) {
        return marks.contains(mark);
    }

    @Override
    public String toString() {
        return file + ":" + line;
    }
}
