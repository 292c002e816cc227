package tern.runtime.cli.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tern.runtime.cli.console.Bar;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.convert.Conversion;
import tern.runtime.convert.Conversion.Result;
import tern.runtime.convert.Conversion.Weights;

/// `tern convert`: a model in another format.
@Command(name = "convert", description = "Write a model in another format, and check it by reading it back.")
public final class ConvertCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "IN", description = ModelOptions.MODEL)
    private Path in;

    @Parameters(index = "1", paramLabel = "OUT", description = "File to write; a folder for packed weights.")
    private Path out;

    @Option(
            names = "--weights",
            required = true,
            paramLabel = "TYPE",
            description = "i2_s, tq1_0, tq2_0, q1_0, q2_0, pq2_0, ptq1_0 and iq2_bn make a GGUF file, packed a Hugging Face checkpoint.")
    private Weights weights;

    @Option(names = "--round-scales", description = "Let formats whose scales are f16 round them.")
    private boolean roundScales;

    @Option(names = "--force", description = "Replace OUT if it is there. A link stays, and what it leads to is replaced.")
    private boolean force;

    @Option(names = "--i2s-arm", description = "I2_S tensors of IN have the layout of files quantized on ARM")
    private boolean armI2s;

    @Override
    public Integer call() throws IOException {
        Result result;
        try (Bar bar = Bar.of("converting " + out.getFileName(), " M weights", 1_000_000)) {
            result = new Conversion(weights, roundScales, armI2s, force).run(in, out, bar::at);
        }
        spec.commandLine().getOut().printf("%s: %,d bytes; %,d ternary weights, norms, embedding and head are read back equal%n",
                result.path(), result.bytes(), result.weights());
        result.note().ifPresent(note -> spec.commandLine().getErr().println("tern convert: " + note));
        return 0;
    }
}
