package io.kiln.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class TestBreaker {
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final Breaker breaker = new Breaker(3, Duration.ofSeconds(30), now::get);

    @Test
    void threeFailuresInARowOpenIt() {
        breaker.failed();
        breaker.failed();
        breaker.succeeded();
        breaker.failed();
        breaker.failed();
        assertThat(breaker.permits()).isTrue();

        breaker.failed();

        assertThat(breaker.permits()).isFalse();
    }

    @Test
    void afterThePauseOneCallTries_andItsResultDecides() {
        open();
        now.addAndGet(Duration.ofSeconds(30).toNanos());
        assertThat(breaker.permits()).isTrue();
        assertThat(breaker.permits()).isFalse();

        breaker.failed();
        now.addAndGet(Duration.ofSeconds(29).toNanos());
        assertThat(breaker.permits()).isFalse();
        now.addAndGet(Duration.ofSeconds(1).toNanos());
        assertThat(breaker.permits()).isTrue();

        breaker.succeeded();
        assertThat(breaker.permits()).isTrue();
        assertThat(breaker.permits()).isTrue();
    }

    private void open() {
        for (int i = 0; i < 3; i++) {
            breaker.failed();
        }
        assertThat(breaker.permits()).isFalse();
    }
}
