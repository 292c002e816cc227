package tern.runtime.cli.option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Where a user's files lie.
public final class Folders {

    private Folders() {}

    /// For what can be made again: packed weights, records. `$TERN_CACHE`, `$XDG_CACHE_HOME/tern` or `~/.cache/tern`.
    ///
    /// @param given instead of all these
    public static Path cache(@Nullable Path given) {
        return choose(given, "TERN_CACHE", "XDG_CACHE_HOME", ".cache");
    }

    /// For what cannot: keys. `$TERN_CONFIG`, `$XDG_CONFIG_HOME/tern` or `~/.config/tern`.
    ///
    /// @param given instead of all these
    static Path config(@Nullable Path given) {
        return choose(given, "TERN_CONFIG", "XDG_CONFIG_HOME", ".config");
    }

    /// A folder with files, and no folders, in it.
    public static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) Files.deleteIfExists(file);
        }
        Files.deleteIfExists(folder);
    }

    private static Path choose(@Nullable Path given, String own, String shared, String home) {
        if (given != null) return given;
        String ours = System.getenv(own), theirs = System.getenv(shared);
        if (ours != null && !ours.isBlank()) return Path.of(ours);
        if (theirs != null && !theirs.isBlank()) return Path.of(theirs, "tern");
        return Path.of(System.getProperty("user.home"), home, "tern");
    }
}
