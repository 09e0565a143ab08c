package io.kiln.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The arrows between modules, and between the packages of jit-core, are those of ARCHITECTURE.md: read from the byte code. */
class TestModuleBoundaries {
    private static final Path ROOT = Path.of(System.getProperty("kiln.repository"));
    private static final Pattern KILN_PACKAGE = Pattern.compile("io/kiln/[a-z]+(?:/[a-z]+)*(?=/[A-Z])");

    /** The packages that a module holds, and what its class files may name beside them. */
    record Module(String name, Set<String> packages, Set<String> mayImport, List<String> knowsNothingOf) {}

    private static final Set<String> JIT_CORE = Set.of(
            "io/kiln/error",
            "io/kiln/core",
            "io/kiln/transform",
            "io/kiln/lower",
            "io/kiln/pjrt",
            "io/kiln/plugin",
            "io/kiln/cache",
            "io/kiln/compile",
            "io/kiln/isolate",
            "io/kiln/jaxexport",
            "io/kiln/jit",
            "io/kiln/nn",
            "io/kiln/optim",
            "io/kiln/random",
            "io/kiln/numpy",
            "io/kiln/special",
            "io/kiln/linalg",
            "io/kiln/fft");

    private static final List<Module> MODULES = List.of(
            new Module(
                    "jit-core",
                    JIT_CORE,
                    Set.of(),
                    List.of("org/apache/spark", "org/apache/arrow", "com/hazelcast", "scala/")),
            new Module(
                    "arrow-io",
                    Set.of("io/kiln/arrow"),
                    JIT_CORE,
                    List.of(
                            "com/hazelcast",
                            "org/apache/spark/sql/execution/SparkPlan",
                            "org/apache/spark/sql/catalyst/plans")),
            new Module(
                    "cluster-cache",
                    Set.of("io/kiln/cluster"),
                    JIT_CORE,
                    List.of("org/apache/spark", "org/apache/arrow", "scala/")),
            new Module(
                    "worker",
                    Set.of("io/kiln/worker"),
                    union(JIT_CORE, Set.of("io/kiln/arrow", "io/kiln/cluster")),
                    List.of("org/apache/spark/sql/catalyst/plans", "com/hazelcast")),
            new Module(
                    "driver",
                    Set.of("io/kiln/driver", "io/kiln/model", "io/kiln/store"),
                    union(JIT_CORE, Set.of("io/kiln/worker", "io/kiln/arrow", "io/kiln/cluster")),
                    List.of("java/lang/foreign/Linker", "io/kiln/pjrt/Pjrt")),
            new Module(
                    "jobs",
                    Set.of("io/kiln/jobs"),
                    union(
                            JIT_CORE,
                            Set.of(
                                    "io/kiln/driver",
                                    "io/kiln/model",
                                    "io/kiln/store",
                                    "io/kiln/worker",
                                    "io/kiln/cluster")),
                    List.of(
                            "org/apache/spark/sql/catalyst",
                            "io/kiln/pjrt/PjrtBuffer",
                            "io/kiln/pjrt/PjrtExecutable")));

    /** Inside jit-core: who may name whom. */
    private static final Map<String, Set<String>> JIT_CORE_ARROWS = Map.ofEntries(
            Map.entry("io/kiln/error", Set.of()),
            Map.entry("io/kiln/core", Set.of("io/kiln/error")),
            Map.entry("io/kiln/transform", Set.of("io/kiln/core", "io/kiln/error")),
            Map.entry("io/kiln/lower", Set.of("io/kiln/core", "io/kiln/error")),
            Map.entry("io/kiln/pjrt", Set.of("io/kiln/error")),
            Map.entry("io/kiln/cache", Set.of("io/kiln/error")),
            Map.entry("io/kiln/plugin", Set.of("io/kiln/error", "io/kiln/pjrt")),
            Map.entry(
                    "io/kiln/compile",
                    Set.of(
                            "io/kiln/lower",
                            "io/kiln/cache",
                            "io/kiln/pjrt",
                            "io/kiln/plugin",
                            "io/kiln/core",
                            "io/kiln/error")),
            Map.entry(
                    "io/kiln/isolate",
                    Set.of(
                            "io/kiln/compile",
                            "io/kiln/lower",
                            "io/kiln/cache",
                            "io/kiln/pjrt",
                            "io/kiln/plugin",
                            "io/kiln/error")),
            Map.entry("io/kiln/jaxexport", Set.of("io/kiln/core", "io/kiln/error")),
            Map.entry(
                    "io/kiln/jit",
                    Set.of("io/kiln/transform", "io/kiln/compile", "io/kiln/lower", "io/kiln/core", "io/kiln/error")),
            Map.entry("io/kiln/nn", Set.of("io/kiln/random", "io/kiln/core", "io/kiln/error")),
            Map.entry("io/kiln/numpy", Set.of("io/kiln/jit", "io/kiln/core", "io/kiln/error")),
            Map.entry("io/kiln/linalg", Set.of("io/kiln/jit", "io/kiln/core", "io/kiln/error")),
            Map.entry("io/kiln/fft", Set.of("io/kiln/core", "io/kiln/error")),
            Map.entry("io/kiln/optim", Set.of("io/kiln/jit", "io/kiln/core", "io/kiln/error")),
            Map.entry("io/kiln/special", Set.of("io/kiln/core", "io/kiln/error")),
            Map.entry(
                    "io/kiln/random",
                    Set.of("io/kiln/numpy", "io/kiln/linalg", "io/kiln/jit", "io/kiln/core", "io/kiln/error")));

    static List<Module> modules() {
        return MODULES;
    }

    static List<String> corePackages() {
        return JIT_CORE_ARROWS.keySet().stream().sorted().toList();
    }

    @ParameterizedTest
    @MethodSource("modules")
    void aModuleNamesOnlyThePackagesItMayImport(Module module) {
        Set<String> strangers = new TreeSet<>();
        for (Path file : classFiles(ROOT.resolve(module.name()).resolve("target/classes"))) {
            for (String used : names(file)) {
                Matcher matcher = KILN_PACKAGE.matcher(used);
                while (matcher.find()) {
                    String found = matcher.group();
                    if (!within(found, module.packages()) && !within(found, module.mayImport())) {
                        strangers.add(file.getFileName() + " -> " + found);
                    }
                }
                for (String unknown : module.knowsNothingOf()) {
                    if (used.startsWith(unknown) || used.contains("L" + unknown)) {
                        strangers.add(file.getFileName() + " -> " + used);
                    }
                }
            }
        }
        assertThat(strangers).as("what %s may not know", module.name()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("corePackages")
    void aPackageOfJitCoreNamesOnlyThePackagesItMayImport(String home) {
        Set<String> allowed = union(JIT_CORE_ARROWS.get(home), Set.of(home));
        Set<String> strangers = new TreeSet<>();
        for (Path file : classFiles(ROOT.resolve("jit-core/target/classes").resolve(home))) {
            for (String used : names(file)) {
                Matcher matcher = KILN_PACKAGE.matcher(used);
                while (matcher.find()) {
                    if (!within(matcher.group(), allowed)) {
                        strangers.add(file.getFileName() + " -> " + matcher.group());
                    }
                }
            }
        }
        assertThat(strangers).as("what %s may not know", home).isEmpty();
    }

    /** Every class entry, and every descriptor or signature, of a class file: what it names without reflection. */
    private static Set<String> names(Path file) {
        Set<String> names = new HashSet<>();
        try {
            for (var entry : ClassFile.of().parse(file).constantPool()) {
                if (entry instanceof ClassEntry type) {
                    names.add(type.asInternalName());
                } else if (entry instanceof Utf8Entry text && text.stringValue().contains(";")) {
                    names.add(text.stringValue());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return names;
    }

    private static List<Path> classFiles(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> found =
                    files.filter(file -> file.toString().endsWith(".class")).toList();
            assertThat(found).as("class files below %s", folder).isNotEmpty();
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException("no classes of " + folder + "; build the whole reactor", e);
        }
    }

    private static boolean within(String name, Set<String> packages) {
        return packages.stream().anyMatch(p -> name.equals(p) || name.startsWith(p + "/"));
    }

    private static Set<String> union(Set<String> a, Set<String> b) {
        Set<String> all = new HashSet<>(a);
        all.addAll(b);
        return Set.copyOf(all);
    }
}
