package io.kiln.docs;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.SourceCodeAnalysis;

/** Java as documents have it, divided into whole imports, members and statements by the parser of JShell. */
final class Snippets {
    /** Where a piece of code goes in a class. */
    enum Place {
        IMPORT,
        MEMBER,
        STATEMENT
    }

    /**
     * One piece.
     *
     * @param line the line of the divided text that it begins in, from 0
     */
    record Piece(Place place, String source, int line) {}

    /** It is asked about text and runs nothing; the local engine starts no process. */
    private static final SourceCodeAnalysis ANALYSIS =
            JShell.builder().executionEngine("local").build().sourceCodeAnalysis();

    /** Space and comments before a piece. */
    private static final Pattern COMMENTS = Pattern.compile("(?s)^(\\s|//[^\n]*|/\\*.*?\\*/)*");

    private Snippets() {}

    /** The pieces of {@code text} in order; an error where it is no Java. */
    static List<Piece> of(String text) {
        List<Piece> pieces = new ArrayList<>();
        String rest = text;
        int line = 0;
        while (!rest.isBlank()) {
            SourceCodeAnalysis.CompletionInfo next = ANALYSIS.analyzeCompletion(rest);
            switch (next.completeness()) {
                case COMPLETE, COMPLETE_WITH_SEMI, CONSIDERED_INCOMPLETE -> {
                    pieces.add(new Piece(place(next.source()), next.source(), line));
                    String left = next.remaining();
                    line += (int) rest.substring(0, rest.length() - left.length())
                            .chars()
                            .filter(c -> c == '\n')
                            .count();
                    rest = left;
                }
                case EMPTY -> rest = ""; // comments
                case DEFINITELY_INCOMPLETE, UNKNOWN ->
                    throw new AssertionError("this is no Java that is complete:\n" + rest);
            }
        }
        return pieces;
    }

    private static Place place(String source) {
        Snippet snippet = ANALYSIS.sourceToSnippets(source).get(0);
        return switch (snippet.kind()) {
            case IMPORT -> Place.IMPORT;
            case TYPE_DECL, METHOD -> Place.MEMBER;
            case VAR ->
                COMMENTS.matcher(source).replaceFirst("").startsWith("static ") ? Place.MEMBER : Place.STATEMENT;
            // The type of a var of a class that JShell does not know is an error of JShell's; others are the compiler's
            // to find.
            case EXPRESSION, STATEMENT, ERRONEOUS -> Place.STATEMENT;
        };
    }
}
