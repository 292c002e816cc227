package tern.runtime.cli.tune;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tern.ir.Packing;
import tern.ir.PackingCheck;
import tern.runtime.cli.console.Texts;

/// The packings of all `.tir` files in a folder.
final class PackingFolder {

    private PackingFolder() {}

    /// @throws tern.ir.text.IrException if a text is wrong
    /// @throws IllegalArgumentException if a packing is none, or there is no text
    static List<Packing> read(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) throw new NotDirectoryException(folder.toString());
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(file -> file.toString().endsWith(".tir")).sorted().toList();
        }
        if (files.isEmpty()) throw new IllegalArgumentException(folder + ": no .tir file in this folder");
        var packings = new ArrayList<Packing>();
        for (Path file : files)
            for (Packing packing : Texts.parse(file).packings()) {
                try {
                    PackingCheck.of(packing).require();
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
                }
                packings.add(packing);
            }
        return packings;
    }
}
