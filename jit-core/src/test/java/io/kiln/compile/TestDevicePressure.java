package io.kiln.compile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class TestDevicePressure {
    private final AtomicInteger collections = new AtomicInteger();
    private final DevicePressure pressure = new DevicePressure(1000, collections::incrementAndGet);

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
}
