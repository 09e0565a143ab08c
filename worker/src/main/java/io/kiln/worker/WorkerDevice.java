package io.kiln.worker;

import io.kiln.pjrt.PjrtDevice;
import java.util.concurrent.Semaphore;

/**
 * A device that tasks take turns on: however many tasks Spark places on a part of a GPU, so many executions run on it at a time as are
 * allowed.
 *
 * @param device the plugin's device
 * @param turns a permit for each execution at a time
 */
record WorkerDevice(PjrtDevice device, Semaphore turns) {
    /** On a GPU one execution runs while the next one's data is on the way. */
    private static final int ON_A_GPU = 2;

    /** A device for {@code executions} at a time; 0: as many as there are tasks on a CPU, two on anything else. */
    static WorkerDevice of(PjrtDevice device, int executions) {
        int permits = executions > 0 ? executions : device.client().isCpu() ? Integer.MAX_VALUE : ON_A_GPU;
        return new WorkerDevice(device, new Semaphore(permits, true));
    }
}
