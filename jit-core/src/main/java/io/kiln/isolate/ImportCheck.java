package io.kiln.isolate;

import io.kiln.error.KilnException;
import java.nio.charset.StandardCharsets;

/**
 * What is checked of a program from a file before native code sees it: its length, its form, and that its custom calls name allowed
 * targets only. A custom call can name any function that is registered in the plugin's process.
 */
final class ImportCheck {
    private ImportCheck() {}

    /**
     * Accepts a program or throws.
     *
     * @throws KilnException USER naming the program and what is wrong with it
     */
    static void check(String name, byte[] module, IsolationLimits limits) {
        if (module.length == 0 || module.length > limits.moduleBytes()) {
            throw KilnException.user(
                    "importing %s: a program of 1 to %d bytes is required, got %d"
                            .formatted(name, limits.moduleBytes(), module.length),
                    "check the file, or raise the limit moduleBytes where such a program is expected");
        }
        if (Bytecode.is(module)) {
            checkBytecode(name, module);
        } else {
            checkText(name, new String(module, StandardCharsets.ISO_8859_1), limits);
        }
    }

    /** A bytecode names its operations in its string section only; which string is whose target, only MLIR itself can tell. */
    private static void checkBytecode(String name, byte[] module) {
        for (String text : Bytecode.strings(name, module)) {
            if (text.contains(ModuleText.CUSTOM_CALL)) {
                throw KilnException.user(
                        "importing %s: bytecode without custom calls is required, got the string \"%s\""
                                .formatted(name, LastWords.printable(text)),
                        "give the program as StableHLO text, in which the targets of custom calls can be read, or"
                                + " export it without custom calls");
            }
        }
    }

    private static void checkText(String name, String text, IsolationLimits limits) {
        for (String target : ModuleText.customCalls(name, text)) {
            if (!limits.customCalls().contains(target)) {
                throw KilnException.user(
                        "importing %s: custom calls of %s are allowed, got one of %s"
                                .formatted(name, limits.allowed(), LastWords.printable(target)),
                        "write the program without this custom call, or allow the target where the plugin's function"
                                + " is trusted with any operands");
            }
        }
    }
}
