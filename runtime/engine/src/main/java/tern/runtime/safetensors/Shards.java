package tern.runtime.safetensors;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import tern.runtime.ModelException;
import tern.runtime.Quote;
import tern.runtime.json.JsonTree;

/// All tensors of a checkpoint, in one file or in several.
public final class Shards {

    private static final String INDEX = ".index.json";
    private static final long LONGEST_INDEX = 1 << 25;
    private static final int MOST_FILES = 1 << 12;

    private final Map<String, StoredTensor> tensors;

    private Shards(Map<String, StoredTensor> tensors) {
        this.tensors = tensors;
    }

    /// The files of a checkpoint.
    ///
    /// @param given a safetensors file, or an index, `*.safetensors.index.json`
    /// @throws ModelException if an index names what is no file next to it
    public static List<Path> files(Path given) throws IOException {
        if (!isIndex(given)) return List.of(given);
        var files = new ArrayList<Path>();
        for (String name : new TreeSet<>(homes(given).values())) {
            boolean plain = name.endsWith(".safetensors") && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c == 0);
            if (!plain)
                throw new ModelException(given.toString(), "key 'weight_map'", "found the file name %s, expected one of this folder".formatted(Quote.of(name)));
            Path file = given.resolveSibling(name);
            if (!Files.isRegularFile(file)) throw new ModelException(given.toString(), "key 'weight_map'", "found no file " + Quote.of(name));
            files.add(file);
        }
        if (files.isEmpty() || files.size() > MOST_FILES)
            throw new ModelException(given.toString(), "key 'weight_map'", "found %d files, expected 1 to %d".formatted(files.size(), MOST_FILES));
        return files;
    }

    static boolean isIndex(Path file) {
        return file.toString().endsWith(INDEX);
    }

    /// From a tensor to the name of its file.
    private static Map<String, String> homes(Path index) throws IOException {
        JsonTree map = JsonTree.read(index, LONGEST_INDEX).object("weight_map");
        var homes = new LinkedHashMap<String, String>();
        for (String tensor : map.keys()) homes.put(tensor, map.text(tensor));
        return homes;
    }

    /// Maps all files of a checkpoint.
    ///
    /// @param given as in [#files]
    /// @param arena owns the mappings
    /// @throws ModelException if a file is damaged, a tensor comes twice, or is not where the index says
    public static Shards open(Path given, Arena arena) throws IOException {
        var tensors = new LinkedHashMap<String, StoredTensor>();
        for (Path file : files(given))
            for (StoredTensor tensor : Safetensors.open(file, arena).tensors()) {
                StoredTensor other = tensors.put(tensor.name(), tensor);
                if (other != null)
                    throw new ModelException(file.toString(), "tensor " + Quote.of(tensor.name()), "found it in %s as well".formatted(other.file()));
            }
        if (isIndex(given)) checkHomes(given, tensors);
        return new Shards(tensors);
    }

    private static void checkHomes(Path index, Map<String, StoredTensor> tensors) throws IOException {
        for (var home : homes(index).entrySet()) {
            StoredTensor tensor = tensors.get(home.getKey());
            if (tensor == null || !tensor.file().equals(index.resolveSibling(home.getValue()).toString()))
                throw new ModelException(index.toString(), "tensor " + Quote.of(home.getKey()), "found no such tensor in " + Quote.of(home.getValue()));
        }
    }

    public Collection<StoredTensor> tensors() {
        return tensors.values();
    }

    public Optional<StoredTensor> find(String name) {
        return Optional.ofNullable(tensors.get(name));
    }
}
