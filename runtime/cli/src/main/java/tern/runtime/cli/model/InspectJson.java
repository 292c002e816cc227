package tern.runtime.cli.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tern.runtime.cli.model.ModelFacts.TensorFacts;
import tern.runtime.cli.model.ModelFacts.TokenizerFacts;
import tern.runtime.cli.model.ModelFacts.Total;
import tern.runtime.model.Block;
import tern.runtime.model.Block.Norms;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.TensorNames;
import tern.ir.Scales;
import tern.runtime.model.TritCounts;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What is in a model as one JSON object. Counts of weights stand beside the tensor that holds them.
final class InspectJson {

    private InspectJson() {}

    /// @param weights empty if they were left unread
    static String of(ModelFacts facts, List<TritCounts.OfTensor> weights) {
        JsonMapper mapper = JsonMapper.shared();
        ObjectNode root = mapper.createObjectNode()
                .put("file", facts.file())
                .put("format", facts.format())
                .put("name", facts.name())
                .put("architecture", facts.architecture());
        facts.config().ifPresent(config -> put(root.putObject("configuration"), config));
        facts.tokenizer().ifPresent(t -> put(root.putObject("tokenizer"), t));
        Map<String, TritCounts.OfTensor> counts = new HashMap<>();
        for (TritCounts.OfTensor one : weights)
            for (String name : names(one.shape().name(), facts)) counts.put(name, one);
        var tensors = root.putArray("tensors");
        for (TensorFacts t : facts.tensors()) {
            ObjectNode tensor = tensors.addObject();
            put(tensor, t);
            TritCounts.OfTensor one = counts.get(t.name());
            if (one == null) continue;
            if (one.scales() instanceof Scales.One(float scale)) tensor.put("scale", scale);
            else tensor.put("scale_group", one.scales().group() == 0 ? one.shape().k() : one.scales().group());
            put(tensor, one.counts());
        }
        if (!weights.isEmpty())
            put(root.putObject("ternary"), weights.stream().map(TritCounts.OfTensor::counts).reduce(new TritCounts(0, 0, 0), TritCounts::plus));
        ObjectNode totals = root.putObject("totals");
        facts.totals().forEach((type, total) -> put(totals.putObject(type), total));
        put(totals.putObject("all"), facts.total());
        return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root);
    }

    /// Of a tensor, in either format.
    private static List<String> names(String name, ModelFacts facts) {
        var names = new ArrayList<>(TensorNames.hub(name, facts.config().map(ModelConfig::block).orElse(Block.BITNET_2B4T)));
        names.add(name);
        return names;
    }

    private static void put(ObjectNode tensor, TensorFacts t) {
        tensor.put("name", t.name());
        var shape = tensor.putArray("shape");
        t.shape().reversed().forEach(n -> shape.add((long) n));
        tensor.put("type", t.type())
                .put("offset", t.offset())
                .put("bytes", t.bytes())
                .put("bits_per_weight", t.bitsPerWeight());
    }

    private static void put(ObjectNode node, TritCounts counts) {
        node.putObject("histogram").put("-1", counts.minus()).put("0", counts.zero()).put("1", counts.plus());
        node.put("sparsity", counts.sparsity()).put("entropy", counts.entropy());
    }

    private static void put(ObjectNode node, ModelConfig config) {
        ModelFacts.sizes(config).forEach((name, value) -> {
            if (value instanceof Float real) node.put(name, real);
            else node.put(name, value.longValue());
        });
        node.put("sub_norms", config.block().has(Norms.SUB))
                .put("norms", ModelFacts.norms(config))
                .put("activation", config.block().activation().label())
                .put("tied_head", config.block().tiedHead())
                .put("rope_pairs", config.pairs().name().toLowerCase(Locale.ROOT));
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
