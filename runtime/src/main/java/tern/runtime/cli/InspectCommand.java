package tern.runtime.cli;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tern.runtime.cli.ModelFacts.TensorFacts;
import tern.runtime.cli.ModelFacts.TokenizerFacts;
import tern.runtime.cli.ModelFacts.Total;
import tern.runtime.gguf.Gguf;
import tern.runtime.model.ModelConfig;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Shows what is in a model file.
@Command(name = "inspect", description = "Show what is in a GGUF file: sizes, tokenizer, tensors.")
final class InspectCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "F.gguf", description = "The model.")
    private Path file;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        if (!Files.exists(file)) throw new NoSuchFileException(file.toString());
        if (!Files.isRegularFile(file)) throw new IllegalArgumentException(file + ": no regular file");
        try (Arena arena = Arena.ofShared()) {
            ModelFacts facts = ModelFacts.of(Gguf.open(file, arena));
            PrintWriter out = spec.commandLine().getOut();
            if (json) out.println(toJson(facts));
            else out.print(toText(facts));
            out.flush();
        }
        return 0;
    }

    private static String toText(ModelFacts facts) {
        var text = new StringBuilder();
        text.append("%s: GGUF v%d%n".formatted(facts.file(), facts.version()));
        if (!facts.name().isEmpty()) text.append("name          %s%n".formatted(Texts.printable(facts.name())));
        text.append("architecture  %s%s%n".formatted(
                facts.architecture().isEmpty() ? "none" : Texts.printable(facts.architecture()),
                facts.config().isPresent() ? "" : ", which Tern does not run"));
        facts.config().ifPresent(config -> ModelFacts.sizes(config)
                .forEach((name, value) -> text.append("  %-16s %s%n".formatted(name, value))));
        text.append(facts.tokenizer().map(InspectCommand::toText).orElse("tokenizer     none that Tern reads%n".formatted()));
        var tensors = new Table("tensor", "shape", "type", "bytes", "bits a weight");
        for (TensorFacts t : facts.tensors())
            tensors.row(Texts.printable(t.name()), shape(t), t.type(), "%,d".formatted(t.bytes()), "%.4f".formatted(t.bitsPerWeight()));
        text.append('\n').append(tensors).append('\n');
        var totals = new Table("type", "tensors", "weights", "bytes", "bits a weight");
        facts.totals().forEach((type, total) -> row(totals, type, total));
        row(totals, "all", facts.total());
        return text.append(totals).toString();
    }

    private static void row(Table table, String type, Total total) {
        table.row(type, total.tensors(), "%,d".formatted(total.weights()), "%,d".formatted(total.bytes()),
                "%.4f".formatted(total.bitsPerWeight()));
    }

    private static String toText(TokenizerFacts t) {
        return "tokenizer     %s, %,d tokens, %,d of them special, %,d merges; begin %s, end %s, stops %s; %s%n".formatted(
                t.model(), t.tokens(), t.specials().size(), t.merges(), id(t.bos()), id(t.eos()), t.stops(),
                t.chatTemplate() ? "a chat template" : "no chat template");
    }

    private static String id(int id) {
        return id < 0 ? "none" : "" + id;
    }

    /// `m x k`: rows first, as everywhere else in Tern.
    private static String shape(TensorFacts tensor) {
        return tensor.shape().reversed().stream().map(String::valueOf).collect(joining(" x "));
    }

    private static String toJson(ModelFacts facts) {
        JsonMapper mapper = JsonMapper.shared();
        ObjectNode root = mapper.createObjectNode()
                .put("file", facts.file())
                .put("version", facts.version())
                .put("name", facts.name())
                .put("architecture", facts.architecture());
        facts.config().ifPresent(config -> put(root.putObject("configuration"), config));
        facts.tokenizer().ifPresent(t -> put(root.putObject("tokenizer"), t));
        var tensors = root.putArray("tensors");
        for (TensorFacts t : facts.tensors()) {
            ObjectNode tensor = tensors.addObject().put("name", t.name());
            var shape = tensor.putArray("shape");
            t.shape().reversed().forEach(n -> shape.add((long) n));
            tensor.put("type", t.type())
                    .put("offset", t.offset())
                    .put("bytes", t.bytes())
                    .put("bits_per_weight", t.bitsPerWeight());
        }
        ObjectNode totals = root.putObject("totals");
        facts.totals().forEach((type, total) -> put(totals.putObject(type), total));
        put(totals.putObject("all"), facts.total());
        return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root);
    }

    private static void put(ObjectNode node, ModelConfig config) {
        ModelFacts.sizes(config).forEach((name, value) -> {
            if (value instanceof Float real) node.put(name, real);
            else node.put(name, value.longValue());
        });
    }

    private static void put(ObjectNode node, TokenizerFacts t) {
        node.put("model", t.model())
                .put("tokens", t.tokens())
                .put("specials", t.specials().size())
                .put("merges", t.merges())
                .put("bos", t.bos())
                .put("eos", t.eos())
                .put("chat_template", t.chatTemplate());
        var stops = node.putArray("stops");
        t.stops().forEach(id -> stops.add((int) id));
    }

    private static void put(ObjectNode node, Total total) {
        node.put("tensors", total.tensors())
                .put("weights", total.weights())
                .put("bytes", total.bytes())
                .put("bits_per_weight", total.bitsPerWeight());
    }
}
