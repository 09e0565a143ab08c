package io.kiln.worker;

import io.kiln.error.KilnException;
import io.kiln.pjrt.PjrtClient;
import io.kiln.pjrt.PjrtDevice;
import io.kiln.plugin.DeviceConf;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which device a task works on: the one that Spark assigned to it, else the one with the fewest tasks. Safe for concurrent use.
 *
 * <p>Spark assigns GPUs by the addresses that the cluster's discovery script printed: CUDA's numbers, or what
 * {@code CUDA_VISIBLE_DEVICES} lists.
 */
final class DeviceChoice {
    private final List<WorkerDevice> devices;
    private final boolean cpu;
    private final String visible;
    private final Map<WorkerDevice, Integer> tasks = new HashMap<>();

    /**
     * A choice among {@code devices}.
     *
     * @param cpu whether they are CPUs, of which Spark assigns none
     * @param visible {@code CUDA_VISIBLE_DEVICES}; empty if it is not set
     */
    DeviceChoice(List<WorkerDevice> devices, boolean cpu, String visible) {
        this.devices = List.copyOf(devices);
        this.cpu = cpu;
        this.visible = visible;
    }

    /** The configuration, with the GPUs that Spark gave to this executor where it names none: a client need not touch the others. */
    static DeviceConf visible(DeviceConf conf, List<String> executorGpus) {
        return conf.visible().isEmpty()
                ? conf.withVisible(executorGpus.stream()
                        .flatMap(address -> number(address, cudaVisible()).stream())
                        .toList())
                : conf;
    }

    private static String cudaVisible() {
        return System.getenv().getOrDefault("CUDA_VISIBLE_DEVICES", "");
    }

    /**
     * The choice among the devices of {@code client} that {@code conf} allows.
     *
     * @throws KilnException ENVIRONMENT if there is none, or they are of several kinds: an executable is good for one
     */
    static DeviceChoice of(PjrtClient client, WorkerConf conf) {
        List<Integer> visible = conf.device().visible();
        // The plugin of a GPU was told which; a CPU's has no such option.
        List<PjrtDevice> chosen = client.devices().stream()
                .filter(d -> visible.isEmpty() || !client.isCpu() || visible.contains(d.hardwareId()))
                .toList();
        if (chosen.isEmpty()) {
            throw KilnException.environment(
                    "choosing devices: one of spark.kiln.device.visible=%s is required, got %s"
                            .formatted(visible, client.devices()),
                    "correct it or leave it out");
        }
        requireOneKind(chosen.stream().map(PjrtDevice::kind).distinct().toList());
        return new DeviceChoice(
                chosen.stream().map(d -> WorkerDevice.of(d, conf.executions())).toList(),
                client.isCpu(),
                cudaVisible());
    }

    /** A program is compiled once for all devices of a client. */
    static void requireOneKind(List<String> kinds) {
        if (kinds.size() > 1) {
            throw KilnException.environment(
                    "choosing devices: devices of one kind are required, got %s".formatted(String.join(" and ", kinds)),
                    "set spark.kiln.device.visible to the numbers of those of one kind");
        }
    }

    /**
     * The device of a task, to be given back.
     *
     * @param assigned the addresses that Spark assigned to the task; none where it assigns no GPUs, or the configuration overrides it
     * @throws KilnException ENVIRONMENT for an address that is no device here
     */
    synchronized WorkerDevice take(List<String> assigned) {
        WorkerDevice chosen = assigned.isEmpty() || (cpu && devices.size() == 1)
                ? leastUsed()
                : assigned.stream()
                        .map(this::find)
                        .flatMap(Optional::stream)
                        .findFirst()
                        .orElseThrow(() -> KilnException.environment(
                                "choosing a task's device: the GPU that Spark assigned to it is required (address %s), got %s"
                                        .formatted(String.join(", ", assigned), names()),
                                "let the discovery script of spark.executor.resource.gpu print the numbers"
                                        + " that CUDA has for the GPUs, or set spark.kiln.device.visible"));
        tasks.merge(chosen, 1, Integer::sum);
        return chosen;
    }

    /** Gives a device back. */
    synchronized void giveBack(WorkerDevice device) {
        tasks.merge(device, -1, Integer::sum);
    }

    private WorkerDevice leastUsed() {
        WorkerDevice least = devices.getFirst();
        for (WorkerDevice device : devices) {
            if (tasks.getOrDefault(device, 0) < tasks.getOrDefault(least, 0)) {
                least = device;
            }
        }
        return least;
    }

    private Optional<WorkerDevice> find(String address) {
        Optional<Integer> number = number(address, visible);
        return devices.stream()
                .filter(d -> number.filter(n -> n == d.device().hardwareId()).isPresent())
                .findFirst();
    }

    private List<String> names() {
        return devices.stream().map(d -> d.device().toString()).toList();
    }

    /** The number that a process has for a GPU: with {@code CUDA_VISIBLE_DEVICES} its place there, by number or by UUID. */
    static Optional<Integer> number(String address, String visible) {
        int place = visible.isBlank()
                ? -1
                : Arrays.stream(visible.split(",", -1))
                        .map(String::strip)
                        .toList()
                        .indexOf(address.strip());
        if (place >= 0) {
            return Optional.of(place);
        }
        try {
            return Optional.of(Integer.parseInt(address.strip()));
        } catch (NumberFormatException e) {
            return Optional.empty(); // a UUID that is not listed
        }
    }
}
