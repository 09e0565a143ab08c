package io.kiln.core;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Where each field of a program's binary form is: docs/program-format.md walked a second time, without the reader. */
final class ProgramFields {
    /** What a field holds. */
    enum Kind {
        COUNT,
        INT,
        INDEX,
        TAG,
        TEXT,
        BITS
    }

    /** A field of the body: its first byte in the file and its length. */
    record Field(Kind kind, int at, int length) {}

    private final ByteBuffer in;
    private final List<Field> fields = new ArrayList<>();

    private ProgramFields(byte[] file) {
        this.in = ByteBuffer.wrap(file);
        in.position(16);
    }

    /** The fields of a well-formed file, in order. */
    static List<Field> of(byte[] file) {
        ProgramFields walk = new ProgramFields(file);
        walk.program();
        if (walk.in.remaining() != 32) {
            throw new AssertionError("the fields end " + walk.in.remaining() + " bytes before the end");
        }
        return walk.fields;
    }

    private void program() {
        types();
        for (int n = integer(Kind.COUNT); n > 0; n--) {
            text();
            for (int k = integer(Kind.COUNT); k > 0; k--) {
                parameter();
            }
            atoms();
            types();
        }
        atoms();
    }

    private void parameter() {
        byte tag = tag();
        text();
        switch (tag) {
            case 'i' -> integer(Kind.INT);
            case 'l' -> integers();
            case 'w' -> text();
            case 'p' -> {
                for (int n = integer(Kind.COUNT); n > 0; n--) {
                    program();
                }
            }
            default -> throw new AssertionError("parameter " + tag);
        }
    }

    private void types() {
        for (int n = integer(Kind.COUNT); n > 0; n--) {
            text();
            integers();
        }
    }

    private void integers() {
        for (int n = integer(Kind.COUNT); n > 0; n--) {
            integer(Kind.INT);
        }
    }

    private void atoms() {
        for (int n = integer(Kind.COUNT); n > 0; n--) {
            switch (tag()) {
                case 'v' -> integer(Kind.INDEX);
                case 'c' -> {
                    boolean complex = text().startsWith("c");
                    bits();
                    if (complex) {
                        bits();
                    }
                }
                default -> throw new AssertionError("operand");
            }
        }
    }

    private int integer(Kind kind) {
        fields.add(new Field(kind, in.position(), Integer.BYTES));
        return in.getInt();
    }

    private byte tag() {
        fields.add(new Field(Kind.TAG, in.position(), 1));
        return in.get();
    }

    private void bits() {
        fields.add(new Field(Kind.BITS, in.position(), Long.BYTES));
        in.getLong();
    }

    private String text() {
        int at = in.position();
        byte[] utf = new byte[Short.toUnsignedInt(in.getShort())];
        in.get(utf);
        fields.add(new Field(Kind.TEXT, at, Short.BYTES + utf.length));
        return new String(utf, StandardCharsets.UTF_8);
    }
}
