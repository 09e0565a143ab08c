package io.kiln.cache;

final class TestNoCache extends ExecutableCacheContract {
    @Override
    protected ExecutableCache open() {
        return new NoCache();
    }

    @Override
    protected String rememberingTier() {
        return "compile";
    }
}
