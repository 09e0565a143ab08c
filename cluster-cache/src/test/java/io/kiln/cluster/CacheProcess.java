package io.kiln.cluster;

import com.hazelcast.cluster.InitialMembershipEvent;
import com.hazelcast.cluster.InitialMembershipListener;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.config.Config;
import com.hazelcast.config.TcpIpConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.kiln.cache.CacheKey;
import io.kiln.cache.CacheStats;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * A process of a test: an executor that compiles on command, or a member. The parent writes commands to its standard input and reads lines
 * from its standard output.
 */
final class CacheProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader out;
    private final PrintStream in;

    private CacheProcess(Process process) {
        this.process = process;
        this.out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        this.in = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    }

    /** A child JVM on this class path; it ends when its standard input does. */
    static CacheProcess start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                CacheProcess.class.getName()));
        command.addAll(List.of(arguments));
        return new CacheProcess(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start());
    }

    /** An executor that shares through a member; its first line is {@code ready}. */
    static CacheProcess executor(CacheConf conf) throws IOException {
        CacheProcess executor = start(
                "executor",
                String.valueOf(conf.address()),
                String.valueOf(conf.clusterName()),
                Long.toString(conf.leaseTtl().toMillis()),
                Long.toString(conf.maxWait().toMillis()));
        // By standard input, as no secret is in the arguments of a process.
        executor.say(HexFormat.of().formatHex(Fixtures.SECRET));
        return executor;
    }

    void say(String line) {
        in.println(line);
    }

    String line() throws IOException {
        String line = out.readLine();
        if (line == null) {
            throw new IOException("the child process ended early");
        }
        return line;
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }

    void signal(String name) throws Exception {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor(10, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    /** The child's side. */
    public static void main(String[] arguments) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        if (arguments[0].equals("member")) {
            try (CacheMember member = CacheMember.start("127.0.0.1")) {
                System.out.println(member.address() + " " + member.clusterName());
                in.readLine();
            }
        } else if (arguments[0].equals("cluster-member")) {
            clusterMember(arguments[1], Integer.parseInt(arguments[2]), arguments[3]);
            in.readLine();
        } else {
            executor(arguments, in);
        }
        System.exit(0);
    }

    /** A member of somebody's own Hazelcast cluster, as its owner would start it; says when all members are there and have settled. */
    private static void clusterMember(String clusterName, int port, String ports) throws InterruptedException {
        Config config = new Config().setClusterName(clusterName);
        config.setProperty("hazelcast.socket.bind.any", "false");
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.getNetworkConfig().setPort(port).setPortAutoIncrement(false);
        config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        config.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
        TcpIpConfig join = config.getNetworkConfig().getJoin().getTcpIpConfig().setEnabled(true);
        String[] all = ports.replaceAll("[\\[\\] ]", "").split(",", -1);
        for (String each : all) {
            join.addMember("127.0.0.1:" + each);
        }
        CountDownLatch complete = new CountDownLatch(1);
        HazelcastInstance instance = Hazelcast.newHazelcastInstance(config);
        instance.getCluster().addMembershipListener(new InitialMembershipListener() {
            @Override
            public void init(InitialMembershipEvent event) {
                count(event.getMembers().size());
            }

            @Override
            public void memberAdded(MembershipEvent event) {
                count(event.getMembers().size());
            }

            @Override
            public void memberRemoved(MembershipEvent event) {}

            private void count(int members) {
                if (members == all.length) {
                    complete.countDown();
                }
            }
        });
        complete.await();
        // The first use assigns the partitions; until their backups are there a store may wait for one in vain.
        instance.getMap("any").put("key", "value");
        if (!instance.getPartitionService().forceLocalMemberToBeSafe(60, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the members did not settle in a minute");
        }
        System.out.println("complete");
    }

    private static void executor(String[] arguments, BufferedReader in) throws Exception {
        CacheConf conf = CacheConf.standard()
                .withDisk(null)
                .withShared(arguments[1], arguments[2])
                .withBudgets(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(20))
                .withLease(
                        Duration.ofMillis(Long.parseLong(arguments[3])),
                        Duration.ofMillis(Long.parseLong(arguments[4])));
        byte[] secret = HexFormat.of().parseHex(in.readLine());
        try (TieredExecutableCache cache = TieredExecutableCache.open(conf, Fixtures.TARGET, secret::clone)) {
            System.out.println(cache.isShared() ? "ready" : "not shared");
            for (String command = in.readLine(); command != null; command = in.readLine()) {
                String[] words = command.split(" ", -1);
                if (words[0].equals("compile")) {
                    // The parent says when it ends, so that it can stop this process in the middle.
                    byte[] own = cache.get(Fixtures.key(words[1]), () -> {
                                System.out.println("compiling");
                                lineOf(in);
                                return new byte[] {13};
                            })
                            .bytes();
                    System.out.println("compiled " + HexFormat.of().formatHex(own));
                } else if (words[0].equals("hang")) {
                    cache.get(Fixtures.key(words[1]), () -> {
                        System.out.println("compiling");
                        forever();
                        return null;
                    });
                } else {
                    all(cache, words[0], Integer.parseInt(words[1]), Integer.parseInt(words[2]));
                }
            }
        }
    }

    /** Every thread gets every key, each beginning with another one; prints compiles, wrong answers and leases lost. */
    private static void all(TieredExecutableCache cache, String program, int threads, int keys) throws Exception {
        long wrong = 0;
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> answers = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                int first = t;
                answers.add(pool.submit(() -> {
                    int bad = 0;
                    for (int k = 0; k < keys; k++) {
                        CacheKey key = Fixtures.key(program + (first + k) % keys);
                        byte[] bytes = cache.get(key, () -> {
                                    sleep(20);
                                    return key.bytes();
                                })
                                .bytes();
                        bad += bytes != null && java.util.Arrays.equals(bytes, key.bytes()) ? 0 : 1;
                    }
                    return bad;
                }));
            }
            for (Future<Integer> answer : answers) {
                wrong += answer.get();
            }
        }
        CacheStats stats = cache.stats();
        System.out.println(stats.compiles() + " " + wrong + " " + stats.leasesLost() + " " + stats.faults());
    }

    /** The time that a compile takes. */
    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void lineOf(BufferedReader in) {
        try {
            in.readLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void forever() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
