package tern.api;

import java.nio.file.Path;
import tern.ir.Element;

/// How a model is opened.
///
/// @param device   `cpu`, `cpu:machine`, `cuda`: a back end on the class path, perhaps with one of its devices
/// @param threads  cores; 0 = all
/// @param context  tokens of a text, prompt included; 0 = the model's
/// @param parallel texts that are generated at the same time, at most; each has keys and values of the whole context
/// @param queue    texts that wait, at most
/// @param cache    element of keys and values: F32, BF16 or I8
/// @param folder   of packed weights, which are made once
public record Options(String device, int threads, int context, int parallel, int queue, Element cache, Path folder) {

    /// Four texts of 4096 tokens at most on all cores, packed weights in `~/.cache/tern`.
    public static final Options USUAL =
            new Options("cpu", 0, 4096, 4, 256, Element.F32, Path.of(System.getProperty("user.home"), ".cache", "tern"));

    public Options withDevice(String other) {
        return new Options(other, threads, context, parallel, queue, cache, folder);
    }

    public Options withContext(int tokens) {
        return new Options(device, threads, tokens, parallel, queue, cache, folder);
    }

    public Options withParallel(int texts) {
        return new Options(device, threads, context, texts, queue, cache, folder);
    }

    public Options withQueue(int texts) {
        return new Options(device, threads, context, parallel, texts, cache, folder);
    }

    public Options withFolder(Path other) {
        return new Options(device, threads, context, parallel, queue, cache, other);
    }

    public Options withThreads(int cores) {
        return new Options(device, cores, context, parallel, queue, cache, folder);
    }
}
