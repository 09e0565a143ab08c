package io.kiln.compile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class TestDevicePressure {
    private final AtomicInteger collections = new AtomicInteger();
    private final AtomicLong now = new AtomicLong();
    private final DevicePressure pressure = new DevicePressure(1000, collections::incrementAndGet, now::get);
    private final DevicePressure ofLargeHeap =
            new DevicePressure(Long.MAX_VALUE, () -> now.addAndGet(10L * collections.incrementAndGet()), now::get);

    @Test
    void arraysThatAreFreedAskForNothing() {
        for (int i = 0; i < 100; i++) {
            pressure.take(100);
            pressure.free(100);
        }
        assertThat(collections).hasValue(0);
    }

    @Test
    void heldMemoryAsksOnceForEachLimitThatIsTaken() {
        for (int i = 0; i < 10; i++) {
            pressure.take(100);
        }
        assertThat(collections).hasValue(0);
        pressure.take(100);
        assertThat(collections).hasValue(1);
        for (int i = 0; i < 10; i++) {
            pressure.take(100);
        }
        assertThat(collections).hasValue(1);
        pressure.take(100);
        assertThat(collections).hasValue(2);
    }

    @Test
    void farFromTheLimitItIsAskedForEachStepThatIsTakenAndHeld() {
        long half = DevicePressure.STEP / 2 + 1;
        ofLargeHeap.take(half);
        assertThat(collections).hasValue(0);
        ofLargeHeap.take(half);
        assertThat(collections).hasValue(1);
        ofLargeHeap.free(2 * half);
        now.addAndGet(1_000_000);
        ofLargeHeap.take(half);
        ofLargeHeap.free(half);
        ofLargeHeap.take(half);
        assertThat(collections).hasValue(1);
    }

    @Test
    void farFromTheLimitACollectionIsAskedForOnlyAfterFiftyTimesAsLongAsTheLastTook() {
        long step = DevicePressure.STEP + 1;
        ofLargeHeap.take(step);
        assertThat(now).hasValue(10);
        now.addAndGet(499);
        ofLargeHeap.take(step);
        assertThat(collections).hasValue(1);
        now.addAndGet(1);
        ofLargeHeap.take(1);
        assertThat(collections).hasValue(2);
    }
}
