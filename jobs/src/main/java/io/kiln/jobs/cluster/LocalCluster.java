package io.kiln.jobs.cluster;

import io.kiln.error.KilnException;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.launcher.JavaModuleOptions;

/**
 * A Spark standalone cluster on this machine: one Master and some Workers as child JVMs on loopback, made of the jars
 * of the class path. Ports are chosen by the kernel. {@link #close}, or the end of this JVM, ends exactly the processes
 * that it started.
 */
public final class LocalCluster implements AutoCloseable {
    private static final String LOOPBACK = "127.0.0.1";
    private static final Duration START_LIMIT = Duration.ofSeconds(90);
    private static final Pattern MASTER_URL = Pattern.compile("Starting Spark master at (spark://\\S+)");
    private static final Pattern MASTER_UI = Pattern.compile("MasterWebUI.*(http://\\S+)");
    private static final Pattern REGISTERED = Pattern.compile("Successfully registered with master (\\S+)");

    private final ClusterSettings settings;
    private final SparkHome home;
    private final Map<String, String> security;
    private final List<ChildJvm> processes = new ArrayList<>();
    private final List<ChildJvm> workers = new ArrayList<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Thread hook = new Thread(() -> stop(false), "kiln-cluster-stop");
    private String masterUrl = "";
    private String masterUi = "";

    private LocalCluster(ClusterSettings settings) {
        this.settings = settings;
        this.security = settings.authenticated() ? secureRpc() : Map.of("spark.authenticate", "false");
        Map<String, String> properties = new LinkedHashMap<>(security);
        properties.put("spark.master.rest.enabled", "false");
        properties.put("spark.shuffle.service.enabled", "false");
        this.home = SparkHome.create(
                settings.folder().orElseGet(LocalCluster::temporaryFolder), settings.sparkJars(), properties);
    }

    /**
     * Starts a cluster and waits until all its Workers are registered.
     *
     * @throws KilnException of category ENVIRONMENT when it does not come up within a minute and a half; nothing is left
     *     running then, and the message names the log
     */
    public static LocalCluster start(ClusterSettings settings) {
        LocalCluster cluster = new LocalCluster(settings);
        Runtime.getRuntime().addShutdownHook(cluster.hook);
        try {
            cluster.startProcesses();
        } catch (RuntimeException e) {
            cluster.stop(true);
            throw e;
        }
        return cluster;
    }

    /** The Master's address, {@code spark://127.0.0.1:PORT}. */
    public String masterUrl() {
        return masterUrl;
    }

    /** The address of the Master's page. */
    public String masterUi() {
        return masterUi;
    }

    /** The folder of the logs: {@code master.log}, {@code worker-N.log}, and {@code work/} of the executors. */
    public Path logs() {
        return home.logs();
    }

    /**
     * The settings that an application in this JVM needs, {@code spark.authenticate.secret} among them: for
     * {@code SparkSession.builder().config(...)} or a properties file of mode 0600, never for a command line or a log.
     */
    public Map<String, String> applicationConf() {
        Map<String, String> conf = new LinkedHashMap<>(security);
        conf.put("spark.master", masterUrl);
        conf.put("spark.driver.host", LOOPBACK);
        conf.put("spark.driver.bindAddress", LOOPBACK);
        conf.put("spark.executor.cores", Integer.toString(settings.coresPerExecutor()));
        conf.put("spark.executor.memory", settings.executorMemoryMb() + "m");
        conf.put("spark.cores.max", Integer.toString(settings.coresPerExecutor() * settings.executors()));
        // Two executors are wanted before the first task, or one of them would do all the work of a short job.
        conf.put("spark.scheduler.minRegisteredResourcesRatio", "1.0");
        conf.put("spark.scheduler.maxRegisteredResourcesWaitingTime", "60s");
        if (!settings.kilnClassPath().isEmpty()) {
            conf.put("spark.executor.extraClassPath", joined(settings.kilnClassPath()));
        }
        return conf;
    }

    /** The Master's and the Workers' processes. */
    public List<ProcessHandle> daemons() {
        return processes.stream().map(ChildJvm::handle).toList();
    }

    /** The executors' processes that are alive now. */
    public List<ProcessHandle> executors() {
        return workers.stream()
                .flatMap(worker -> worker.handle().children())
                .filter(ProcessHandle::isAlive)
                .toList();
    }

    /** Ends all processes; the logs of a cluster in a temporary folder go too. A second call does nothing. */
    @Override
    public void close() {
        stop(false);
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is going down: the hook finds nothing to do.
        }
    }

    @Override
    public String toString() {
        return "LocalCluster[" + masterUrl + ", " + settings.workers() + " workers, " + settings.executors()
                + " executors, " + (settings.authenticated() ? "authenticated" : "not authenticated") + "]";
    }

    private void startProcesses() {
        ChildJvm master = launch(
                "master",
                List.of(MASTER_URL, MASTER_UI),
                "org.apache.spark.deploy.master.Master",
                List.of("--host", LOOPBACK, "--port", "0", "--webui-port", "0"));
        masterUrl = master.await(MASTER_URL, START_LIMIT);
        masterUi = master.await(MASTER_UI, START_LIMIT);
        int executorsEach = settings.executors() / settings.workers();
        for (int i = 0; i < settings.workers(); i++) {
            workers.add(launch(
                    "worker-" + i,
                    List.of(REGISTERED),
                    "org.apache.spark.deploy.worker.Worker",
                    List.of(
                            "--host",
                            LOOPBACK,
                            "--port",
                            "0",
                            "--webui-port",
                            "0",
                            "--cores",
                            Integer.toString(executorsEach * settings.coresPerExecutor()),
                            "--memory",
                            executorsEach * settings.executorMemoryMb() + "m",
                            "--work-dir",
                            home.logs().resolve("work").toString(),
                            masterUrl)));
        }
        for (ChildJvm worker : workers) {
            worker.await(REGISTERED, START_LIMIT);
        }
    }

    private ChildJvm launch(String name, List<Pattern> awaited, String mainClass, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(javaHome(), "bin", "java").toString());
        command.addAll(List.of("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        Stream.of(JavaModuleOptions.defaultModuleOptionArray())
                .filter(option -> !option.contains("incubator")) // it prints a warning, and these need no vectors
                .forEach(command::add);
        command.add("-Dlog4j2.configurationFile="
                + home.conf().resolve("log4j2.properties").toUri());
        command.add("-cp");
        command.add(ownClasses() + File.pathSeparator + home.jars() + File.separator + "*");
        command.add(Tether.class.getName());
        command.add(mainClass);
        command.addAll(arguments);
        command.addAll(List.of("--properties-file", home.properties().toString()));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(home.root().toFile());
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(key -> key.startsWith("SPARK_")); // another installation's settings
        environment.put("SPARK_HOME", home.root().toString());
        environment.put("SPARK_CONF_DIR", home.conf().toString());
        environment.put("SPARK_SCALA_VERSION", "2.13");
        environment.put("SPARK_LOCAL_IP", LOOPBACK);
        environment.put("SPARK_LOCAL_DIRS", home.local().toString());
        environment.put("JAVA_HOME", javaHome());
        ChildJvm process = new ChildJvm(name, home.logs().resolve(name + ".log"), builder, awaited);
        processes.add(process);
        return process;
    }

    private void stop(boolean failed) {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        processes.reversed().forEach(ChildJvm::close); // Workers first: they end their executors
        home.delete(!failed && settings.folder().isEmpty());
    }

    private static Map<String, String> secureRpc() {
        byte[] secret = new byte[32];
        new SecureRandom().nextBytes(secret);
        Map<String, String> conf = new LinkedHashMap<>();
        conf.put("spark.authenticate", "true");
        conf.put("spark.authenticate.secret", HexFormat.of().formatHex(secret));
        conf.put("spark.network.crypto.enabled", "true");
        conf.put("spark.network.crypto.cipher", "AES/GCM/NoPadding");
        conf.put("spark.network.crypto.authEngineVersion", "2");
        conf.put("spark.network.crypto.saslFallback", "false");
        return conf;
    }

    private static String ownClasses() {
        try {
            return Path.of(LocalCluster.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw KilnException.internal("starting a local cluster: the place of Kiln's own classes is no path: " + e);
        }
    }

    private static String javaHome() {
        return System.getProperty("java.home");
    }

    private static String joined(List<Path> paths) {
        return paths.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    private static Path temporaryFolder() {
        try {
            return Files.createTempDirectory("kiln-cluster-");
        } catch (IOException e) {
            throw KilnException.environment(
                    "starting a local cluster: no temporary folder could be made: " + e.getMessage(),
                    "set java.io.tmpdir to a writable folder");
        }
    }
}
