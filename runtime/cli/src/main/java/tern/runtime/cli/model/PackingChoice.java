package tern.runtime.cli.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tern.ir.Packing;
import tern.ir.PackingCheck;
import tern.ir.text.Tir;
import tern.runtime.cli.console.Texts;

/// One packing of a text.
final class PackingChoice {

    @Parameters(index = "0", paramLabel = "P.tir", description = "The text with the packing.")
    private Path text = Path.of("");

    @Option(names = "--packing", paramLabel = "P", description = "Which packing, one of the text or the library. Default: the text's only one.")
    private @Nullable String name;

    Packing packing() throws IOException {
        Tir tir = Texts.parse(text);
        List<Packing> own = tir.packings();
        if (name == null && own.size() != 1)
            throw new IllegalArgumentException("%s has %s: --packing says which".formatted(text, Texts.count(own.size(), "packing")));
        Packing packing = name == null ? own.getFirst() : tir.packing(name);
        PackingCheck.of(packing).require();
        return packing;
    }
}
