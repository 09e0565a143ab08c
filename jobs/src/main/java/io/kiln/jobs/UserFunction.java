package io.kiln.jobs;

import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** A static method of one row in a user's jar, as {@code --function com.example.Risk::score} names it. */
record UserFunction(Method method) {
    /**
     * Finds the method by the context class loader, to which {@code jars} are added for the rest of the command.
     *
     * @throws KilnException user: no such jar, class or method, or its parameters are not tensors
     */
    static UserFunction find(String name, List<Path> jars) {
        addToContext(jars);
        int colons = name.indexOf("::");
        if (colons <= 0 || colons + 2 >= name.length()) {
            throw KilnException.usage(
                    "reading --function: CLASS::METHOD is required, got " + name,
                    "write it as com.example.Risk::score");
        }
        String className = name.substring(0, colons);
        String methodName = name.substring(colons + 2);
        Class<?> holder = load(className, jars);
        List<Method> named = Arrays.stream(holder.getMethods())
                .filter(method -> method.getName().equals(methodName) && Modifier.isStatic(method.getModifiers()))
                .toList();
        List<Method> ofTensors =
                named.stream().filter(UserFunction::takesTensors).toList();
        if (ofTensors.size() != 1) {
            String got = named.isEmpty()
                    ? "no such method"
                    : String.join("; ", named.stream().map(Method::toString).toList());
            throw KilnException.user(
                    "loading function %s: one public static method whose parameters are Tensor is required, got %s"
                            .formatted(name, got),
                    "write it as `public static Tensor %s(Tensor a, ...)`".formatted(methodName));
        }
        return new UserFunction(ofTensors.getFirst());
    }

    /** What results and the compiled program are called. */
    String name() {
        return method.getName();
    }

    private static boolean takesTensors(Method method) {
        return method.getParameterCount() > 0
                && Stream.of(method.getParameterTypes()).allMatch(type -> type == Tensor.class)
                && method.getReturnType() != void.class;
    }

    private static Class<?> load(String className, List<Path> jars) {
        try {
            return Class.forName(className, true, Thread.currentThread().getContextClassLoader());
        } catch (ClassNotFoundException e) {
            throw KilnException.user(
                    "loading function: class %s is in none of the jars (--jars %s)"
                            .formatted(className, jars.isEmpty() ? "was not given" : jars),
                    "name its jar by --jars; a nested class is written Outer$Inner");
        } catch (LinkageError e) {
            throw KilnException.user(
                    "loading function: class %s cannot be loaded: %s".formatted(className, e),
                    "compile it for Java 25 or older, and name the jars that it needs by --jars");
        }
    }

    private static void addToContext(List<Path> jars) {
        if (jars.isEmpty()) {
            return;
        }
        URL[] urls = jars.stream().map(UserFunction::url).toArray(URL[]::new);
        Thread thread = Thread.currentThread();
        thread.setContextClassLoader(new URLClassLoader(urls, thread.getContextClassLoader()));
    }

    private static URL url(Path jar) {
        if (!Files.isRegularFile(jar)) {
            throw KilnException.user("loading jars: there is no file " + jar, "check --jars");
        }
        try {
            return jar.toUri().toURL();
        } catch (MalformedURLException e) {
            throw KilnException.user("loading jars: %s is no path: %s".formatted(jar, e.getMessage()), "check --jars");
        }
    }
}
