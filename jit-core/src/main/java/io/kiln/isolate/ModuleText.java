package io.kiln.isolate;

import io.kiln.error.KilnException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The targets of the custom calls of a module as MLIR text. It reads tokens, not the grammar, and errs on the safe side: every place where a target
 * can be written has to name it as a literal.
 */
final class ModuleText {
    /** What the names of all operations contain that call functions of the plugin's process. */
    static final String CUSTOM_CALL = "custom_call";

    private static final String TARGET = "call_target_name";
    private static final String VHLO_STRING = "vhlo.string_v1";

    /** Bytes as characters of ISO 8859-1: positions are bytes, and MLIR's syntax is ASCII. */
    private final String text;

    private final String name;
    private int at;

    private enum Kind {
        NAME,
        STRING,
        SYMBOL,
        VALUE,
        ATTRIBUTE,
        OTHER,
        END
    }

    private record Token(Kind kind, String text) {}

    private ModuleText(String name, String text) {
        this.name = name;
        this.text = text;
    }

    /**
     * The targets, in the order of the text.
     *
     * @param text the bytes as ISO 8859-1
     * @throws KilnException USER when a target is not written as a literal, or a string does not end
     */
    static List<String> customCalls(String name, String text) {
        return new ModuleText(name, text).targets();
    }

    private List<String> targets() {
        List<String> targets = new ArrayList<>();
        Token token = next();
        while (token.kind() != Kind.END) {
            Token following = next();
            boolean word = token.kind() == Kind.NAME || token.kind() == Kind.STRING;
            boolean key = following.kind() == Kind.OTHER && following.text().equals("=");
            // a name may have the end of a number before it, which MLIR takes as a token of its own
            if (word && token.text().endsWith(TARGET) && (key || token.kind() == Kind.NAME)) {
                require(key, following);
                targets.add(literal());
                following = next();
            } else if (token.kind() == Kind.NAME && token.text().contains(CUSTOM_CALL)) {
                // the pretty form; the generic form is a string and has its target under its key
                require(following.kind() == Kind.SYMBOL, following);
                targets.add(following.text());
                following = next();
            }
            token = following;
        }
        return targets;
    }

    private String literal() {
        Token value = next();
        if (value.kind() == Kind.ATTRIBUTE && value.text().equals(VHLO_STRING)) {
            Token open = next();
            require(open.text().equals("<"), open);
            value = next();
        }
        require(value.kind() == Kind.STRING, value);
        return value.text();
    }

    private void require(boolean holds, Token got) {
        if (!holds) {
            throw KilnException.user(
                    "importing %s: the target of a custom call has to be a literal, got %s"
                            .formatted(name, got.kind() == Kind.END ? "the end" : LastWords.printable(got.text())),
                    "write the target as call_target_name = \"...\" or as @name");
        }
    }

    private Token next() {
        skip();
        if (at >= text.length()) {
            return new Token(Kind.END, "");
        }
        char c = text.charAt(at);
        if (c == '"') {
            return new Token(Kind.STRING, string());
        }
        if (isStart(c)) {
            return new Token(Kind.NAME, word());
        }
        at++;
        return switch (c) {
            case '@' -> new Token(Kind.SYMBOL, at < text.length() && text.charAt(at) == '"' ? string() : word());
            case '%', '^' -> new Token(Kind.VALUE, suffix());
            case '#', '!' -> new Token(Kind.ATTRIBUTE, suffix());
            default -> new Token(Kind.OTHER, String.valueOf(c));
        };
    }

    private void skip() {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '/' && text.startsWith("//", at)) {
                // MLIR ends a comment at either end of line
                while (at < text.length() && text.charAt(at) != '\n' && text.charAt(at) != '\r') {
                    at++;
                }
            } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 0) {
                at++;
            } else {
                return;
            }
        }
    }

    private static boolean isStart(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    }

    private static boolean isPart(char c) {
        return isStart(c) || isDigit(c) || c == '$' || c == '.';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    /** What follows a sigil: digits, or a name that may have minus signs. After digits the next token begins, also without a space. */
    private String suffix() {
        int start = at;
        boolean number = at < text.length() && isDigit(text.charAt(at));
        while (at < text.length()
                && (number ? isDigit(text.charAt(at)) : isPart(text.charAt(at)) || text.charAt(at) == '-')) {
            at++;
        }
        return text.substring(start, at);
    }

    private String word() {
        int start = at;
        while (at < text.length() && isPart(text.charAt(at))) {
            at++;
        }
        return text.substring(start, at);
    }

    /** A string without its quotes, escapes resolved: {@code \"}, {@code \\}, {@code \n}, {@code \t}, or two hexadecimal digits. */
    private String string() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        at++;
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == '"') {
                return out.toString(StandardCharsets.UTF_8);
            }
            if (c != '\\') {
                out.write(c);
                continue;
            }
            char escaped = at < text.length() ? text.charAt(at++) : 0;
            int digit = Character.digit(escaped, 16);
            int second = at < text.length() ? Character.digit(text.charAt(at), 16) : -1;
            if (escaped == 'n') {
                out.write('\n');
            } else if (escaped == 't') {
                out.write('\t');
            } else if (digit >= 0 && second >= 0) {
                out.write(digit << 4 | second);
                at++;
            } else {
                out.write(escaped);
            }
        }
        throw KilnException.user(
                "importing %s: StableHLO text is required, got a string that does not end".formatted(name),
                "check the file: it is cut off or no MLIR text");
    }
}
