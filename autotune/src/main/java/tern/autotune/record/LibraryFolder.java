package tern.autotune.record;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where SQLite's driver unpacks its library, from which the system then executes it. The folder for temporary files may forbid that, or be
/// read-only; the folder of the records may not. The driver tries once in a process, and a failure leaves it unusable: so it is found first.
final class LibraryFolder {

    /// Read by the driver.
    static final String PROPERTY = "org.sqlite.tmpdir";

    private LibraryFolder() {}

    /// Names a folder to the driver, unless somebody has, or the usual one will do.
    ///
    /// @param records the folder of the file of records
    /// @return false if there is none
    static synchronized boolean find(@Nullable Path records) {
        if (System.getProperty(PROPERTY) != null) return true;
        Path usual = Path.of(System.getProperty("java.io.tmpdir"));
        Optional<Path> found = (records == null ? List.of(usual) : List.of(usual, records)).stream().filter(LibraryFolder::executes).findFirst();
        found.filter(folder -> !folder.equals(usual)).ifPresent(folder -> System.setProperty(PROPERTY, folder.toString()));
        return found.isPresent();
    }

    /// Of a file on a file system that is mounted `noexec`, Linux says that it is not executable, whatever its permissions.
    private static boolean executes(Path folder) {
        try {
            Path probe = Files.createTempFile(folder, "tern", ".probe");
            try {
                return !probe.toFile().setExecutable(true) || Files.isExecutable(probe);
            } finally {
                Files.deleteIfExists(probe);
            }
        } catch (IOException e) {
            return false;
        }
    }
}
