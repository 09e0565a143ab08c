package io.kiln.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.oracle.Npz;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class TestRandom {
    private static final Path CASES =
            Path.of(System.getProperty("kiln.repository", "."), "..", "shared", "cases", "numerics");

    /** The known answers of the Random123 distribution (kat_vectors, threefry2x32 with 20 rounds). */
    @Test
    void theHashGivesTheKnownAnswersOfItsAuthors() {
        assertThat(hash(0, 0, 0, 0)).containsExactly(0x6b200159, 0x99ba4efe);
        assertThat(hash(-1, -1, -1, -1)).containsExactly(0x1cb996fc, 0xbb002be7);
        assertThat(hash(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3)).containsExactly(0xc4923a9c, 0x483df7a0);
    }

    private static int[] hash(int key0, int key1, int counter0, int counter1) {
        Threefry.Words out =
                Threefry.hash(Key.wrap(word(key0, key1)), new Threefry.Words(word(counter0), word(counter1)));
        return new int[] {out.high().value().toInts()[0], out.low().value().toInts()[0]};
    }

    /** The words of these bits as u32. */
    private static Tensor word(int... bits) {
        return Tensor.of(HostArray.ofLongs(ShapedArray.of(DType.U32, bits.length), i -> bits[i]));
    }

    @Test
    void aSeedIsTheTwoWordsOfTheKey() {
        assertThat(Key.of(0x1234_5678_9ABC_DEF0L).data().value().toInts()).containsExactly(0x12345678, 0x9ABCDEF0);
        assertThat(Key.of(Tensor.scalar(0x1234_5678_9ABC_DEF0L)).data().value())
                .isEqualTo(word(0x12345678, 0x9ABCDEF0).value());
        assertThat(Key.of(Tensor.scalar(-2)).data().value())
                .isEqualTo(word(0, -2).value());
    }

    @Test
    void aKeyIsTwoUnsignedWords() {
        assertThatThrownBy(() -> Key.wrap(Tensor.of(1, 2)))
                .hasMessageStartingWith("a random key must be u32[2], got i32[2]\n")
                .hasMessageEndingWith("\nfix: make it of a seed, Key.of(42), or wrap one row of Key.splitData(n);"
                        + " docs/errors.md#KILN-T004");
    }

    @Test
    void uniformsLieInTheirRangeAndFillIt() {
        float[] values =
                Random.uniformBetween(Key.of(7), DType.F32, -2, 3, 4096).toFloats();
        double sum = 0;
        for (float v : values) {
            assertThat(v).isBetween(-2f, 3f);
            sum += v;
        }
        // Standard error: 5 / sqrt(12 * 4096) = 0.0226.
        assertThat(sum / values.length).isCloseTo(0.5, within(0.09));
    }

    @Test
    void normalsHaveMeanZeroAndVarianceOne() {
        double[] values = Random.normal(Key.of(11), DType.F64, 4096).toDoubles();
        double sum = 0;
        double squares = 0;
        for (double v : values) {
            sum += v;
            squares += v * v;
        }
        assertThat(sum / values.length).isCloseTo(0, within(4.0 / 64));
        assertThat(squares / values.length).isCloseTo(1, within(4 * Math.sqrt(2) / 64));
    }

    @Test
    void splitBitsAreThoseOfJax() throws IOException {
        Case c = Case.read("random_split");
        assertThat(c.key().splitData(5).value().toInts()).containsExactly(c.ints("out0"));
        assertThat(c.key().split(5).get(3).data().value().toInts())
                .containsExactly(c.ints("out0")[6], c.ints("out0")[7]);
    }

    @Test
    void foldedBitsAreThoseOfJax() throws IOException {
        Case c = Case.read("random_fold_in");
        assertThat(c.key().foldIn(c.ints("in1")[0]).data().value().toInts()).containsExactly(c.ints("out0"));
    }

    @Test
    void bitsAreThoseOfJax() throws IOException {
        Case c = Case.read("random_bits_u32");
        assertThat(Random.bits(c.key(), DType.U32, 16).value().toInts()).containsExactly(c.ints("out0"));
        Case wide = Case.read("random_bits_u64");
        assertThat(Random.bits(wide.key(), DType.U64, 6).value().toLongs()).containsExactly(longs(wide, 6));
    }

    private static long[] longs(Case c, int n) {
        long[] all = new long[n];
        c.bytes("out0").asLongBuffer().get(all);
        return all;
    }

    @Test
    void uniformFloatsAreThoseOfJax() throws IOException {
        Case c = Case.read("random_uniform_f32");
        assertThat(bits(Random.uniform(c.key(), DType.F32, 4, 5))).containsExactly(c.ints("out0"));
    }

    private static int[] bits(Tensor floats) {
        float[] values = floats.toFloats();
        int[] out = new int[values.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = Float.floatToRawIntBits(values[i]);
        }
        return out;
    }

    @Test
    void normalsAreThoseOfJax() throws IOException {
        Case c = Case.read("random_normal_f64");
        double[] want = new double[20];
        c.bytes("out0").asDoubleBuffer().get(want);
        assertThat(Random.normal(c.key(), DType.F64, 4, 5).toDoubles()).containsExactly(want, within(1e-9));
    }

    @Test
    void theInverseErrorFunctionIsThatOfJax() throws IOException {
        Case c = Case.read("erf_inv_f32");
        float[] in = new float[20];
        float[] want = new float[20];
        c.bytes("in0").asFloatBuffer().get(in);
        c.bytes("out0").asFloatBuffer().get(want);
        assertThat(Tensor.of(HostArray.of(in)).erfInv().toFloats()).containsExactly(want, within(1e-4f));
    }

    /** One oracle case of cases/numerics. */
    private record Case(Npz arrays) {
        static Case read(String name) throws IOException {
            Path file = CASES.resolve(name + ".npz");
            assumeTrue(Files.isReadable(file), "the oracle cases are not beside the repository");
            return new Case(Npz.read(file));
        }

        ByteBuffer bytes(String name) {
            return ByteBuffer.wrap(arrays.arrays().get(name)).order(ByteOrder.LITTLE_ENDIAN);
        }

        int[] ints(String name) {
            int[] out = new int[bytes(name).capacity() / 4];
            bytes(name).asIntBuffer().get(out);
            return out;
        }

        Key key() {
            return Key.wrap(word(ints("in0")));
        }
    }
}
