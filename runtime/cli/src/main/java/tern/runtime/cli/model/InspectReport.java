package tern.runtime.cli.model;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import tern.ir.Scales;
import tern.runtime.cli.console.Numbers;
import tern.runtime.cli.console.Texts;
import tern.runtime.cli.model.ModelFacts.TensorFacts;
import tern.runtime.cli.model.ModelFacts.TokenizerFacts;
import tern.runtime.cli.model.ModelFacts.Total;
import tern.runtime.cli.report.Axis;
import tern.runtime.cli.report.Columns;
import tern.runtime.cli.report.Fields;
import tern.runtime.cli.report.Figure;
import tern.runtime.cli.report.Format;
import tern.runtime.cli.report.Plot;
import tern.runtime.cli.report.Report;
import tern.runtime.model.Block;
import tern.runtime.model.Block.Norms;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.TensorNames;
import tern.runtime.model.TritCounts;

/// What is in a model's files. Its page shows the ternary weights.
final class InspectReport {

    private static final Columns<TensorFacts> TENSORS = new Columns<TensorFacts>()
            .add("name", "tensor", name -> Texts.printable(String.valueOf(name)), TensorFacts::name)
            .add("shape", "shape", shape -> shape instanceof List<?> list && !list.isEmpty() ? list.stream().map(String::valueOf).collect(joining(" x ")) : "1",
                    t -> t.shape().reversed())
            .add("type", "type", Format.PLAIN, TensorFacts::type)
            .field("offset", TensorFacts::offset)
            .add("bytes", "bytes", Format.INTEGER, TensorFacts::bytes)
            .add("bits_per_weight", "bits a weight", Format.decimal(4), TensorFacts::bitsPerWeight);

    private static final Columns<Map.Entry<String, Total>> TOTALS = new Columns<Map.Entry<String, Total>>()
            .show("type", Format.PLAIN, Map.Entry::getKey)
            .add("tensors", "tensors", Format.PLAIN, one -> one.getValue().tensors())
            .add("weights", "weights", Format.INTEGER, one -> one.getValue().weights())
            .add("bytes", "bytes", Format.INTEGER, one -> one.getValue().bytes())
            .add("bits_per_weight", "bits a weight", Format.decimal(4), one -> one.getValue().bitsPerWeight());

    private static final Columns<Ternary> WEIGHTS = new Columns<Ternary>()
            .show("ternary tensor", Format.PLAIN, Ternary::name)
            .field("histogram", t -> new Fields().put("-1", t.counts.minus()).put("0", t.counts.zero()).put("1", t.counts.plus()))
            .show("-1", Format.INTEGER, t -> t.counts.minus())
            .show("0", Format.INTEGER, t -> t.counts.zero())
            .show("+1", Format.INTEGER, t -> t.counts.plus())
            .add("sparsity", "zeros %", Format.decimal(100, 2), t -> t.counts.sparsity())
            .add("entropy", "entropy", Format.decimal(4), t -> t.counts.entropy())
            .show("scale", Format.PLAIN, t -> t.tensor.map(TritCounts.OfTensor::scale));

    /// @param tensor empty for all together
    private record Ternary(String name, TritCounts counts, Optional<TritCounts.OfTensor> tensor) {
        static Ternary of(TritCounts.OfTensor one) {
            return new Ternary(one.shape().name(), one.counts(), Optional.of(one));
        }

        static Ternary all(List<TritCounts.OfTensor> weights) {
            return new Ternary("all", weights.stream().map(TritCounts.OfTensor::counts).reduce(new TritCounts(0, 0, 0), TritCounts::plus), Optional.empty());
        }
    }

    private InspectReport() {}

    /// @param weights of all tensors, layer after layer; empty if they were left unread
    static Report of(ModelFacts facts, List<TritCounts.OfTensor> weights) {
        var report = new Report("Weights of " + Texts.printable(facts.file()), "%s, %s".formatted(
                facts.format(), facts.config().map(ModelFacts::block).orElse("an architecture that Tern does not run")));
        report.line("%s: %s", facts.file(), facts.format());
        if (!facts.name().isEmpty()) report.line("name          %s", Texts.printable(facts.name()));
        report.line("architecture  %s%s", facts.architecture().isEmpty() ? "none" : Texts.printable(facts.architecture()),
                facts.config().isPresent() ? "" : ", which Tern does not run");
        report.fields().put("file", facts.file()).put("format", facts.format()).put("name", facts.name()).put("architecture", facts.architecture());
        facts.config().ifPresent(config -> configuration(report, config));
        facts.tokenizer().ifPresentOrElse(t -> tokenizer(report, t), () -> report.line("tokenizer     none that Tern reads"));
        facts.notes().forEach(note -> report.line("note          %s", note));
        tensors(report, facts, weights);
        if (!weights.isEmpty()) pictures(report, facts, weights);
        return report;
    }

    private static void configuration(Report report, ModelConfig config) {
        Map<String, Number> sizes = ModelFacts.sizes(config);
        sizes.forEach((name, value) -> report.line("  %-16s %s", name, value));
        report.line("  %-16s %s", "block", ModelFacts.block(config));
        var fields = new Fields();
        sizes.forEach(fields::put);
        report.fields().put("configuration",
                fields.put("sub_norms", config.block().has(Norms.SUB)).put("norms", ModelFacts.norms(config))
                        .put("activation", config.block().activation().label())
                        .put("tied_head", config.block().tiedHead()).put("rope_pairs", config.pairs().name().toLowerCase(Locale.ROOT)));
    }

    private static void tokenizer(Report report, TokenizerFacts t) {
        report.line("tokenizer     %s, %,d tokens, %,d of them special, %,d merges; begin %s, end %s, stops %s; %s",
                t.model(), t.tokens(), t.specials().size(), t.merges(), id(t.bos()), id(t.eos()), t.stops(),
                t.chatTemplate() ? "a chat template" : "no chat template");
        report.fields().put("tokenizer", new Fields().put("model", t.model()).put("tokens", t.tokens()).put("specials", t.specials().size())
                .put("merges", t.merges()).put("bos", t.bos()).put("eos", t.eos()).put("chat_template", t.chatTemplate()).put("stops", t.stops()));
    }

    private static String id(int id) {
        return id < 0 ? "none" : "" + id;
    }

    private static void tensors(Report report, ModelFacts facts, List<TritCounts.OfTensor> weights) {
        Map<String, TritCounts.OfTensor> counts = new HashMap<>();
        for (TritCounts.OfTensor one : weights) {
            String name = one.shape().name(); // a checkpoint has others for it
            counts.put(name, one);
            for (String other : TensorNames.hub(name, facts.config().map(ModelConfig::block).orElse(Block.BITNET_2B4T))) counts.put(other, one);
        }
        report.fields().putAll("tensors", facts.tensors(), t -> {
            TritCounts.OfTensor one = counts.get(t.name());
            return one == null ? TENSORS.fields(t) : TENSORS.fields(t).with(scale(one)).with(WEIGHTS.fields(Ternary.of(one)));
        });
        report.line("").terminalTable(TENSORS.grid(facts.tensors())).line("");
        if (!weights.isEmpty()) {
            List<Ternary> rows = Stream.concat(weights.stream().map(Ternary::of), Stream.of(Ternary.all(weights))).toList();
            report.fields().put("ternary", WEIGHTS.fields(rows.getLast()));
            report.heading("Numbers").add(WEIGHTS.grid(rows)).fold("Shapes and types of all tensors", TENSORS.grid(facts.tensors())).line("");
        }
        Map<String, Total> totals = new LinkedHashMap<>(facts.totals());
        totals.put("all", facts.total());
        var byType = new Fields();
        totals.entrySet().forEach(one -> byType.put(one.getKey(), TOTALS.fields(one)));
        report.terminalTable(TOTALS.grid(totals.entrySet())).fields().put("totals", byType);
    }

    private static Fields scale(TritCounts.OfTensor one) {
        return one.scales() instanceof Scales.One(float scale) ? new Fields().put("scale", scale)
                : new Fields().put("scale_group", one.scales().group() == 0 ? one.shape().k() : one.scales().group());
    }

    private static void pictures(Report report, ModelFacts facts, List<TritCounts.OfTensor> weights) {
        TritCounts all = Ternary.all(weights).counts;
        report.figures(List.of(
                new Figure("ternary weights", "%,d".formatted(all.total())),
                new Figure("zeros", Numbers.decimal(100 * all.sparsity(), 2) + " %"),
                new Figure("entropy of a weight", decimal(all.entropy()) + " bits"),
                new Figure("bits a weight, stored", decimal(stored(facts, all.total())))));
        report.heading("Zeros by layer");
        report.say("Share of weights that are 0: a third, if all three were equally likely.");
        report.add(plot("Share of zeros of each tensor", "zeros, percent", weights, one -> 100 * one.counts().sparsity()));
        report.heading("Balance by layer");
        report.say("How many more weights are 1 than -1, as a share of all: about 0, if signs were equally likely.");
        report.add(plot("Share of 1 less share of -1", "percent", weights,
                one -> 100.0 * (one.counts().plus() - one.counts().minus()) / one.counts().total()));
        report.heading("Scale by layer");
        report.say("What a product is multiplied with. A tensor that was read in a wrong format tends to have scales unlike the others'.");
        report.add(plot("Scale of each tensor", "scale", weights, one -> Math.abs(one.scales().at(0, 0))));
    }

    private static double stored(ModelFacts facts, long weights) {
        return facts.tensors().stream().filter(t -> t.weights() > 0 && t.bitsPerWeight() < 4).mapToDouble(ModelFacts.TensorFacts::bytes).sum() * 8 / weights;
    }

    private static Plot plot(String title, String axis, List<TritCounts.OfTensor> weights, ToDoubleFunction<TritCounts.OfTensor> value) {
        Map<String, List<Plot.Point>> points = new LinkedHashMap<>();
        for (TritCounts.OfTensor one : weights) {
            String[] parts = one.shape().name().split("\\.", -1); // blk.N.role.weight
            double y = value.applyAsDouble(one);
            points.computeIfAbsent(parts[2], _ -> new ArrayList<>())
                    .add(new Plot.Point(Integer.parseInt(parts[1]), y, "%s: %s".formatted(one.shape().name(), decimal(y))));
        }
        var series = new ArrayList<Plot.Series>();
        points.forEach((role, ofRole) -> series.add(new Plot.Series(role, ofRole, true)));
        return new Plot(title, new Axis("layer", Axis.Kind.COUNT), new Axis(axis, Axis.Kind.LINEAR), series, List.of());
    }

    private static String decimal(double value) {
        return Numbers.decimal(value, 4);
    }
}
