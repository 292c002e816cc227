package tern.runtime.cli.serve;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tern.ir.Op;
import tern.ir.device.Device;
import tern.runtime.chat.ChatFormat;
import tern.runtime.cli.console.Console;
import tern.runtime.cli.console.Meanwhile;
import tern.runtime.cli.option.KeyFile;
import tern.runtime.cli.option.MachineMemory;
import tern.runtime.cli.option.ModelOptions.Running;
import tern.runtime.grammar.TokenTrie;
import tern.runtime.model.Model;
import tern.runtime.embed.Embedder;
import tern.runtime.model.ModelSource;
import tern.runtime.serve.Batcher;
import tern.runtime.server.Served;
import tern.runtime.server.Served.Product;
import tern.runtime.server.Served.Work;
import tern.runtime.server.ServerSettings;
import tern.runtime.server.ServerSettings.Limits;
import tern.runtime.server.ServerSettings.Tls;
import tern.runtime.server.TernServer;
import tern.runtime.tokenizer.Tokenizer;

/// A server from its options to its end.
final class Serving {

    private static final Pattern SIZE = Pattern.compile("(\\d{1,9})([KMGT]?)i?B?");

    /// Sequences that keep beginnings, beyond those that run.
    private static final int MOST_KEPT = 16;

    private final ServeCommand command;
    private final PrintWriter err;

    Serving(ServeCommand command) {
        this.command = command;
        err = command.spec.commandLine().getErr();
    }

    int run() throws IOException, InterruptedException {
        ServerSettings settings = settings();
        TernServer.prepare();
        try (Arena arena = Arena.ofShared();
                var running = Console.withBar("pack weights", bar -> command.options.load(command.model, arena, bar))) {
            var language = Meanwhile.begin(() -> language(running)); // while the sequences' kernels are made
            try (var batcher = new Batcher(running.model(), batching(running.model()))) {
                Served served = served(running, batcher, language.get());
                try (TernServer server = TernServer.start(served, settings)) {
                    serve(server, served.name(), batcher.settings(), settings);
                }
            }
        }
        return 0;
    }

    /// A signal to end lets running requests finish. The process's status is 0 then: it did what it was asked. Whoever reads the address may send
    /// the signal at once.
    private void serve(TernServer server, String name, Batcher.Settings batching, ServerSettings settings) throws InterruptedException {
        var ending = new Thread(() -> end(server));
        Runtime.getRuntime().addShutdownHook(ending);
        try {
            err.printf("tern: %s at %s, %d texts at once, %d sequences kept%n", name, server.address(settings.host()), batching.parallel(), batching.slots());
            if (command.noKey && settings.key().isEmpty() && !isLocal()) err.println("tern: no key is needed: anyone who reaches the port may use it");
            err.flush();
            new CountDownLatch(1).await();
        } finally {
            Runtime.getRuntime().removeShutdownHook(ending);
        }
    }

    private void end(TernServer server) {
        try {
            boolean done = server.drain(Duration.ofSeconds(command.grace));
            if (!done) err.println("tern: requests were still running after " + command.grace + " s");
            err.flush();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(0);
    }

    private boolean isLocal() {
        return command.host.equals("127.0.0.1") || command.host.equals("::1") || command.host.equals("localhost");
    }

    private ServerSettings settings() throws IOException {
        Optional<String> key = command.keyFile == null ? Optional.empty() : Optional.of(KeyFile.read(command.keyFile));
        if (!isLocal() && key.isEmpty() && !command.noKey)
            throw new IllegalArgumentException("--host %s: give --api-key-file, or say --no-key".formatted(command.host));
        if (command.lab && !isLocal()) throw new IllegalArgumentException("--lab is for this machine alone, not for --host " + command.host);
        if ((command.certificates == null) != (command.privateKey == null))
            throw new IllegalArgumentException("--tls-cert and --tls-key go together");
        if (command.port < 0 || command.port > 65535) throw new IllegalArgumentException("--port: found %d, expected 0 to 65535".formatted(command.port));
        return new ServerSettings(command.host, command.port, key, tls(command.certificates, command.privateKey), Limits.USUAL,
                command.lab ? Optional.of(new ChildLaboratory(command.spec.root().userObject().getClass())) : Optional.empty());
    }

    private static Optional<Tls> tls(@Nullable Path certificates, @Nullable Path key) {
        return certificates == null || key == null ? Optional.empty() : Optional.of(new Tls(certificates, key));
    }

    private Batcher.Settings batching(Model model) {
        if (command.parallel < 1) throw new IllegalArgumentException("--parallel must be positive: " + command.parallel);
        long each = model.cacheBytes(model.context());
        long memory = command.kvMemory == null
                ? MachineMemory.HERE.available().orElse(Long.MAX_VALUE) / 3
                : bytes(command.kvMemory);
        int whole = Model.pages(model.context());
        long page = model.cacheBytes(Op.Attention.BLOCK), fit = memory / page;
        if (fit < whole)
            throw new IllegalArgumentException(String.format(Locale.ROOT,
                    "--kv-memory: a sequence of %d tokens needs %.1f GB; --context or --kv make it smaller", model.context(), each * 1e-9));
        int most = command.options.batch;
        if (!model.hasPages()) most = (int) Math.min(most, fit / whole);
        int parallel = Math.min(command.parallel, most);
        if (parallel < command.parallel) err.printf("tern: there is room for %d texts at once, not %d%n", parallel, command.parallel);
        int slots = command.kvMemory == null ? parallel : Math.min(parallel + MOST_KEPT, most);
        int pages = (int) Math.min(fit, command.kvMemory == null ? (long) slots * whole : model.mostPages());
        return new Batcher.Settings(parallel, slots, pages, command.queue, command.chunk);
    }

    static long bytes(String size) {
        Matcher found = SIZE.matcher(size);
        if (!found.matches()) throw new IllegalArgumentException("--kv-memory: found '%s', expected a size such as 8G".formatted(size));
        int power = found.group(2).isEmpty() ? 0 : "KMGT".indexOf(found.group(2)) + 1;
        return Long.parseLong(found.group(1)) << 10 * power;
    }

    /// How texts become tokens, and conversations texts.
    private record Language(Tokenizer tokenizer, ChatFormat format) {}

    private Language language(Running running) throws IOException {
        Tokenizer tokenizer = running.tokenizer();
        tokenizer.prepare();
        return new Language(tokenizer, command.template.format(running.source(), err));
    }

    private Served served(Running running, Batcher batcher, Language language) throws IOException {
        ModelSource source = running.source();
        Tokenizer tokenizer = language.tokenizer;
        String name = command.name == null ? String.valueOf(command.model.getFileName()).replaceFirst("\\.gguf$", "") : command.name;
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("machine", running.device().fingerprint());
        facts.put("device", command.options.device);
        facts.put("weight_bytes", Long.toString(running.model().weightBytes()));
        List<Product> products = running.model().plan().choices().values().stream().map(Product::of).sorted(Comparator.comparing(Product::name)).toList();
        var trie = new Trie(tokenizer);
        Optional<Embedder> embedder = source.makesVectors()
                ? Optional.of(new Embedder(running.model(), source, tokenizer, batcher::between)) : Optional.empty();
        return new Served(
                name, System.currentTimeMillis() / 1000, tokenizer, language.format, language.format.label(),
                running.model().context(), batcher, facts,
                new Work(running.model().bytesPerToken(0, true), new Bandwidth(running.device(), batcher)::get, products), trie::get, embedder);
    }

    /// Measured when somebody looks, once: it takes half a second of all cores.
    private static final class Bandwidth {

        private final Device device;
        private final Batcher batcher;
        private double measured;

        Bandwidth(Device device, Batcher batcher) {
            this.device = device;
            this.batcher = batcher;
        }

        synchronized double get() {
            if (measured == 0) batcher.between(() -> {
                measured = device.measureReadBandwidth();
            });
            return measured;
        }
    }

    /// Made when it is needed, once.
    private static final class Trie {

        private final Tokenizer tokenizer;
        private @Nullable TokenTrie made;

        Trie(Tokenizer tokenizer) {
            this.tokenizer = tokenizer;
        }

        synchronized TokenTrie get() {
            if (made == null) made = new TokenTrie(tokenizer);
            return made;
        }
    }
}
