package io.kiln.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Damaged, forged and foreign bytes: each is the one error, or a program in its canonical form. */
@Timeout(120)
class TestProgramFormat {
    private static final int HEADER = 16;
    private static final int DIGEST = 32;
    private static final int MUTATIONS = 400;
    private static final int[] ABSURD = {
        -1, 0, 1, 2, 3, 63, 64, 65, 255, 0x10000, 0x1000000, 0x40000000, Integer.MAX_VALUE, Integer.MIN_VALUE
    };
    private static final long[] WORDS = {
        0,
        1,
        -1,
        0x7FC0_0000L,
        0x7FF8_0000_0000_0000L,
        0x7FF0_0000_0000_0001L,
        0xFFFF_FFFF_FFC0_0001L,
        Long.MIN_VALUE,
        Long.MAX_VALUE
    };

    private static Map<String, Program> wholes() {
        return GoldenPrograms.wholes();
    }

    /** The bytes with their digest made right again. */
    private static byte[] sealed(byte[] body) {
        try {
            return ByteBuffer.allocate(HEADER + body.length + DIGEST)
                    .put(ProgramFormat.write(new Program(List.of(), List.of(), List.of())), 0, 12)
                    .putInt(body.length)
                    .put(body)
                    .put(MessageDigest.getInstance("SHA-256").digest(body))
                    .array();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] body(byte[] file) {
        return Arrays.copyOfRange(file, HEADER, file.length - DIGEST);
    }

    /** The error that these bytes are, or null where they are a program; nothing else may happen. */
    private static KilnException read(byte[] bytes) {
        Program program;
        try {
            program = ProgramFormat.read(bytes);
        } catch (KilnException e) {
            assertThat(e.category()).isEqualTo(ErrorCategory.USER);
            assertThat(e.problem()).startsWith("reading a program: ");
            return e;
        }
        ProgramChecker.check(program);
        assertThat(ProgramFormat.write(program)).isEqualTo(bytes);
        return null;
    }

    /** The example of docs/program-format.md. */
    @Test
    void theLayoutIsThatOfTheDocument() {
        String types = "00000001" + "0003663332" + "00000000";
        String hex = types + "00000001" + "000373696e" + "00000000" + "00000001" + "76" + "00000000" + types
                + "00000001" + "76" + "00000001";
        assertThat(HexFormat.of().formatHex(body(ProgramFormat.write(nested(0)))))
                .isEqualTo(hex);
        assertThat(hex).hasSize(2 * 57);
    }

    @Test
    void everyFlippedBitIsAnError() {
        for (Program program : wholes().values()) {
            byte[] good = ProgramFormat.write(program);
            for (int bit = 0; bit < 8 * good.length; bit++) {
                byte[] bad = good.clone();
                bad[bit / 8] ^= (byte) (1 << bit % 8);
                assertThat(read(bad)).as("bit %d", bit).isNotNull();
            }
        }
    }

    @Test
    void everyCutAndEveryAdditionIsAnError() {
        for (Program program : wholes().values()) {
            byte[] good = ProgramFormat.write(program);
            for (int length = 0; length < good.length; length++) {
                assertThat(read(Arrays.copyOf(good, length)))
                        .as("%d bytes", length)
                        .isNotNull();
            }
            for (int more : new int[] {1, 4, 32, 1000}) {
                assertThat(read(Arrays.copyOf(good, good.length + more))).isNotNull();
            }
        }
    }

    /** The digest keeps accidents out; this is what keeps a forged file out. */
    @Test
    void aForgedBodyIsAnErrorOrAProgram() {
        List<byte[]> files = new ArrayList<>();
        wholes().values().forEach(p -> files.add(ProgramFormat.write(p)));
        PrimitiveCases.all().forEach(c -> files.add(ProgramFormat.write(c.program())));
        long first = Long.getLong("kiln.seed", 1);
        int refused = 0;
        int taken = 0;
        int budget = MUTATIONS * GoldenPrograms.wholes().size() + 20 * files.size();
        for (int i = 0; i < budget; i++) {
            Random random = new Random(first + i);
            byte[] file = files.get(random.nextInt(files.size()));
            byte[] body = body(file);
            for (int n = 1 + random.nextInt(3); n > 0; n--) {
                body = mutated(random, file, body, files);
            }
            try {
                boolean error = read(sealed(body)) != null;
                refused += error ? 1 : 0;
                taken += error ? 0 : 1;
            } catch (RuntimeException | Error e) {
                throw new AssertionError("-Dkiln.seed=" + (first + i) + " reproduces this", e);
            }
        }
        assertThat(refused).isPositive();
        assertThat(taken).isPositive();
    }

    private static byte[] mutated(Random random, byte[] file, byte[] body, List<byte[]> files) {
        byte[] out = body.clone();
        List<ProgramFields.Field> fields = new ArrayList<>(ProgramFields.of(file));
        // A body that changed its length has its fields elsewhere: then any position will do.
        fields.removeIf(f -> f.at() - HEADER + f.length() > out.length);
        if (fields.isEmpty()) {
            return out;
        }
        ProgramFields.Field field = fields.get(random.nextInt(fields.size()));
        int at = field.at() - HEADER;
        switch (random.nextInt(8)) {
            case 0 -> out[random.nextInt(out.length)] = (byte) random.nextInt(256);
            case 1 -> out[random.nextInt(out.length)] ^= (byte) (1 << random.nextInt(8));
            case 2 -> {
                return spliced(out, random.nextInt(out.length), random.nextInt(1 + out.length / 4), new byte[0]);
            }
            case 3 -> {
                byte[] other = body(files.get(random.nextInt(files.size())));
                int from = random.nextInt(other.length);
                int to = Math.min(other.length, from + random.nextInt(64));
                return spliced(out, at, random.nextBoolean() ? field.length() : 0, Arrays.copyOfRange(other, from, to));
            }
            case 4 -> {
                List<ProgramFields.Field> same =
                        fields.stream().filter(f -> f.kind() == field.kind()).toList();
                ProgramFields.Field other = same.get(random.nextInt(same.size()));
                byte[] bytes = Arrays.copyOfRange(out, other.at() - HEADER, other.at() - HEADER + other.length());
                return spliced(out, at, field.length(), bytes);
            }
            default -> {
                switch (field.kind()) {
                    case COUNT, INT, INDEX ->
                        ByteBuffer.wrap(out)
                                .putInt(
                                        at,
                                        random.nextBoolean()
                                                ? ABSURD[random.nextInt(ABSURD.length)]
                                                : ByteBuffer.wrap(out).getInt(at) + random.nextInt(5) - 2);
                    case BITS -> ByteBuffer.wrap(out).putLong(at, WORDS[random.nextInt(WORDS.length)]);
                    case TAG -> out[at] = (byte) "ilwpvc?".charAt(random.nextInt(7));
                    case TEXT -> out[at + random.nextInt(field.length())] ^= (byte) (1 << random.nextInt(8));
                }
            }
        }
        return out;
    }

    private static byte[] spliced(byte[] bytes, int at, int removed, byte[] added) {
        int end = Math.min(bytes.length, at + removed);
        return ByteBuffer.allocate(at + added.length + bytes.length - end)
                .put(bytes, 0, at)
                .put(added)
                .put(bytes, end, bytes.length - end)
                .array();
    }

    private static Program nested(int depth) {
        Program program = Replay.program(in -> List.of(in.get(0).sin()), List.of(ShapedArray.of(DType.F32)));
        for (int i = 0; i < depth; i++) {
            Program inner = program;
            program = Replay.program(in -> Trace.bind(new Call("f", inner), in), inner.inputs());
        }
        return program;
    }

    @Test
    void programsAreNestedToALimitInBothDirections() {
        assertThat(read(ProgramFormat.write(nested(64)))).isNull();
        assertThat(catchThrowableOfType(KilnException.class, () -> ProgramFormat.write(nested(65))))
                .hasMessage("writing a program: at most 64 programs may be nested, got more\nfix: call functions one"
                        + " after the other instead of one inside the other, or inline some of them");
        // What the writer refuses, put together by hand: a call around the body of 64 calls.
        byte[] deep = body(ProgramFormat.write(nested(64)));
        byte[] shell = body(ProgramFormat.write(nested(1)));
        byte[] leaf = body(ProgramFormat.write(nested(0)));
        int at = Collections.indexOfSubList(boxed(shell), boxed(leaf));
        assertThat(read(sealed(spliced(shell, at, leaf.length, deep)))).hasMessageContaining("at most 64 programs");
    }

    private static List<Byte> boxed(byte[] bytes) {
        List<Byte> out = new ArrayList<>();
        for (byte b : bytes) {
            out.add(b);
        }
        return out;
    }

    @Test
    void aNewerVersionSaysToUpgrade() {
        byte[] file = ProgramFormat.write(nested(0));
        ByteBuffer.wrap(file).putInt(8, ProgramFormat.VERSION + 1);
        assertThat(read(file)).hasMessage("""
            reading a program: it has format version 2, and this Kiln reads 1 to 1
            fix: upgrade Kiln to the version that wrote it, or write it again with this one; docs/program-format.md#versions\
            """);
        ByteBuffer.wrap(file).putInt(8, 0);
        assertThat(read(file)).hasMessageContaining("it has format version 0, and the first is 1");
    }

    @Test
    void anUnknownPrimitiveSaysToUpgrade() {
        byte[] body = body(ProgramFormat.write(nested(0)));
        int at = Collections.indexOfSubList(boxed(body), boxed("sin".getBytes(StandardCharsets.UTF_8)));
        body[at] = 'z';
        assertThat(read(sealed(body))).hasMessage("""
            reading a program: the primitive zin is not known to this Kiln
            fix: upgrade Kiln to the version that wrote it, or write it again with this one; docs/program-format.md#versions\
            """);
    }

    @Test
    void anUnknownParameterSaysToUpgrade() {
        byte[] body = body(ProgramFormat.write(nested(0)));
        int sin = Collections.indexOfSubList(boxed(body), boxed("sin".getBytes(StandardCharsets.UTF_8)));
        // One parameter, an integer "fast" of 1.
        byte[] added = {0, 0, 0, 1, 'i', 0, 4, 'f', 'a', 's', 't', 0, 0, 0, 1};
        assertThat(read(sealed(spliced(body, sin + 3, 4, added)))).hasMessage("""
            reading a program: this Kiln's sin has parameters [], not [fast]
            fix: upgrade Kiln to the version that wrote it, or write it again with this one; docs/program-format.md#versions\
            """);
    }

    @Test
    void aSecondSpellingOfATextIsAnError() {
        byte[] body = body(ProgramFormat.write(nested(0)));
        int sin = Collections.indexOfSubList(boxed(body), boxed("sin".getBytes(StandardCharsets.UTF_8)));
        // 's' in two bytes, which a lenient reader of modified UTF-8 takes.
        byte[] two = {0, 4, (byte) 0xC1, (byte) 0xB3, 'i', 'n'};
        assertThat(read(sealed(spliced(body, sin - 2, 5, two)))).hasMessageContaining("it is not in canonical form");
    }
}
