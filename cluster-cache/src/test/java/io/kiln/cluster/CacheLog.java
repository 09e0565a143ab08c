package io.kiln.cluster;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What the cache logs until this is closed. */
final class CacheLog implements AutoCloseable {
    // Held, since the JDK forgets loggers that nobody holds.
    private final Logger logger = Logger.getLogger("io.kiln.cache");
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord line) {
            lines.add(line.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    CacheLog() {
        logger.addHandler(handler);
    }

    /** The lines so far, of level INFO and above. */
    List<String> lines() {
        return lines;
    }

    @Override
    public void close() {
        logger.removeHandler(handler);
    }
}
