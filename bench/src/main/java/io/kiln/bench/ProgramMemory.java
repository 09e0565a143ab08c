package io.kiln.bench;

import io.kiln.core.DeadCode;
import io.kiln.core.Program;
import io.kiln.core.Trace;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.util.ArrayList;
import java.util.List;

/** The heap that a traced equation takes: many traces of the transformer are kept, and the heap is looked at before and after. */
public final class ProgramMemory {
    private static final int PROGRAMS = 300;

    private ProgramMemory() {}

    /** Prints the bytes an equation. */
    public static void main(String[] args) {
        Program first = program();
        long before = used();
        List<Program> kept = new ArrayList<>();
        for (int i = 0; i < PROGRAMS; i++) {
            kept.add(program());
        }
        double bytes =
                (double) (used() - before) / kept.size() / first.equations().size();
        System.out.printf(
                "%.0f bytes an equation, %d equations%n",
                bytes, first.equations().size());
    }

    private static Program program() {
        return DeadCode.drop(Trace.trace(in -> List.of(Transformer.encode(in)), Transformer.types())
                .program());
    }

    private static long used() {
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        for (int i = 0; i < 3; i++) {
            memory.gc();
        }
        return memory.getHeapMemoryUsage().getUsed();
    }
}
