package io.kiln.cluster;

import java.lang.System.Logger.Level;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The cache's log: each kind of fault once at warning level, its repetitions at debug level. */
final class FaultLog {
    // The JDK's own facade: this module is not to know Spark's, and the executor's standard error keeps what it prints.
    private static final System.Logger LOG = System.getLogger("io.kiln.cache");

    private final Set<String> seen = ConcurrentHashMap.newKeySet();

    /** Logs a fault whose kind names it among all of this cache. */
    void once(String kind, String message, @Nullable Throwable cause) {
        if (seen.add(kind)) {
            LOG.log(Level.WARNING, message + " (said once)" + reason(cause));
        } else {
            LOG.log(Level.DEBUG, message, cause);
        }
    }

    /** Logs what somebody asked to be told. */
    void say(String message) {
        LOG.log(Level.INFO, message);
    }

    private static String reason(@Nullable Throwable cause) {
        if (cause == null) {
            return "";
        }
        // The JDK's exceptions of files have a path for a message: their type says what is wrong with it.
        String own = cause instanceof TierFault ? String.valueOf(cause.getMessage()) : cause.toString();
        return ": " + own + (cause.getCause() == null ? "" : ": " + cause.getCause());
    }
}
