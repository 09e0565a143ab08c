package io.kiln.isolate;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/** Main classes of children that do not keep the protocol: each greets as it has to and then answers one request. */
final class ForgedChildren {
    private ForgedChildren() {}

    private static DataOutputStream greet() throws IOException {
        DataOutputStream out = new DataOutputStream(System.out);
        Frame.write(out, CompileAnswer.text(0, CompileAnswer.Kind.READY, "").bytes());
        Frame.read(new DataInputStream(System.in), Integer.MAX_VALUE);
        return out;
    }

    /** Claims an answer of 1 GiB and sends zeros for ever. */
    static final class Endless {
        public static void main(String[] arguments) throws IOException {
            DataOutputStream out = greet();
            out.writeInt(1 << 30);
            while (!System.out.checkError()) {
                out.write(new byte[4096]);
            }
        }
    }

    /** Claims a negative length. */
    static final class Negative {
        public static void main(String[] arguments) throws IOException {
            greet().writeInt(-1);
            System.in.read();
        }
    }

    /** Answers a request that nobody made. */
    static final class WrongNumber {
        public static void main(String[] arguments) throws IOException {
            Frame.write(greet(), new CompileAnswer(7, CompileAnswer.Kind.COMPILED, new byte[3]).bytes());
            System.in.read();
        }
    }

    /** Answers with a kind that is none. */
    static final class UnknownKind {
        public static void main(String[] arguments) throws IOException {
            Frame.write(greet(), new byte[] {0, 0, 0, 0, 0, 0, 0, 1, 99});
            System.in.read();
        }
    }

    /** Says nothing, but very much of it to its standard error, with what a terminal would obey. */
    static final class Babbler {
        public static void main(String[] arguments) throws IOException {
            greet();
            while (!System.err.checkError()) {
                System.err.print("\u001b[31mbabble ");
            }
        }
    }

    /** Prints text where frames have to be, as a plugin might. */
    static final class Printer {
        public static void main(String[] arguments) throws IOException {
            System.out.println("Hello from a plugin");
            System.out.flush();
            System.in.read();
        }
    }
}
