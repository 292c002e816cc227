package tern.runtime.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tern.runtime.ModelException;
import tern.runtime.gguf.GgufShards;

/// What a user named as a model, as it was found on disk. The rest of a model's files is where the format puts it.
public sealed interface ModelFile {

    /// One GGUF file.
    record GgufFile(Path file) implements ModelFile {}

    /// A Hugging Face checkpoint.
    ///
    /// @param folder  of `config.json` and the tokenizer
    /// @param tensors a safetensors file, or the index of several
    record Checkpoint(Path folder, Path tensors) implements ModelFile {}

    /// How PyTorch's pickles are called, microsoft/BitNet's `gpu/` checkpoints among them.
    Set<String> PICKLES = Set.of("pt", "pth", "bin", "ckpt", "pkl");

    String SINGLE = "model.safetensors", INDEX = "model.safetensors.index.json";

    /// @param given a GGUF file, a safetensors file (one shard stands for all), its index, or a folder with either
    /// @throws NoSuchFileException if there is nothing
    /// @throws ModelException      if it is of another kind, or a folder with several models
    static ModelFile find(Path given) throws IOException {
        if (Files.isDirectory(given)) return inFolder(given);
        if (!Files.exists(given)) throw new NoSuchFileException(given.toString());
        if (!Files.isRegularFile(given)) throw new IllegalArgumentException(given + ": no regular file");
        String name = String.valueOf(given.getFileName()).toLowerCase(Locale.ROOT);
        if (name.endsWith(".safetensors.index.json")) return checkpoint(given);
        if (name.endsWith(".safetensors")) return checkpoint(wholeOf(given));
        if (PICKLES.contains(name.substring(name.lastIndexOf('.') + 1)))
            throw new ModelException(given.toString(), "file", "is a PyTorch pickle, which may run any code and is not read; expected GGUF or safetensors");
        return new GgufFile(given);
    }

    private static ModelFile inFolder(Path folder) throws IOException {
        for (String name : List.of(INDEX, SINGLE))
            if (Files.isRegularFile(folder.resolve(name))) return checkpoint(folder.resolve(name));
        List<Path> files;
        try (var all = Files.list(folder)) {
            files = all.filter(file -> file.toString().endsWith(".gguf") || file.toString().endsWith(".safetensors")).sorted().toList();
        }
        var families = new HashSet<String>(); // of several shards, the first stands for all
        files = files.stream().filter(file -> GgufShards.family(file).map(families::add).orElse(true)).toList();
        if (files.size() == 1) return find(files.getFirst());
        throw new ModelException(folder.toString(), "folder", files.isEmpty()
                ? "found no %s, %s or *.gguf".formatted(SINGLE, INDEX)
                : "found %s; name one of them".formatted(files.stream().map(file -> String.valueOf(file.getFileName())).toList()));
    }

    /// A shard of a checkpoint lies next to the index of all of them.
    private static Path wholeOf(Path file) {
        Path index = file.resolveSibling(INDEX);
        boolean isShard = String.valueOf(file.getFileName()).matches(".*-\\d+-of-\\d+\\.safetensors");
        return isShard && Files.isRegularFile(index) ? index : file;
    }

    private static Checkpoint checkpoint(Path tensors) {
        Path folder = tensors.toAbsolutePath().getParent();
        return new Checkpoint(folder == null ? tensors.toAbsolutePath() : folder, tensors);
    }
}
