package io.kiln.jobs.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;

/**
 * One timed run as a JSON line of the peers' benchmark: seconds are wall time, {@code cpu_s} is the CPU time of this process,
 * {@code other_cpu_s} what the rest of the machine took meanwhile (how disturbed the run was).
 */
record RunRecord(
        String task, int run, long rows, double seconds, double cpuSeconds, double otherCpuSeconds, String state) {
    private static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final double NANOS = 1e9;

    /** What is timed. */
    @FunctionalInterface
    interface Body {
        void run();
    }

    /** Runs {@code body} once and returns what it took. */
    static RunRecord time(String task, int run, long rows, String state, Body body) throws IOException {
        long cpu = PROCESS.getProcessCpuTime();
        double machine = machineCpuSeconds();
        long start = System.nanoTime();
        body.run();
        double seconds = (System.nanoTime() - start) / NANOS;
        double own = (PROCESS.getProcessCpuTime() - cpu) / NANOS;
        double others = Math.max(0, machineCpuSeconds() - machine - own);
        return new RunRecord(task, run, rows, seconds, own, others, state);
    }

    /** Appends the line to {@code results}, and prints it. */
    void append(Path results, Map<String, ?> extra) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode line = mapper.createObjectNode();
        line.put("peer", "kiln").put("task", task).put("run", run).put("rows", rows);
        line.put("seconds", seconds).put("rows_per_s", rows / seconds).put("state", state);
        line.put("run_id", System.getenv().getOrDefault("PEERS_RUN_ID", "adhoc"));
        line.put("mode", System.getenv().getOrDefault("PEERS_MODE", "adhoc"));
        line.put("cpu_s", cpuSeconds).put("other_cpu_s", otherCpuSeconds);
        extra.forEach((name, value) -> line.set(name, mapper.valueToTree(value)));
        String text = mapper.writeValueAsString(line);
        System.out.println(text);
        Files.writeString(results, text + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /** CPU seconds that all processes of the machine used since boot, from /proc/stat; NaN where there is none. */
    private static double machineCpuSeconds() throws IOException {
        Path stat = Path.of("/proc/stat");
        if (!Files.isReadable(stat)) {
            return Double.NaN;
        }
        String[] fields = Files.readAllLines(stat).getFirst().trim().split("\\s+");
        // user nice system idle iowait irq softirq steal: everything but idle and waiting, in ticks of 1/100 s.
        long busy = Arrays.stream(fields, 1, 4).mapToLong(Long::parseLong).sum()
                + Arrays.stream(fields, 6, Math.min(9, fields.length))
                        .mapToLong(Long::parseLong)
                        .sum();
        return busy / 100.0;
    }
}
