package tern.ir.store;

import java.nio.file.Path;
import java.util.Optional;

/// What is kept in a [Store].
public enum Kind {
    /// Schedules that the cost model chose.
    CHOICE("plan2", "chosen schedules"),
    /// Machine code of programs that were proved.
    CODE("code2", "kernels of machine code"),
    /// Digests of model files.
    DIGEST("digest2", "digests of model files");

    private final String suffix, content;

    Kind(String suffix, String content) {
        this.suffix = suffix;
        this.content = content;
    }

    /// Of the names of files: a word, and the number of the way in which they are written.
    public String suffix() {
        return suffix;
    }

    /// In the words of a list.
    public String content() {
        return content;
    }

    /// Where it lies; code that is run has a folder of its own, which nobody else may write.
    ///
    /// @param cache folder of a user's caches
    public Path folder(Path cache) {
        return this == CODE ? cache.resolve("code") : cache;
    }

    boolean isWord(String other) {
        return word(other).equals(word(suffix));
    }

    /// @param suffix of any version
    static Optional<Kind> of(String suffix) {
        for (Kind one : values()) if (one.isWord(suffix)) return Optional.of(one);
        return Optional.empty();
    }

    private static String word(String suffix) {
        return suffix.replaceFirst("[0-9]+$", "");
    }
}
