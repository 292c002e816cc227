package tern.runtime.cli.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import tern.runtime.cli.console.Bar;
import tern.runtime.gguf.TensorType;
import tern.runtime.model.Preset;
import tern.runtime.synth.Synthesizer;

/// Writes a random model.
@Command(name = "synth", description = "Write a model with random weights as a GGUF file.")
public final class SynthCommand implements Callable<Integer> {

    /// Shapes that can be asked for.
    public static final class Presets implements ITypeConverter<Preset> {
        @Override
        public Preset convert(String name) {
            return Preset.find(name)
                    .orElseThrow(() -> new TypeConversionException(
                            "expected one of %s but was '%s'".formatted(String.join(", ", Preset.names()), name)));
        }
    }

    enum Weights {
        I2_S(TensorType.I2_S),
        TQ1_0(TensorType.TQ1_0),
        TQ2_0(TensorType.TQ2_0),
        Q2_0(TensorType.Q2_0),
        PQ2_0(TensorType.PQ2_0),
        PTQ1_0(TensorType.PTQ1_0);

        private final TensorType type;

        Weights(TensorType type) {
            this.type = type;
        }
    }

    enum Embedding {
        F16(TensorType.F16),
        BF16(TensorType.BF16),
        F32(TensorType.F32),
        Q2_0(TensorType.Q2_0),
        PQ2_0(TensorType.PQ2_0);

        private final TensorType type;

        Embedding(TensorType type) {
            this.type = type;
        }
    }

    @Spec
    private CommandSpec spec;

    @Option(names = "--preset", required = true, paramLabel = "NAME", converter = Presets.class, description = "Shape: " + Preset.LIST + ".")
    private Preset preset;

    @Option(names = "--seed", required = true, paramLabel = "S", description = "The same seed gives the same file.")
    private long seed;

    @Option(names = "--out", required = true, paramLabel = "F.gguf", description = "File to write.")
    private Path out;

    @Option(
            names = "--weights",
            paramLabel = "TYPE",
            defaultValue = "i2_s",
            description = "Type of the ternary weights: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Weights weights;

    @Option(
            names = "--embedding",
            paramLabel = "TYPE",
            defaultValue = "f16",
            description = "Type of the embedding: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Embedding embedding;

    @Override
    public Integer call() throws IOException {
        // Found now, not when a gigabyte is written.
        Path folder = out.toAbsolutePath().getParent();
        if (Files.isDirectory(out) || folder == null) throw new IllegalArgumentException(out + ": a folder, expected a file");
        if (!Files.isDirectory(folder)) throw new NotDirectoryException(folder.toString());
        try (Bar bar = Bar.of("writing " + out.getFileName(), " MB", 1_000_000)) {
            Synthesizer.write(preset.config(), seed, weights.type, embedding.type, out, bar::at);
        }
        spec.commandLine().getOut().printf("%s: %,d bytes%n", out, Files.size(out));
        if (preset.isGuess()) spec.commandLine().getOut().printf("%s: %s%n", preset.name(), preset.provenance());
        return 0;
    }
}
