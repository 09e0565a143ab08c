package io.kiln.cluster;

import com.hazelcast.core.HazelcastInstance;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The Hazelcast member that holds executables: those of one application on its driver, or those of many in a process of its own. It
 * listens on one address, is found by nobody, is joined by nobody, reads no Java object and calls home to nobody. It knows no key: what
 * it holds is signed by its clients.
 */
public final class CacheMember implements AutoCloseable {
    /** The most bytes of executables that a member holds by default, 512 MiB. */
    public static final long DEFAULT_MAX_BYTES = 512L << 20;

    private final HazelcastInstance hazelcast;
    private final AtomicInteger uninvited;

    private CacheMember(HazelcastInstance hazelcast, AtomicInteger uninvited) {
        this.hazelcast = hazelcast;
        this.uninvited = uninvited;
    }

    /** A member of 512 MiB at most; see {@link #start(String, long)}. */
    public static CacheMember start(String bindHost) {
        return start(bindHost, DEFAULT_MAX_BYTES);
    }

    /**
     * A member that listens on a free port of one host address.
     *
     * @param bindHost the host's name or address, as the driver's {@code spark.driver.host}; not a wildcard
     * @param maxBytes the most bytes of executables, rounded up to MiB; those used longest ago go first
     * @throws KilnException ENVIRONMENT when it cannot start; the caller then goes on with private caches
     */
    public static CacheMember start(String bindHost, long maxBytes) {
        return start(bindHost, 0, "kiln-" + HexFormat.of().formatHex(Tokens.random()), maxBytes);
    }

    /**
     * A member that applications find under an address and a name that stay the same.
     *
     * @param bindHost the host's name or address that executors reach; not a wildcard
     * @param port the port; 0: a free one
     * @param clusterName what clients have to name; no secret
     * @param maxBytes the most bytes of executables, rounded up to MiB; those used longest ago go first
     * @throws KilnException ENVIRONMENT when it cannot start
     */
    public static CacheMember start(String bindHost, int port, String clusterName, long maxBytes) {
        try {
            InetAddress host = InetAddress.getByName(bindHost);
            if (host.isAnyLocalAddress()) {
                throw failed(bindHost, "one address is required, got a wildcard", null);
            }
            AtomicInteger uninvited = new AtomicInteger();
            // In a class of its own: without Hazelcast's classes it does not load, and this one does.
            return new CacheMember(
                    MemberStart.start(host.getHostAddress(), port, clusterName, maxBytes, uninvited), uninvited);
        } catch (UnknownHostException e) {
            throw failed(bindHost, "an address of this host is required, got an unknown name", e);
        } catch (KilnException e) {
            throw e;
        } catch (RuntimeException | LinkageError e) {
            throw failed(bindHost, "a running Hazelcast member is required, got " + e, e);
        }
    }

    private static KilnException failed(String host, String problem, @Nullable Throwable cause) {
        return new KilnException(
                ErrorCategory.ENVIRONMENT,
                "starting the shared executable cache on " + host + ": " + problem,
                "bind an address of this host that executors reach (on a driver: spark.driver.host) and a port that is"
                        + " free, and keep Hazelcast's jar on the class path",
                cause);
    }

    /** {@code host:port} that clients connect to. */
    public String address() {
        InetSocketAddress address = hazelcast.getCluster().getLocalMember().getSocketAddress();
        String host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /** The cluster's name, random unless one was given. It keeps applications apart; it is no secret, since it travels in the clear. */
    public String clusterName() {
        return hazelcast.getConfig().getClusterName();
    }

    /** Executables held now. */
    public int entries() {
        return hazelcast.getMap(HazelcastNames.EXECUTABLES).size();
    }

    /** Bytes of executables held now. */
    public long bytes() {
        return hazelcast.getMap(HazelcastNames.EXECUTABLES).getLocalMapStats().getOwnedEntryMemoryCost();
    }

    /** Members that joined though nobody invited them; above zero, somebody is in the network who should not be. */
    public int uninvitedMembers() {
        return uninvited.get();
    }

    /** Stops the member; what it held is gone. Idempotent. */
    @Override
    public void close() {
        hazelcast.getLifecycleService().terminate();
    }

    /** The address, which is no secret. */
    @Override
    public String toString() {
        return "CacheMember[" + address() + "]";
    }
}
