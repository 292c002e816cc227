package tern.runtime.gguf;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import tern.runtime.ModelException;
import tern.runtime.Quote;

/// A model in several GGUF files, `NAME-00001-of-00003.gguf` and so on: the first has all keys, each has some of the tensors.
///
/// Source: llama.cpp `tools/gguf-split`, `llama_split_path`.
public final class GgufShards {

    private static final String NO = "split.no", COUNT = "split.count", TENSORS = "split.tensors.count";
    private static final Pattern NAME = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");
    private static final int MOST_NAMED = 4;

    private GgufShards() {}

    /// What the names of all shards of a model have in common; empty if a file is not called as a shard is.
    public static Optional<String> family(Path file) {
        Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
        return name.matches() ? Optional.of(name.group(1) + "-of-" + name.group(3)) : Optional.empty();
    }

    /// Whether a key tells of shards, and so nothing of the model.
    public static boolean isOfShards(String key) {
        return key.equals(NO) || key.equals(COUNT) || key.equals(TENSORS);
    }

    static boolean isShard(Gguf file) {
        return file.metadata().has(COUNT) && file.metadata().count(COUNT) > 1;
    }

    /// @param given any shard
    /// @throws ModelException if one is missing, or is not what its name says
    static Gguf join(Path path, Gguf given, Arena arena) throws IOException {
        int count = given.metadata().count(COUNT), own = given.metadata().count(NO) + 1;
        var shards = new ArrayList<Gguf>();
        for (Path file : files(path, own, count)) shards.add(Gguf.one(file, arena));
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            Gguf shard = shards.get(i);
            Metadata keys = shard.metadata();
            if (keys.count(NO, -1) != i || keys.count(COUNT, 0) != count)
                throw wrong(shard.file(), COUNT, "found shard %d of %d, expected %d of %d, as its name says"
                        .formatted(keys.count(NO, -1) + 1, keys.count(COUNT, 0), i + 1, count));
            for (Tensor tensor : shard.tensors()) {
                Tensor other = tensors.put(tensor.name(), tensor);
                if (other != null)
                    throw new ModelException(shard.file(), "tensor " + Quote.of(tensor.name()), "found it in %s as well".formatted(other.file()));
            }
        }
        Gguf first = shards.getFirst();
        int expected = first.metadata().count(TENSORS, tensors.size());
        if (expected != tensors.size()) throw wrong(first.file(), TENSORS, "found %d, but the shards have %d tensors".formatted(expected, tensors.size()));
        return Gguf.joined(given.file(), shards, List.copyOf(tensors.values()));
    }

    private static List<Path> files(Path given, int own, int count) {
        Matcher name = NAME.matcher(String.valueOf(given.getFileName()));
        if (!name.matches() || Integer.parseInt(name.group(2)) != own || Integer.parseInt(name.group(3)) != count)
            throw wrong(given.toString(), COUNT, "is shard %d of %d; the others are found by its name, so expected it to be called *-%05d-of-%05d.gguf"
                    .formatted(own, count, own, count));
        List<Path> all = IntStream.rangeClosed(1, count)
                .mapToObj(i -> given.resolveSibling("%s-%05d-of-%05d.gguf".formatted(name.group(1), i, count))).toList();
        List<String> missing = all.stream().filter(file -> !Files.isRegularFile(file)).map(file -> String.valueOf(file.getFileName())).toList();
        if (!missing.isEmpty())
            throw wrong(given.toString(), COUNT, "is shard %d of %d; missing in its folder: %s%s".formatted(own, count,
                    String.join(", ", missing.subList(0, Math.min(MOST_NAMED, missing.size()))),
                    missing.size() > MOST_NAMED ? " and %d more".formatted(missing.size() - MOST_NAMED) : ""));
        return all;
    }

    private static ModelException wrong(String file, String key, String problem) {
        return new ModelException(file, Metadata.part(key), problem);
    }
}
