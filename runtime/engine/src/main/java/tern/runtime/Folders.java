package tern.runtime;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
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
    public static Path config(@Nullable Path given) {
        return choose(given, "TERN_CONFIG", "XDG_CONFIG_HOME", ".config");
    }

    /// A folder with files, and no folders, in it.
    public static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) Files.deleteIfExists(file);
        }
        Files.deleteIfExists(folder);
    }

    /// `$HOME` before what the system's list of users says, as programs do. Where that knows of none, the JVM says `?`: files then last as
    /// long as the process does.
    private static Path home() {
        String given = File.separatorChar == '/' ? System.getenv("HOME") : null;
        String home = given == null || given.isBlank() ? System.getProperty("user.home", "") : given;
        return home.isBlank() || home.equals("?") ? Homeless.FOLDER : Path.of(home);
    }

    /// Made once it is needed.
    private static final class Homeless {
        static final Path FOLDER = make();

        private static Path make() {
            try {
                Path folder = Files.createTempDirectory("tern-");
                System.err.println("tern: there is no home folder, so nothing is kept for the next time; --cache DIR or TERN_CACHE names a folder");
                Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(folder)));
                return folder;
            } catch (IOException e) {
                throw new UncheckedIOException("there is no home folder, and no temporary one", e);
            }
        }

        private static void remove(Path folder) {
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path file : all.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(file);
            } catch (IOException _) {
                // What is left goes with the system's temporary files.
            }
        }
    }

    private static Path choose(@Nullable Path given, String own, String shared, String home) {
        if (given != null) return given;
        String ours = System.getenv(own), theirs = System.getenv(shared);
        if (ours != null && !ours.isBlank()) return Path.of(ours);
        if (theirs != null && !theirs.isBlank()) return Path.of(theirs, "tern");
        return home().resolve(home).resolve("tern");
    }
}
