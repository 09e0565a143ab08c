package io.kiln.pjrt;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** XLA's own log, which goes to the process's standard error. */
final class PluginLog {
    private static final String LEVEL = "TF_CPP_MIN_LOG_LEVEL";
    private static final String FATAL_ONLY = "3";

    private PluginLog() {}

    /**
     * Leaves what ends the process only, unless the user's environment says what to log: errors are told through the API. XLA reads the variable when it is loaded, so this comes first;
     * Java has no way to set a variable of its own process.
     */
    @SuppressWarnings("restricted")
    static void quiet() {
        Optional<MemorySegment> setenv = Linker.nativeLinker().defaultLookup().find("setenv");
        if (System.getenv(LEVEL) != null || setenv.isEmpty()) {
            return;
        }
        FunctionDescriptor signature = FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);
        try (Arena arena = Arena.ofConfined()) {
            int ignored = (int) Linker.nativeLinker()
                    .downcallHandle(setenv.get(), signature)
                    .invokeExact(arena.allocateFrom(LEVEL), arena.allocateFrom(FATAL_ONLY), 0);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new AssertionError("a downcall throws no checked exception", t);
        }
    }
}
