package io.kiln.driver;

import io.kiln.core.ClosedProgram;
import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.model.Model;
import io.kiln.model.ModelInput;
import io.kiln.model.ModelOutput;
import io.kiln.model.Weight;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What scores a row: a model, or a function that becomes one when the types of its columns are known. */
sealed interface RowSource {
    /** What messages call it. */
    String name();

    /** Its inputs, as far as they are known without a table. */
    List<Binding.Slot> inputs();

    /** The model for rows of these types; a function is traced. */
    Model model(List<ShapedArray> rows);

    /** A model that was loaded or trained. */
    record OfModel(Model model) implements RowSource {
        @Override
        public String name() {
            return model.name();
        }

        @Override
        public List<Binding.Slot> inputs() {
            return model.inputs().stream().map(Binding.Slot::of).toList();
        }

        @Override
        public Model model(List<ShapedArray> rows) {
            return model;
        }
    }

    /**
     * A Java function.
     *
     * @param name what messages call it
     * @param inputs its parameters: their names where they are known, their types from a table
     * @param function its results for tensors of one row
     */
    record OfFunction(String name, List<Binding.Slot> inputs, Function<List<Tensor>, Object> function)
            implements RowSource {
        /** A lambda or method reference. */
        static OfFunction of(RowFunction function) {
            return new OfFunction(
                    ParameterNames.label(function),
                    slots(ParameterNames.of(function).orElse(null), function.arity()),
                    function::call);
        }

        /** A static method whose parameters are tensors: one a column, or one vector of all columns. */
        static OfFunction of(Method method) {
            String name = method.getDeclaringClass().getSimpleName() + "." + method.getName();
            boolean tensors = List.of(method.getParameterTypes()).stream().allMatch(type -> type == Tensor.class);
            if (!Modifier.isStatic(method.getModifiers()) || !tensors || method.getParameterCount() == 0) {
                throw KilnException.user(
                        "scoring with %s: required a static method of one row whose parameters are Tensor, got %s"
                                .formatted(name, method.toGenericString()),
                        "declare it as: public static Tensor %s(Tensor a, Tensor b)".formatted(method.getName()));
            }
            if (!method.trySetAccessible()) {
                throw KilnException.user(
                        "scoring with %s: the method is not accessible".formatted(name),
                        "make the class and the method public");
            }
            return new OfFunction(
                    name,
                    slots(ParameterNames.of(method).orElse(null), method.getParameterCount()),
                    row -> invoke(method, row));
        }

        private static List<Binding.Slot> slots(@Nullable List<String> names, int arity) {
            List<Binding.Slot> slots = new ArrayList<>();
            for (int i = 0; i < arity; i++) {
                slots.add(new Binding.Slot(names == null ? null : names.get(i), null, List.of()));
            }
            return slots;
        }

        private static Object invoke(Method method, List<Tensor> row) {
            try {
                return method.invoke(null, row.toArray());
            } catch (InvocationTargetException e) {
                if (e.getCause() instanceof RuntimeException cause) {
                    throw cause;
                }
                if (e.getCause() instanceof Error cause) {
                    throw cause;
                }
                throw new IllegalStateException(e.getCause());
            } catch (IllegalAccessException e) {
                throw new IllegalStateException("the method was made accessible", e);
            }
        }

        @Override
        public Model model(List<ShapedArray> rows) {
            Map<String, Tensor> results = new LinkedHashMap<>();
            ClosedProgram closed;
            try {
                closed = Trace.trace(
                        name,
                        row -> {
                            flatten("", function.apply(row), results);
                            return List.copyOf(results.values());
                        },
                        rows);
            } catch (LinkageError e) {
                throw new KilnException(
                        ErrorCategory.USER,
                        "tracing %s: a class that it needs cannot be loaded: %s".formatted(name, e.getMessage()),
                        "put the jar with it on --jars",
                        e);
            }
            List<ModelInput> named = new ArrayList<>();
            for (int i = 0; i < rows.size(); i++) {
                String own = inputs.get(i).name();
                named.add(new ModelInput(own == null ? "input" + i : own, rows.get(i), List.of()));
            }
            List<Weight> weights = new ArrayList<>();
            for (HostArray value : closed.consts()) {
                weights.add(new Weight("const" + weights.size(), value));
            }
            List<ModelOutput> outputs = new ArrayList<>();
            for (String output : results.keySet()) {
                outputs.add(new ModelOutput(output, closed.program().outputs().get(outputs.size())));
            }
            return new Model(name, named, outputs, closed.program(), weights, "error", Map.of(), null);
        }

        private void flatten(String prefix, @Nullable Object value, Map<String, Tensor> out) {
            switch (value) {
                case Tensor tensor -> out.put(prefix.isEmpty() ? "output0" : prefix, tensor);
                case Record rec -> {
                    for (RecordComponent component : rec.getClass().getRecordComponents()) {
                        flatten(join(prefix, component.getName()), component(rec, component), out);
                    }
                }
                case Map<?, ?> map -> map.forEach((key, each) -> flatten(join(prefix, String.valueOf(key)), each, out));
                case List<?> list -> {
                    for (int i = 0; i < list.size(); i++) {
                        flatten(prefix.isEmpty() ? "output" + i : prefix + "_" + i, list.get(i), out);
                    }
                }
                case null, default ->
                    throw KilnException.user(
                            "tracing %s: required a Tensor, or a record, a map or a list of tensors, got %s"
                                    .formatted(
                                            name,
                                            value == null
                                                    ? "null"
                                                    : value.getClass().getName()),
                            "return the tensors that should become columns");
            }
        }

        private static String join(String prefix, String name) {
            return prefix.isEmpty() ? name : prefix + "_" + name;
        }

        private static Object component(Record rec, RecordComponent component) {
            try {
                component.getAccessor().setAccessible(true);
                return component.getAccessor().invoke(rec);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("a record's accessor can be called", e);
            }
        }
    }
}
