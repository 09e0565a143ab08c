package io.kiln.pjrt;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.kiln.error.KilnException;
import io.kiln.pjrt.PjrtStructs.ApiVersion;
import io.kiln.pjrt.PjrtStructs.ErrorDestroy;
import io.kiln.pjrt.PjrtStructs.ErrorGetCode;
import io.kiln.pjrt.PjrtStructs.ErrorMessage;
import io.kiln.pjrt.PjrtStructs.EventAwait;
import io.kiln.pjrt.PjrtStructs.EventDestroy;
import io.kiln.pjrt.PjrtStructs.EventIsReady;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The function table of one plugin, and the one place from where plugins are called. A plugin is never unloaded. */
final class PjrtApi {
    /** Executables can be loaded with other compile options since this version. */
    static final int LEAST_MINOR = 71;

    /**
     * About what two thread switches cost. A small program has run by then; for a larger one so little is lost that threads on all
     * processors, each waiting so, were measured no slower than threads that block at once.
     */
    private static final long SPIN_NANOS = 20_000;

    /** Times that a spinning thread looks at the event between two looks at the clock, which costs as much. */
    private static final int LOOKS = 8;

    private static final int VERSION_OFFSET = 16;
    private static final int VERSION_END = VERSION_OFFSET + ApiVersion.STRUCT_SIZE;

    /**
     * Every function takes one pointer and returns {@code PJRT_Error*}. The few that return nothing (two error functions, deleters) leave
     * the register of the result as it was, and their result is ignored.
     */
    @SuppressWarnings("restricted")
    private static final MethodHandle CALL =
            Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(ADDRESS, ADDRESS));

    private final MemorySegment table;

    private PjrtApi(MemorySegment table) {
        this.table = table;
    }

    /**
     * The table at {@code head}, the result of {@code GetPjrtApi}.
     *
     * @param plugin what to call the plugin in a message
     * @throws KilnException ENVIRONMENT if there is no table or its version is not one that Kiln can call
     */
    @SuppressWarnings("restricted")
    static PjrtApi of(MemorySegment head, String plugin) {
        long size = head.address() == 0 ? 0 : head.reinterpret(Long.BYTES).get(JAVA_LONG, 0);
        if (size < VERSION_END) {
            throw KilnException.environment(
                    "loading the PJRT plugin %s: a function table of at least %d bytes is required, got %d"
                            .formatted(plugin, VERSION_END, size),
                    "use another plugin; `kiln plugin install cpu` installs one for the CPU");
        }
        PjrtApi api = new PjrtApi(head.reinterpret(size).asReadOnly());
        if (api.major() != PjrtStructs.API_MAJOR || api.minor() < LEAST_MINOR) {
            throw KilnException.environment(
                    "loading the PJRT plugin %s: PJRT API %d.%d or newer is required, got %d.%d"
                            .formatted(plugin, PjrtStructs.API_MAJOR, LEAST_MINOR, api.major(), api.minor()),
                    api.major() > PjrtStructs.API_MAJOR
                            ? "use a plugin of PJRT API major version " + PjrtStructs.API_MAJOR
                            : "use a newer plugin; `kiln plugin install cpu` installs one for the CPU");
        }
        return api;
    }

    int major() {
        return table.get(JAVA_INT, VERSION_OFFSET + ApiVersion.MAJOR_VERSION);
    }

    int minor() {
        return table.get(JAVA_INT, VERSION_OFFSET + ApiVersion.MINOR_VERSION);
    }

    /** The whole table, read-only. */
    MemorySegment table() {
        return table;
    }

    /** Whether this plugin has {@code function}. */
    boolean has(PjrtFunction function) {
        return function.offset() + ADDRESS.byteSize() <= table.byteSize()
                && table.get(ADDRESS, function.offset()).address() != 0;
    }

    /**
     * Calls {@code function}; outputs are fields of {@code args}.
     *
     * @throws PjrtException what the plugin reported; UNIMPLEMENTED if this plugin has no such function
     */
    void call(PjrtFunction function, PjrtArgs args) {
        MemorySegment error = invoke(function, args);
        if (error.address() != 0) {
            throw toException(function, error);
        }
    }

    /** Blocks until {@code event} has happened, and frees it; throws what went wrong. A null pointer is an event that has happened. */
    void await(MemorySegment event) {
        if (event.address() == 0) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            PjrtArgs args = PjrtArgs.of(arena, EventAwait.STRUCT_SIZE).set(EventAwait.EVENT, event);
            try {
                spin(event, arena);
                call(PjrtFunction.EVENT_AWAIT, args);
            } finally {
                call(PjrtFunction.EVENT_DESTROY, args.set(EventDestroy.EVENT, event));
            }
        }
    }

    /** Looks for a short while whether {@code event} has happened, before the thread is given up for it. */
    private void spin(MemorySegment event, Arena arena) {
        PjrtArgs args = PjrtArgs.of(arena, EventIsReady.STRUCT_SIZE).set(EventIsReady.EVENT, event);
        long start = System.nanoTime();
        do {
            for (int i = 0; i < LOOKS; i++) {
                call(PjrtFunction.EVENT_IS_READY, args);
                if (args.booleanAt(EventIsReady.IS_READY)) {
                    return;
                }
                Thread.onSpinWait();
            }
        } while (System.nanoTime() - start < SPIN_NANOS);
    }

    /** Calls a deleter that the plugin handed out with {@code object}. */
    void delete(MemorySegment deleter, MemorySegment object) {
        if (deleter.address() != 0) {
            downcall(deleter, object);
        }
    }

    private MemorySegment invoke(PjrtFunction function, PjrtArgs args) {
        if (!has(function)) {
            throw new PjrtException(
                    function.toString(),
                    PjrtErrorCode.UNIMPLEMENTED,
                    "the function is not in this plugin, whose PJRT API is %d.%d".formatted(major(), minor()));
        }
        return downcall(table.get(ADDRESS, function.offset()), args.memory());
    }

    private static MemorySegment downcall(MemorySegment function, MemorySegment argument) {
        try {
            return (MemorySegment) CALL.invokeExact(function, argument);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new AssertionError("a downcall throws no checked exception", t);
        }
    }

    /** Copies code and message out, then frees the native error: both live only as long as it does. */
    @SuppressWarnings("CheckReturnValue") // the error functions have no result
    private PjrtException toException(PjrtFunction function, MemorySegment error) {
        try (Arena arena = Arena.ofConfined()) {
            PjrtArgs code = PjrtArgs.of(arena, ErrorGetCode.STRUCT_SIZE).set(ErrorGetCode.ERROR, error);
            invoke(PjrtFunction.ERROR_GET_CODE, code);
            PjrtArgs message = PjrtArgs.of(arena, ErrorMessage.STRUCT_SIZE).set(ErrorMessage.ERROR, error);
            invoke(PjrtFunction.ERROR_MESSAGE, message);
            PjrtException e = new PjrtException(
                    function.toString(),
                    PjrtErrorCode.of(code.intAt(ErrorGetCode.CODE), PjrtErrorCode.UNKNOWN),
                    message.textAt(ErrorMessage.MESSAGE, ErrorMessage.MESSAGE_SIZE));
            invoke(
                    PjrtFunction.ERROR_DESTROY,
                    PjrtArgs.of(arena, ErrorDestroy.STRUCT_SIZE).set(ErrorDestroy.ERROR, error));
            return e;
        }
    }
}
