package tern.runtime.cli.tune;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.PackingCheck;
import tern.ir.device.Device;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.device.Samples;
import tern.ir.target.Target;
import tern.ir.text.Tir;
import tern.runtime.cli.console.Console;
import tern.runtime.cli.console.Interrupt;
import tern.runtime.cli.console.Numbers;
import tern.runtime.cli.console.Table;
import tern.runtime.cli.console.Texts;
import tern.runtime.cli.html.Page;
import tern.runtime.cli.option.CodeOption;
import tern.runtime.cli.option.Devices;
import tern.runtime.cli.option.Sizes;
import tern.runtime.cli.records.Facts;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `tern explore`: the packing laboratory. How many bits and instructions does a weight take, and how fast is that?
@Command(name = "explore", description = "Compare packings: bits and instructions a weight, predicted and measured speed with one to all threads.")
public final class ExploreCommand implements Callable<Integer> {

    /// Tokens for which the cost model ranks, at most.
    private static final int MOST_TOKENS = 32;

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Parameters(arity = "1..*", paramLabel = "F.tir", description = "Texts with the packings to compare.")
    List<Path> texts = List.of();

    @Option(names = "--shape", required = true, paramLabel = "M,K[,N]", description = "Weight rows, inputs, tokens of a launch (default: 1, at most 32).")
    String shape = "";

    @Option(names = "--threads", paramLabel = "T", description = "The most threads; 0 = all (default: ${DEFAULT-VALUE}).")
    int threads = 0;

    @Option(names = "--tries", paramLabel = "N", description = "Candidates that are timed for each packing (default: ${DEFAULT-VALUE}).")
    int tries = 3;

    @Option(names = "--trial", paramLabel = "SECONDS", description = "That one candidate may take (default: ${DEFAULT-VALUE}).")
    double trialSeconds = 40;

    @Option(names = "--json", description = "Print one JSON object instead of a table.")
    boolean json;

    @Mixin
    CodeOption code = new CodeOption();

    @Option(names = "--report", paramLabel = "R.html", description = "Write a page with pictures as well.")
    @Nullable
    Path report;

    @Override
    public Integer call() throws IOException {
        if (threads < 0) throw new IllegalArgumentException("--threads must not be negative: " + threads);
        if (tries < 1) throw new IllegalArgumentException("--tries must be positive: " + tries);
        if (!(trialSeconds > 0)) throw new IllegalArgumentException("--trial must be positive: " + trialSeconds);
        if (report != null) Page.checkPlace(report);
        Use use = use();
        List<Packing> packings = packings();
        Target.Cpu cpu;
        String processor;
        try (Device device = Devices.open(code.cpu(), threads)) {
            if (!(device.target() instanceof Target.Cpu here)) throw new IllegalStateException("the CPU describes itself as " + device.target().name());
            cpu = here;
            processor = device.fingerprint();
        }
        var laboratory = new PackingLaboratory(use, cpu, tries, PackingLaboratory.children(code.cpu(), trialSeconds));
        try (var _ = new Interrupt(laboratory::stop)) {
            List<Explored> explored = Console.withBar("explore", bar -> laboratory.explore(packings, bar));
            boolean complete = !laboratory.isStopped();
            PrintWriter out = spec.commandLine().getOut();
            if (json) out.println(json(use, processor, explored, complete));
            else print(out, use, processor, explored);
            if (!complete)
                spec.commandLine().getErr().printf("tern explore: not finished: something was measured of %d of %d packings%n", explored.size(), packings.size());
            String lead = processor + " · " + Facts.minute(Instant.now()) + " UTC" + (complete ? "" : " · stopped before its end");
            if (report != null) ExplorePage.of(use, explored, lead).write(report);
            return explored.stream().flatMap(e -> e.points().stream()).anyMatch(p -> p.seconds() != null) ? 0 : 1;
        }
    }

    private Use use() {
        Sizes.Chosen sizes = Sizes.parse(shape.chars().filter(c -> c == ',').count() == 1 ? shape + ",1" : shape);
        if (sizes.n() > MOST_TOKENS) throw new IllegalArgumentException("--shape %s: at most %d tokens".formatted(shape, MOST_TOKENS));
        KernelDef kernel = Tir.library().kernel("bitlinear");
        return new Use(kernel.name(), kernel, sizes.m(), sizes.k(), sizes.n(), 1);
    }

    /// By their names, which must differ: results could not be told apart.
    private List<Packing> packings() throws IOException {
        Map<String, Path> owners = new LinkedHashMap<>();
        var packings = new ArrayList<Packing>();
        for (Path text : texts)
            for (Packing packing : Texts.parse(text).packings()) {
                try {
                    PackingCheck.of(packing).require();
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException(text + ": " + e.getMessage(), e);
                }
                Path other = owners.putIfAbsent(packing.name(), text);
                if (other != null) throw new IllegalArgumentException("%s: packing %s is in %s as well".formatted(text, packing.name(), other));
                packings.add(packing);
            }
        if (packings.isEmpty()) throw new IllegalArgumentException("no packing in " + texts.getFirst());
        return packings;
    }

    private static void print(PrintWriter out, Use use, String processor, List<Explored> explored) {
        out.printf("%s%n%d x %d, %s a launch%n", processor, use.m(), use.k(), Texts.count(use.maxTokens(), "token"));
        var table = new Table("packing", "bits/weight", "threads", "kernel", "instr/weight", "predicted GB/s", "GB/s", "predicted Gw/s", "Gw/s", "noise", "of bandwidth");
        for (Explored one : explored) {
            if (one.problem() != null) {
                table.row(one.packing().name(), Numbers.decimal(one.bits(), 3), "", one.problem(), "", "", "", "", "", "", "");
                continue;
            }
            for (Explored.Point p : one.points())
                table.row(
                        one.packing().name(),
                        Numbers.decimal(one.bits(), 3),
                        p.threads(),
                        label(p),
                        Numbers.decimal(p.instructions(), 3),
                        Numbers.decimal(p.gigabytes(p.predicted()), 1),
                        measured(p, s -> Numbers.decimal(p.gigabytes(s.median()), 1)),
                        Numbers.decimal(rate(use, p.predicted()), 1),
                        measured(p, s -> Numbers.decimal(rate(use, s.median()), 1)),
                        measured(p, s -> "+-" + Numbers.percent(s.spread() / 2)),
                        measured(p, s -> Numbers.percent(p.gigabytes(s.median()) * 1e9 / p.bandwidth())));
        }
        out.print(table);
        out.println("instr/weight: instructions (vector ones where there are vectors) for each weight and token, counted by the cost model; "
                + "Gw/s: billion weights times tokens a second; weights are cold, activations prepared");
        for (Explored one : explored)
            for (Explored.Point p : one.points())
                if (p.seconds() == null) out.printf("%s, %s: %s%n", one.packing().name(), Texts.count(p.threads(), "thread"), p.failure());
    }

    private static String label(Explored.Point p) {
        return p.candidate().label().substring(p.candidate().packing().name().length() + 1);
    }

    /// Of what was measured.
    interface Cell {
        String of(Samples seconds);
    }

    /// "failed" where nothing was measured.
    static String measured(Explored.Point p, Cell cell) {
        return p.seconds() == null ? "failed" : cell.of(p.seconds());
    }

    /// Billion weights times tokens a second.
    static double rate(Use use, double seconds) {
        return (double) use.kernel().weights().size() * use.m() * use.k() * use.maxTokens() / seconds * 1e-9;
    }

    private static String json(Use use, String processor, List<Explored> explored, boolean complete) {
        ObjectNode root = new ObjectMapper().createObjectNode();
        root.put("processor", processor).put("kernel", use.kernel().name()).put("m", use.m()).put("k", use.k()).put("n", use.maxTokens());
        root.put("complete", complete);
        ArrayNode packings = root.putArray("packings");
        for (Explored one : explored) {
            ObjectNode node = packings.addObject().put("packing", one.packing().name()).put("bits_per_weight", one.bits()).put("problem", one.problem());
            ArrayNode points = node.putArray("points");
            for (Explored.Point p : one.points()) point(points.addObject(), use, p);
        }
        return root.toString();
    }

    private static void point(ObjectNode node, Use use, Explored.Point p) {
        node.put("threads", p.threads()).put("candidate", p.candidate().label()).put("weight_bytes", p.candidate().bytes());
        node.put("instructions_per_weight", p.instructions()).put("predicted_seconds", p.predicted());
        node.put("predicted_bytes_per_second", p.candidate().bytes() / p.predicted());
        node.put("predicted_weights_per_second", rate(use, p.predicted()) * 1e9);
        node.put("read_bytes_per_second", p.bandwidth());
        Samples seconds = p.seconds();
        if (seconds == null) {
            node.put("failed", p.failure());
            return;
        }
        node.putObject("seconds").put("median", seconds.median()).put("min", seconds.min()).put("max", seconds.max()).put("spread", seconds.spread());
        node.put("bytes_per_second", p.candidate().bytes() / seconds.median());
        node.put("weights_per_second", rate(use, seconds.median()) * 1e9);
    }
}
