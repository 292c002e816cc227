package tern.runtime.cli.tune;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tern.ir.Packing;
import tern.runtime.cli.console.Bar;
import tern.runtime.cli.report.Fields;
import tern.runtime.cli.report.Grid;
import tern.runtime.cli.report.Report;
import tern.runtime.model.ModelFit;
import tern.runtime.model.ModelSource;
import tern.runtime.model.TritCounts;

/// What a model's weights are worth in bits, layer by layer, and which packings hold them.
///
/// @param model  its file; empty if there is none
/// @param layers by their numbers
/// @param fits   of each packing
public record LayerWeights(String model, Map<Integer, TritCounts> layers, Map<Packing, ModelFit> fits) {

    /// Of no model.
    public static final LayerWeights NONE = new LayerWeights("", Map.of(), Map.of());

    static LayerWeights of(Path model, List<Packing> packings) throws IOException {
        try (Arena arena = Arena.ofShared(); Bar bar = Bar.of("reading weights", " M", 1_000_000)) {
            ModelSource source = ModelSource.open(model, arena, false);
            long weights = source.config().ternaryWeights();
            Map<Integer, TritCounts> layers = new LinkedHashMap<>();
            for (TritCounts.OfTensor tensor : TritCounts.of(source, done -> bar.at(done, weights)))
                layers.merge(layer(tensor.shape().name()), tensor.counts(), TritCounts::plus);
            Map<Packing, ModelFit> fits = new LinkedHashMap<>();
            for (Packing packing : packings) fits.put(packing, ModelFit.of(packing, source));
            return new LayerWeights(model.toString(), layers, fits);
        }
    }

    /// `blk.3.attn_q.weight` is of layer 3.
    private static int layer(String tensor) {
        return Integer.parseInt(tensor.split("\\.")[1]);
    }

    void addTo(Report report) {
        if (layers.isEmpty()) return;
        report.heading("Weights of " + model);
        report.say("A weight is worth its entropy, if nothing is known but how often each value occurs; a trit 1.585 bits at most.");
        var grid = new Grid("layer", "weights", "zeros", "entropy, bits");
        layers.forEach((layer, counts) -> grid.row(layer, "%,d".formatted(counts.total()), "%.1f %%".formatted(100 * counts.sparsity()),
                "%.4f".formatted(counts.entropy())));
        TritCounts all = layers.values().stream().reduce(TritCounts::plus).orElseThrow();
        grid.row("all", "%,d".formatted(all.total()), "%.1f %%".formatted(100 * all.sparsity()), "%.4f".formatted(all.entropy()));
        report.add(grid);
        var held = new Grid("packing", "bits/weight", "the model");
        fits.forEach((packing, fit) -> held.row(packing.name(), "%.3f".formatted(packing.bitsPerWeight()), fit.toString()));
        report.add(held);
        report.fields().putAll("layers", layers.entrySet(), one -> new Fields().put("layer", one.getKey()).put("weights", one.getValue().total())
                .put("zeros", one.getValue().zero()).put("entropy_bits", one.getValue().entropy()));
        report.fields().putAll("fits", fits.entrySet(), one -> new Fields().put("packing", one.getKey().name())
                .put("tensors", one.getValue().tensors()).put("refused", one.getValue().refused()).put("said", one.getValue().toString()));
    }
}
