package io.kiln.cache;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class TestLocalExecutableCache extends ExecutableCacheContract {
    @Override
    protected ExecutableCache open() {
        return new LocalExecutableCache();
    }

    @Override
    protected String rememberingTier() {
        return "memory";
    }

    @Test
    void theEntryUsedLongestAgoIsDroppedFirst() {
        CacheKey a = freshKey();
        CacheKey b = freshKey();
        CacheKey c = freshKey();
        try (LocalExecutableCache small = new LocalExecutableCache(20)) {
            small.get(a, () -> new byte[8]);
            small.get(b, () -> new byte[8]);
            small.get(a, () -> new byte[8]);
            small.get(c, () -> new byte[8]);

            assertThat(small.get(a, () -> new byte[8]).tier()).isEqualTo("memory");
            assertThat(small.get(c, () -> new byte[8]).tier()).isEqualTo("memory");
            assertThat(small.get(b, () -> new byte[8]).tier()).isEqualTo("compile");
        }
    }

    @Test
    void anExecutableLargerThanTheCacheIsAnsweredAndNotKept() {
        try (LocalExecutableCache small = new LocalExecutableCache(20)) {
            assertThat(small.get(key, () -> new byte[21]).bytes()).hasSize(21);
            assertThat(small.get(key, () -> new byte[21]).tier()).isEqualTo("compile");
        }
    }
}
