package io.kiln.isolate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No custom call passes the check that the allow list does not name, however it is written. */
@Timeout(30)
final class TestImportCheck {
    private static final IsolationLimits LIMITS = IsolationLimits.standard().withCustomCalls(Set.of("Sharding"));

    private static void check(byte[] module) {
        ImportCheck.check("m", module, LIMITS);
    }

    private static void refused(byte[] module, String because) {
        assertThatExceptionOfType(KilnException.class)
                .isThrownBy(() -> check(module))
                .satisfies(e -> assertThat(e.category()).isEqualTo(ErrorCategory.USER))
                .withMessageContaining("importing m: ")
                .withMessageContaining(because)
                .withMessageContaining("\nfix: ");
    }

    @Test
    void aProgramWithoutCustomCallsPasses() {
        assertThatCode(() -> check(Modules.sines(3))).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anAllowedTargetPasses_andAnyOtherIsNamed(boolean pretty) {
        assertThatCode(() -> check(Modules.customCall("Sharding", pretty))).doesNotThrowAnyException();
        refused(Modules.customCall("evil", pretty), "custom calls of Sharding are allowed, got one of evil");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // each is MLIR for a custom call of evil
                "%0 = stablehlo.custom_call @\"evil\"(%a) : (f32) -> f32",
                "%0 = stablehlo.custom_call // @Sharding\n @evil(%a) : (f32) -> f32",
                "%0 = stablehlo.custom_call\u0000@evil(%a) : (f32) -> f32",
                "%0 = \"stablehlo.custom\\5Fcall\"(%a) {\"call\\5Ftarget\\5Fname\" = \"evil\"} : (f32) -> f32",
                "%0 = \"stablehlo.custom_call\"(%a) <{call_target_name = \"\\65vil\"}> : (f32) -> f32",
                "%0 = \"mhlo.custom_call\"(%a) {call_target_name=\"evil\"} : (f32) -> f32",
                "%0 = \"vhlo.custom_call_v1\"(%a) <{call_target_name = #vhlo.string_v1<\"evil\">}> : (f32) -> f32",
                "#p = {call_target_name = \"evil\"}\n%0 = \"stablehlo.custom_call\"(%a) <#p> : (f32) -> f32",
                "cf.br ^0stablehlo.custom_call @evil(%a) : (f32) -> f32",
                "%1 = foo %0stablehlo.custom_call @evil(%a) : (f32) -> f32",
                "#p = \"Sharding\"\n#q = {backend_config = \"call_target_name\", call_target_name = \"evil\"}"
            })
    void aTargetIsFoundInEveryWayToWriteIt(String text) {
        refused(Modules.bytes(text), "got one of evil");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "#t = \"evil\"\n%0 = \"stablehlo.custom_call\"(%a) {call_target_name = #t} : (f32) -> f32",
                "%0 = stablehlo.custom_call (%a) : (f32) -> f32",
                "%0 = \"stablehlo.custom_call\"(%a) {call_target_name}",
                "%0 = stablehlo.custom_call"
            })
    void aTargetThatIsNoLiteralIsRefused(String text) {
        refused(Modules.bytes(text), "the target of a custom call has to be a literal");
    }

    @Test
    void namesAndTextsThatSoundLikeCustomCallsPass() {
        check(Modules.bytes(
                "%custom_call_0 = call @custom_call(%a) {note = \"a custom_call of evil\"} : (f32) -> f32"));
        check(Modules.bytes("#custom_call = loc(\"custom_call\")\n^custom_call: // custom_call evil\n return"));
    }

    @Test
    void aStringThatDoesNotEndIsRefused() {
        refused(Modules.bytes("module @m attributes {a = \"\\"), "a string that does not end");
    }

    @Test
    void aProgramThatIsEmptyOrTooLongIsRefused() {
        refused(new byte[0], "1 to 67108864 bytes is required, got 0");
        refused(new byte[LIMITS.moduleBytes() + 1], "got 67108865");
    }

    @Test
    void bytecodeIsReadAsFarAsItsStrings() {
        assertThatCode(() -> check(bytecode(List.of("builtin", "vhlo", "add_v1", "main"))))
                .doesNotThrowAnyException();
        refused(bytecode(List.of("vhlo", "custom_call_v1", "Sharding")), "without custom calls is required");
        refused(bytecode(List.of("a".repeat(300), "stablehlo", "custom_call")), "got the string \"custom_call\"");
    }

    @Test
    void bytecodeThatIsCutOffAnywhereIsRefused() {
        byte[] whole = bytecode(List.of("builtin", "x".repeat(200), "main"));
        for (int length = 4; length < whole.length; length++) {
            refused(Arrays.copyOf(whole, length), "MLIR bytecode with");
        }
    }

    @Test
    void bytecodeWithASecondStringSectionIsRefused() {
        byte[] once = bytecode(List.of("builtin"));
        byte[] section = Arrays.copyOfRange(once, 4 + 1 + 3, once.length);
        byte[] twice = Arrays.copyOf(once, once.length + section.length);
        System.arraycopy(section, 0, twice, once.length, section.length);
        refused(twice, "each section once");
    }

    @Test
    void bytecodeThatClaimsGigabytesIsRefusedBeforeAnAllocation() {
        refused(
                bytes('M', 'L', 0xEF, 'R', 0x0d, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
                "within the file");
        refused(
                bytes('M', 'L', 0xEF, 'R', 0x0d, 0, 0, 0x0f, 0xf0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
                "within the section");
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    /** Bytecode of version 6 with nothing but a string section, as MLIR writes one. */
    private static byte[] bytecode(List<String> strings) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        content.writeBytes(number(strings.size()));
        strings.reversed().forEach(text -> content.writeBytes(number(text.length() + 1)));
        strings.forEach(text -> content.writeBytes((text + "\0").getBytes(StandardCharsets.UTF_8)));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(bytes('M', 'L', 0xEF, 'R', 0x0d, 'K', 'i', 0, 0));
        out.writeBytes(number(content.size()));
        out.writeBytes(content.toByteArray());
        return out.toByteArray();
    }

    /** A number below 2^14, in one byte or two. */
    private static byte[] number(int value) {
        return value < 128 ? bytes(value << 1 | 1) : bytes((value << 2 | 2) & 0xff, value >> 6);
    }
}
