package tern.runtime.cli.serve;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.cli.option.TemplateOptions;

/// `tern serve`: a model over HTTP.
@Command(name = "serve", description = "Serves a model over HTTP, in the forms of OpenAI and Anthropic, with a page to talk to it.")
public final class ServeCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Option(names = "--model", required = true, paramLabel = "F", description = ModelOptions.MODEL)
    Path model = Path.of("");

    @Option(names = "--host", paramLabel = "H", description = "address to listen at (default: ${DEFAULT-VALUE}, this machine alone)")
    String host = "127.0.0.1";

    @Option(names = "--port", paramLabel = "P", description = "port; 0 = any that is free (default: ${DEFAULT-VALUE})")
    int port = 8080;

    @Option(names = "--parallel", paramLabel = "N", description = "texts that are generated at the same time, at most (default: ${DEFAULT-VALUE})")
    int parallel = 16;

    @Option(names = "--queue", paramLabel = "N", description = "requests that wait, at most; others are told 429 (default: ${DEFAULT-VALUE})")
    int queue = 512;

    @Option(
            names = "--kv-memory",
            paramLabel = "SIZE",
            description = "memory for keys and values, such as 8G; what --parallel does not need keeps prefixes (default: a third of what is free)")
    @Nullable
    String kvMemory;

    @Option(
            names = "--chunk",
            paramLabel = "N",
            description = "tokens of prompts in a pass while texts are generated: fewer make streams steadier and prompts slower (default: ${DEFAULT-VALUE})")
    int chunk = 32;

    @Option(names = "--api-key-file", paramLabel = "F", description = "file whose first line is the key that requests must show (default: none)")
    @Nullable
    Path keyFile;

    @Option(names = "--no-key", description = "listen beyond this machine without a key: anyone who reaches the port may use it")
    boolean noKey;

    @Option(names = "--tls-cert", paramLabel = "F", description = "certificates, PEM; with --tls-key, HTTPS (default: none)")
    @Nullable
    Path certificates;

    @Option(names = "--tls-key", paramLabel = "F", description = "private key, PEM (default: none)")
    @Nullable
    Path privateKey;

    @Option(names = "--lab", description = "the page checks, draws and times packings that are typed into it; for this machine alone")
    boolean lab;

    @Option(names = "--name", paramLabel = "NAME", description = "name of the model in requests (default: the file's)")
    @Nullable
    String name;

    @Mixin
    TemplateOptions template = new TemplateOptions();

    @Option(names = "--grace", paramLabel = "S", description = "seconds that running requests get when the server is stopped (default: ${DEFAULT-VALUE})")
    int grace = 30;

    @Mixin
    ModelOptions options = new ModelOptions();

    @Override
    public Integer call() throws IOException, InterruptedException {
        return new Serving(this).run();
    }
}
