package io.kiln.jaxexport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.kiln.core.DType;
import io.kiln.core.ShapedArray;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Artifacts of JAX are read as JAX wrote them; anything else is an error that names the file. */
@Timeout(60)
final class TestExportedFunction {
    private static List<String> texts(List<ExportedArray> arrays) {
        return arrays.stream().map(ExportedArray::toString).toList();
    }

    private static void refused(ThrowingCallable call, String... parts) {
        assertThatExceptionOfType(KilnException.class)
                .isThrownBy(call)
                .satisfies(e -> assertThat(e.category()).isEqualTo(ErrorCategory.USER))
                .satisfies(e -> assertThat(e.getMessage()).contains(parts).contains("\nfix: "));
    }

    @Test
    void positionalArgumentsAreCalledAsInTheSource() {
        ExportedFunction affine = Artifacts.read("affine");
        assertThat(affine.name()).isEqualTo("affine");
        assertThat(texts(affine.inputs())).containsExactly("x f32[8,4]", "w f32[8,4]");
        assertThat(texts(affine.outputs())).containsExactly("output0 f32[8,4]");
        assertThat(affine.platforms()).containsExactly("cpu");
        assertThat(affine.devices()).isEqualTo(1);
        assertThat(affine.callingConvention()).isEqualTo(10);
        assertThat(affine.batchRows()).isEqualTo(8);
        assertThat(affine.operations()).containsEntry("vhlo.add_v1", 1).containsEntry("vhlo.func_v1", 1);
        assertThat(affine.parameters())
                .isEqualTo(List.of(ShapedArray.of(DType.F32, 8, 4), ShapedArray.of(DType.F32, 8, 4)));
    }

    @Test
    void keysOfDictionariesAndKeywordsAreNames() {
        ExportedFunction nested = Artifacts.read("nested");
        assertThat(texts(nested.inputs()))
                .containsExactly("age f32[8]", "pair_0 f32[8]", "pair_1 f32[8]", "scale f32[8]", "offset f32[8]");
        assertThat(texts(nested.outputs())).containsExactly("parts_0 f32[8]", "parts_2_0 f32[8]", "sum f32[8]");
    }

    @Test
    void inputsThatNoResultDependsOnAreKnownAndNotTaken() {
        ExportedFunction unused = Artifacts.read("unused");
        assertThat(texts(unused.inputs())).containsExactly("a f32[8]", "input1 i8[8]", "c f32[8]");
        assertThat(unused.kept()).containsExactly(0, 2);
        assertThat(unused.parameters()).hasSize(2);
    }

    @Test
    void aFunctionOfSeveralPlatformsTakesThePlatformsPosition() {
        ExportedFunction both = Artifacts.read("platforms");
        assertThat(both.platforms()).containsExactly("cuda", "cpu");
        assertThat(both.platformIndex()).contains(DType.I32);
        assertThat(both.parameters()).first().isEqualTo(ShapedArray.of(DType.I32));
        assertThat(Artifacts.read("wide").platformIndex()).contains(DType.I64);
        assertThat(Artifacts.read("affine").platformIndex()).isEmpty();
        assertThatCode(() -> both.requireRunnable("cpu")).doesNotThrowAnyException();
    }

    @Test
    void typesAreRead() {
        assertThat(texts(Artifacts.read("rank3").inputs())).containsExactly("images bf16[8,2,3]");
        assertThat(texts(Artifacts.read("rank3").outputs())).containsExactly("output0 bf16[8]", "output1 bool[8,2,3]");
        assertThat(texts(Artifacts.read("wide").inputs())).containsExactly("x f64[8]", "n i64[8]");
    }

    @Test
    void whatCannotRunIsRefusedWithWhatToChange() {
        refused(
                () -> Artifacts.read("cuda").requireRunnable("cpu"),
                "cuda.jaxexport",
                "exported for cpu",
                "for cuda",
                "platforms=(\"cuda\", \"cpu\")");
        refused(() -> Artifacts.read("devices").requireRunnable("cpu"), "devices.jaxexport", "for 2 devices");
        refused(() -> Artifacts.read("symbolic").requireRunnable("cpu"), "f32[b,4]", "symbolic dimension b");
        refused(() -> Artifacts.read("float8").requireRunnable("cpu"), "x f8_e4m3fn[8]", "astype");
        refused(() -> Artifacts.read("cholesky").requireRunnable("cpu"), "custom_call lapack_spotrf_ffi (cholesky)");
        assertThat(Artifacts.read("erf").composites()).containsExactly("chlo.erf");
    }

    @ParameterizedTest
    @ValueSource(strings = {"mean", "row"})
    void aFunctionThatIsNotOneOfABatchIsRefusedForScoring(String name) {
        refused(() -> Artifacts.read(name).batchRows(), name + ".jaxexport", "first dimension", "jax.vmap");
    }

    @Test
    void otherFilesAreNamed() {
        refused(() -> ExportedFunction.read("m", new byte[0]), "reading m", "an empty file");
        refused(() -> ExportedFunction.read("m", new byte[] {(byte) 0x80, 4, 1, 2}), "a Python pickle");
        refused(() -> ExportedFunction.read("m", "module {}".getBytes(StandardCharsets.UTF_8)), "MLIR text");
        refused(() -> ExportedFunction.read("m", Artifacts.read("affine").module()), "MLIR bytecode without");
        refused(() -> ExportedFunction.read("m", new byte[] {1, 2, 3}), "a file of 3 bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"affine", "nested", "platforms"})
    void everyTruncationIsRefused(String name) {
        byte[] whole = Artifacts.bytes(name);
        // The last text is padded to a multiple of four bytes and ends with a zero that is not part of it.
        for (int length = 0; length < whole.length - 4; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatExceptionOfType(KilnException.class)
                    .as("%d of %d bytes", length, whole.length)
                    .isThrownBy(() -> ExportedFunction.read(name, cut).requireRunnable("cpu"))
                    .satisfies(e -> assertThat(e.category()).isEqualTo(ErrorCategory.USER));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nested", "erf", "devices"})
    void damagedBytesAreReadOrRefusedAndNothingElse(String name) {
        byte[] whole = Artifacts.bytes(name);
        Random random = new Random(7);
        int refused = 0;
        for (int round = 0; round < 4_000; round++) {
            byte[] damaged = whole.clone();
            for (int i = 0; i <= round % 4; i++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            try {
                ExportedFunction read = ExportedFunction.read(name, damaged);
                read.requireRunnable("cpu");
                read.batchRows();
            } catch (KilnException e) {
                assertThat(e.category()).isEqualTo(ErrorCategory.USER);
                assertThat(e.getMessage()).contains(name);
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }

    @Test
    void aTableThatIsItsOwnChildIsRefused() {
        byte[] whole = Artifacts.bytes("nested");
        // Every aligned word is pointed at every table that lies before or behind: some make cycles, none may run
        // forever.
        for (int at = 0; at + 4 <= whole.length; at += 4) {
            byte[] damaged = whole.clone();
            damaged[at] = (byte) 0xfc;
            damaged[at + 1] = (byte) 0xff;
            damaged[at + 2] = (byte) 0xff;
            damaged[at + 3] = (byte) 0xff;
            try {
                ExportedFunction.read("m", damaged);
            } catch (KilnException e) {
                assertThat(e.category()).isEqualTo(ErrorCategory.USER);
            }
        }
    }
}
