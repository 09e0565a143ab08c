package io.kiln.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TestSharedResources {
    /** A resource that knows whether it was closed, and refuses to be closed twice. */
    private static final class Resource implements AutoCloseable {
        private final AtomicBoolean closed = new AtomicBoolean();

        boolean isClosed() {
            return closed.get();
        }

        @Override
        public void close() {
            if (!closed.compareAndSet(false, true)) {
                throw new IllegalStateException("closed twice");
            }
        }
    }

    @Test
    void concurrentUsersShareOne() throws Exception {
        var resources = new SharedResources<String, Resource>(8);
        AtomicInteger made = new AtomicInteger();
        CountDownLatch start = new CountDownLatch(1);
        List<Future<Resource>> futures = new ArrayList<>();
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 64; i++) {
                futures.add(pool.submit(() -> {
                    start.await();
                    try (var lease = resources.acquire("key", () -> {
                        made.incrementAndGet();
                        return new Resource();
                    })) {
                        return lease.value();
                    }
                }));
            }
            start.countDown();
            Resource first = futures.getFirst().get(10, TimeUnit.SECONDS);
            for (Future<Resource> future : futures) {
                assertThat(future.get(10, TimeUnit.SECONDS)).isSameAs(first);
            }
            assertThat(first.isClosed()).isFalse();
        }
        assertThat(made).hasValue(1);
    }

    @Test
    void whoWaitedForAFailedMakingMakesItsOwn() throws Exception {
        var resources = new SharedResources<String, Resource>(8);
        CountDownLatch making = new CountDownLatch(1);
        CountDownLatch fail = new CountDownLatch(1);
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> first = pool.submit(() -> resources.acquire("key", () -> {
                making.countDown();
                awaitQuietly(fail);
                throw new IllegalStateException("cannot be made");
            }));
            making.await();
            Future<Resource> second = pool.submit(() -> {
                try (var lease = resources.acquire("key", Resource::new)) {
                    return lease.value();
                }
            });
            fail.countDown();
            assertThatThrownBy(() -> first.get(10, TimeUnit.SECONDS)).hasMessageContaining("cannot be made");
            assertThat(second.get(10, TimeUnit.SECONDS)).isNotNull();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void whatIsDroppedInUseIsClosedByItsLastUser() throws Exception {
        var resources = new SharedResources<String, Resource>(8);
        var a = resources.acquire("key", Resource::new);
        var b = resources.acquire("key", Resource::new);
        Resource old = a.value();
        resources.drop("key"::equals);
        a.close();
        a.close();
        assertThat(old.isClosed()).isFalse();
        try (var next = resources.acquire("key", Resource::new)) {
            assertThat(next.value()).isNotSameAs(old);
        }
        b.close();
        assertThat(old.isClosed()).isTrue();
    }

    @Test
    void theOldestIdleIsPushedOut() throws Exception {
        var resources = new SharedResources<Integer, Resource>(2);
        List<Resource> made = new ArrayList<>();
        for (int key : List.of(0, 1, 0, 2)) {
            try (var lease = resources.acquire(key, Resource::new)) {
                made.add(lease.value());
            }
        }
        assertThat(made.get(0)).isSameAs(made.get(2));
        assertThat(made.get(1).isClosed()).isTrue();
        assertThat(made.get(0).isClosed()).isFalse();
        assertThat(made.get(3).isClosed()).isFalse();
    }

    @Test
    void closingClosesWhatIsIdleAndRefusesMore() throws Exception {
        var resources = new SharedResources<String, Resource>(8);
        Resource idle;
        try (var lease = resources.acquire("idle", Resource::new)) {
            idle = lease.value();
        }
        var held = resources.acquire("held", Resource::new);
        resources.close();
        assertThat(idle.isClosed()).isTrue();
        assertThat(held.value().isClosed()).isFalse();
        Resource value = held.value();
        held.close();
        assertThat(value.isClosed()).isTrue();
        assertThatThrownBy(() -> resources.acquire("more", Resource::new)).hasMessageContaining("closed");
    }
}
