package io.kiln.core;

import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The binary form of a program: {@code KILNPROG}, the version, the length of the body, the body, its SHA-256. It is
 * canonical: equal programs have equal bytes, a program is read from these bytes only, and every change of a byte is one
 * error. Variables are numbered by their order of definition, so they are not written; primitives are written by mnemonic
 * and parameters. The layout and what later versions may change: docs/program-format.md.
 */
public final class ProgramFormat {
    /** The version that is written. All versions from 1 to this one are read. */
    public static final int VERSION = 1;

    private static final byte[] MAGIC = "KILNPROG".getBytes(StandardCharsets.US_ASCII);
    private static final int HEADER = MAGIC.length + 2 * Integer.BYTES;
    private static final int DIGEST = 32;
    private static final int MAX_DEPTH = 64;

    private ProgramFormat() {}

    /** The bytes of {@code program}; equal programs have equal bytes. */
    public static byte[] write(Program program) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            write(new DataOutputStream(bytes), program, 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        byte[] body = bytes.toByteArray();
        return ByteBuffer.allocate(HEADER + body.length + DIGEST)
                .put(MAGIC)
                .putInt(VERSION)
                .putInt(body.length)
                .put(body)
                .put(sha256(body))
                .array();
    }

    /** The program of {@code bytes}, checked; any damage is one {@link KilnException}. */
    public static Program read(byte[] bytes) {
        if (bytes.length < HEADER + DIGEST || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw TraceErrors.format("it does not start as a Kiln program does, or is cut off");
        }
        ByteBuffer header = ByteBuffer.wrap(bytes, MAGIC.length, 2 * Integer.BYTES);
        int version = header.getInt();
        if (version < 1) {
            throw TraceErrors.format("it has format version %d, and the first is 1".formatted(version));
        }
        if (version > VERSION) {
            throw TraceErrors.newerFormat(
                    "it has format version %d, and this Kiln reads 1 to %d".formatted(version, VERSION));
        }
        if (header.getInt() != bytes.length - HEADER - DIGEST) {
            throw TraceErrors.format("it is cut off or has bytes after its end");
        }
        byte[] body = Arrays.copyOfRange(bytes, HEADER, bytes.length - DIGEST);
        byte[] digest = Arrays.copyOfRange(bytes, bytes.length - DIGEST, bytes.length);
        if (!MessageDigest.isEqual(sha256(body), digest)) {
            throw TraceErrors.format("its bytes do not match its SHA-256");
        }
        try {
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(body));
            Program program = new Reader(in).program(0);
            if (in.available() > 0) {
                throw TraceErrors.format("it has bytes after its end");
            }
            ProgramChecker.check(program);
            if (!Arrays.equals(write(program), bytes)) {
                throw TraceErrors.format("it is not in canonical form");
            }
            return program;
        } catch (KilnException e) {
            throw e.category() == ErrorCategory.USER && e.problem().startsWith("reading a program")
                    ? e
                    : TraceErrors.format("it is not well formed: " + e.problem());
        } catch (IOException | RuntimeException e) {
            throw TraceErrors.format("it is not well formed: " + e);
        }
    }

    private static byte[] sha256(byte[] body) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(body);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void write(DataOutputStream out, Program given, int depth) throws IOException {
        requireDepth("writing", depth);
        Program program = Trace.renumber(given);
        writeTypes(out, program.inputs());
        out.writeInt(program.equations().size());
        for (Equation eqn : program.equations()) {
            out.writeUTF(eqn.primitive().mnemonic());
            List<Param> params = eqn.primitive().params();
            out.writeInt(params.size());
            for (Param param : params) {
                write(out, param, depth);
            }
            write(out, eqn.ins());
            writeTypes(out, eqn.outputs());
        }
        write(out, program.results());
    }

    private static void requireDepth(String doing, int depth) {
        if (depth > MAX_DEPTH) {
            throw KilnException.user(
                    doing + " a program: at most " + MAX_DEPTH + " programs may be nested, got more",
                    "call functions one after the other instead of one inside the other, or inline some of them");
        }
    }

    private static void write(DataOutputStream out, Param param, int depth) throws IOException {
        switch (param) {
            case Param.Int(String name, int value) -> {
                start(out, 'i', name);
                out.writeInt(value);
            }
            case Param.Ints(String name, List<Integer> values) -> {
                start(out, 'l', name);
                writeInts(out, values);
            }
            case Param.Word(String name, String value) -> {
                start(out, 'w', name);
                out.writeUTF(value);
            }
            case Param.Programs(String name, List<Program> values) -> {
                start(out, 'p', name);
                out.writeInt(values.size());
                for (Program inner : values) {
                    write(out, inner, depth + 1);
                }
            }
        }
    }

    private static void start(DataOutputStream out, char kind, String name) throws IOException {
        out.writeByte(kind);
        out.writeUTF(name);
    }

    private static void write(DataOutputStream out, List<Atom> atoms) throws IOException {
        out.writeInt(atoms.size());
        for (Atom atom : atoms) {
            switch (atom) {
                case Atom.Var v -> {
                    out.writeByte('v');
                    out.writeInt(v.id());
                }
                case Atom.Literal literal -> {
                    out.writeByte('c');
                    out.writeUTF(literal.dtype().toString());
                    out.writeLong(literal.bits());
                    if (literal.dtype().isComplex()) {
                        out.writeLong(literal.imaginary());
                    }
                }
            }
        }
    }

    private static void writeTypes(DataOutputStream out, List<ShapedArray> types) throws IOException {
        out.writeInt(types.size());
        for (ShapedArray type : types) {
            out.writeUTF(type.dtype().toString());
            writeInts(out, type.shape());
        }
    }

    private static void writeInts(DataOutputStream out, List<Integer> values) throws IOException {
        out.writeInt(values.size());
        for (int value : values) {
            out.writeInt(value);
        }
    }

    /** A reader that believes no count: each is checked against the bytes that are left. */
    private record Reader(DataInputStream in) {
        Program program(int depth) throws IOException {
            requireDepth("reading", depth);
            List<Atom.Var> vars = new ArrayList<>();
            List<Atom.Var> params = define(vars);
            List<Equation> equations = new ArrayList<>();
            int count = count();
            for (int i = 0; i < count; i++) {
                String mnemonic = in.readUTF();
                List<Param> list = new ArrayList<>();
                int size = count();
                for (int k = 0; k < size; k++) {
                    list.add(param(depth));
                }
                List<Atom> ins = atoms(vars);
                equations.add(new Equation(PrimitiveTable.of(mnemonic, list), ins, define(vars)));
            }
            return new Program(params, equations, atoms(vars));
        }

        private int count() throws IOException {
            int n = in.readInt();
            if (n < 0 || n > in.available()) {
                throw TraceErrors.format("a count of %d is more than there are bytes".formatted(n));
            }
            return n;
        }

        private List<Atom.Var> define(List<Atom.Var> vars) throws IOException {
            List<Atom.Var> out = new ArrayList<>();
            int n = count();
            for (int i = 0; i < n; i++) {
                Atom.Var v = new Atom.Var(vars.size(), new ShapedArray(Param.dtype(in.readUTF()), ints()));
                vars.add(v);
                out.add(v);
            }
            return out;
        }

        private List<Integer> ints() throws IOException {
            List<Integer> out = new ArrayList<>();
            int n = count();
            for (int i = 0; i < n; i++) {
                out.add(in.readInt());
            }
            return out;
        }

        private List<Atom> atoms(List<Atom.Var> vars) throws IOException {
            List<Atom> out = new ArrayList<>();
            int n = count();
            for (int i = 0; i < n; i++) {
                char kind = (char) in.readByte();
                out.add(
                        switch (kind) {
                            case 'v' -> variable(vars, in.readInt());
                            case 'c' -> {
                                DType dtype = Param.dtype(in.readUTF());
                                yield new Atom.Literal(dtype, in.readLong(), dtype.isComplex() ? in.readLong() : 0);
                            }
                            default -> throw TraceErrors.format("an operand of kind " + (int) kind);
                        });
            }
            return out;
        }

        private Atom.Var variable(List<Atom.Var> vars, int index) {
            if (index < 0 || index >= vars.size()) {
                throw TraceErrors.format("variable %d is used where %d are bound".formatted(index, vars.size()));
            }
            return vars.get(index);
        }

        private Param param(int depth) throws IOException {
            char kind = (char) in.readByte();
            String name = in.readUTF();
            return switch (kind) {
                case 'i' -> new Param.Int(name, in.readInt());
                case 'l' -> new Param.Ints(name, ints());
                case 'w' -> new Param.Word(name, in.readUTF());
                case 'p' -> {
                    List<Program> programs = new ArrayList<>();
                    int n = count();
                    for (int i = 0; i < n; i++) {
                        programs.add(program(depth + 1));
                    }
                    yield new Param.Programs(name, programs);
                }
                default -> throw TraceErrors.format("a parameter of kind " + (int) kind);
            };
        }
    }
}
