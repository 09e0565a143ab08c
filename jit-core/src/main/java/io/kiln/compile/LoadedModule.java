package io.kiln.compile;

import io.kiln.cache.CacheKey;
import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import io.kiln.pjrt.PjrtBuffer;
import io.kiln.pjrt.PjrtDevice;
import io.kiln.pjrt.PjrtException;
import io.kiln.pjrt.PjrtExecutable;
import java.lang.foreign.Arena;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;

/**
 * A module that Kiln did not write, whose executable is loaded. The executable stays open as long as this is held and the {@link Compiler}
 * that loaded it is open. Safe for concurrent use.
 */
public final class LoadedModule {
    private final String name;
    private final CacheKey key;
    /** Holding it keeps the executable open. */
    private final LoadedExecutables.Loaded loaded;

    LoadedModule(String name, CacheKey key, LoadedExecutables.Loaded loaded) {
        this.name = name;
        this.key = key;
        this.loaded = loaded;
    }

    /** What the module is called in messages. */
    public String name() {
        return name;
    }

    /** The executable's cache key. */
    public CacheKey key() {
        return key;
    }

    /** Where the executable came from: {@code compile}, or a tier of the cache. */
    public String tier() {
        return loaded.tier();
    }

    /**
     * The results of one call on the first device, in the host's memory.
     *
     * @param arguments of the module's parameters' types: that is not checked
     * @param results the types of its results
     * @throws io.kiln.error.KilnException INTERNAL for a fault of the execution
     */
    public List<HostArray> call(List<HostArray> arguments, List<ShapedArray> results) {
        PjrtExecutable executable = executable();
        PjrtDevice device = executable.client().devices().getFirst();
        List<PjrtBuffer> open = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            try {
                arguments.forEach(argument -> open.add(Transfers.lend(device, argument, arena)));
                PjrtBuffer[] out = executable.executeOn(device, open.toArray(PjrtBuffer[]::new));
                open.addAll(List.of(out));
                List<HostArray> values = new ArrayList<>();
                for (int i = 0; i < out.length; i++) {
                    values.add(Transfers.toHost(results.get(i), out[i]));
                }
                return values;
            } catch (PjrtException e) {
                throw LoadedProgram.failed(name, executable.client(), e);
            } finally {
                open.forEach(PjrtBuffer::close);
                Reference.reachabilityFence(arguments);
                Reference.reachabilityFence(loaded);
            }
        }
    }

    /** The executable, owned by the compiler and open as long as this is held. */
    public PjrtExecutable executable() {
        return loaded.executable();
    }
}
