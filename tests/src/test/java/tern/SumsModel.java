package tern;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import tern.runtime.evaluate.Exam;
import tern.runtime.model.ModelSource;

/// The model that learned to add, from the demo, and the same with something wrong in it.
public final class SumsModel {

    private SumsModel() {}

    /// A copy that can be mapped.
    public static Path copy(Path folder) throws IOException {
        return Files.write(folder.resolve("sums.gguf"), resource("sums.gguf"));
    }

    /// What it was never taught.
    public static Exam exam() throws IOException {
        return Exam.parse(new String(resource("sums.txt"), StandardCharsets.UTF_8));
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = SumsModel.class.getResourceAsStream("/tern/runtime/cli/run/" + name)) {
            if (in == null) throw new AssertionError("no " + name);
            return in.readAllBytes();
        }
    }

    /// Takes what a model's file says and gives something else in its place.
    @FunctionalInterface
    public interface Change<T> {
        T of(T right);
    }

    /// A model with one tensor changed, and another digest, so that no packed copy of the right one is taken.
    ///
    /// @param type what the tensor is asked for as: [tern.runtime.model.Linear], or the memory of a norm
    public static <T> UnaryOperator<ModelSource> withTensor(String tensor, Class<T> type, Change<T> change) {
        return right -> with(right, change.getClass().getName(),
                (first, result) -> type.isInstance(result) && tensor.equals(first) ? change.of(type.cast(result)) : result);
    }

    /// A model with one answer changed: `config` and such.
    public static <T> ModelSource withAnswer(ModelSource right, Class<T> type, Change<T> change) {
        return with(right, "", (first, result) -> type.isInstance(result) ? change.of(type.cast(result)) : result);
    }

    /// @param first argument of the call
    private interface Answer {
        Object of(Object first, Object result);
    }

    private static ModelSource with(ModelSource right, String mark, Answer answer) {
        return (ModelSource) Proxy.newProxyInstance(
                SumsModel.class.getClassLoader(), new Class<?>[] {ModelSource.class}, (_, method, arguments) -> {
                    Object result = method.invoke(right, arguments);
                    if (method.getName().equals("digest")) return result + mark;
                    return answer.of(arguments == null ? "" : arguments[0], result);
                });
    }
}
