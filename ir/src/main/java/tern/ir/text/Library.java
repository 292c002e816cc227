package tern.ir.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The texts that come with Tern, each the parent of the next.
final class Library {

    /// Names of the texts in `tern/ir/library`.
    static final List<String> TEXTS = List.of("codecs.tir", "files.tir", "lanes.tir", "kernels.tir");

    static final Tir TIR = read();

    private Library() {}

    private static Tir read() {
        Tir last = null;
        for (String text : TEXTS) last = Tir.parse(source(text), last);
        return Objects.requireNonNull(last);
    }

    private static Source source(String name) {
        String path = "/tern/ir/library/" + name;
        try (@Nullable InputStream in = Library.class.getResourceAsStream(path)) {
            if (in == null) throw new IllegalStateException("missing resource " + path);
            return new Source("library/" + name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
