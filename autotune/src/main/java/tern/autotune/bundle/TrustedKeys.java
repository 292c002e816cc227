package tern.autotune.bundle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Locale.ROOT;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tern.ir.store.Store;
import tern.ir.store.WholeFile;

/// Whose measurements the user believes: a text file with one key on a line, `#` before a remark.
public final class TrustedKeys {

    public static final String FILE = "trusted.keys";

    private final Path file;

    private TrustedKeys(Path file) {
        this.file = file;
    }

    /// The list in this folder; empty if there is none.
    public static TrustedKeys in(Path folder) {
        return new TrustedKeys(folder.resolve(FILE));
    }

    /// In the order in which they were added.
    ///
    /// @throws BundleException if a line is no key
    public List<SignerKey> keys() throws IOException {
        if (!Files.exists(file)) return List.of();
        Set<SignerKey> keys = new LinkedHashSet<>();
        List<String> lines = Files.readAllLines(file, UTF_8);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).replaceFirst("#.*", "").strip();
            if (line.isEmpty()) continue;
            try {
                keys.add(SignerKey.parse(line));
            } catch (BundleException e) {
                throw new BundleException(String.format(ROOT, "%s:%d: %s", file, i + 1, e.getMessage()), e);
            }
        }
        return List.copyOf(keys);
    }

    public boolean contains(SignerKey key) throws IOException {
        return keys().contains(key);
    }

    /// @return false if it was there already
    public boolean add(SignerKey key) throws IOException {
        if (contains(key)) return false;
        List<String> lines = lines();
        lines.add(key.toString());
        write(lines);
        return true;
    }

    /// @return false if it was not there
    public boolean remove(SignerKey key) throws IOException {
        List<String> lines = lines();
        boolean removed = lines.removeIf(line -> line.replaceFirst("#.*", "").strip().equals(key.toString()));
        if (removed) write(lines);
        return removed;
    }

    private List<String> lines() throws IOException {
        return Files.exists(file) ? new ArrayList<>(Files.readAllLines(file, UTF_8)) : new ArrayList<>();
    }

    private void write(List<String> lines) throws IOException {
        Store.write(file, channel -> WholeFile.writeAll(channel, ByteBuffer.wrap((String.join("\n", lines) + "\n").getBytes(UTF_8))));
    }
}
