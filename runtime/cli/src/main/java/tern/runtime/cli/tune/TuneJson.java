package tern.runtime.cli.tune;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tern.autotune.record.Outcome;
import tern.autotune.search.Pruned;
import tern.autotune.search.ThreadSweep;
import tern.autotune.search.Tuning;
import tern.autotune.search.TuningCandidate;
import tern.autotune.search.UseResult;
import tern.autotune.search.UseResult.Pair;
import tern.autotune.search.UseResult.Timed;
import tern.autotune.search.WholeModel;
import tern.ir.Schedule;
import tern.ir.device.Samples;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A tuning as one JSON object: every candidate, what became of it, and what was chosen. Times are seconds, sizes bytes.
public final class TuneJson {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private TuneJson() {}

    public static String print(Tuning tuning, WholeModel.@Nullable Comparison whole) {
        ObjectNode root = MAPPER.createObjectNode();
        root.putObject("environment")
                .put("processor", tuning.environment().processor())
                .put("jdk", tuning.environment().jdk())
                .put("generation", tuning.environment().generation())
                .put("threads", tuning.environment().threads());
        root.put("read_bytes_per_second", tuning.bandwidth());
        root.put("seconds", tuning.seconds());
        root.put("complete", tuning.complete());
        ArrayNode uses = root.putArray("uses");
        tuning.results().forEach(result -> use(uses.addObject(), result));
        ArrayNode threads = root.putArray("threads");
        for (ThreadSweep.Result result : tuning.threads())
            threads.addObject()
                    .put("threads", result.threads())
                    .put("step_seconds", result.stepSeconds())
                    .put("prompt_seconds", result.batchSeconds());
        if (whole != null) {
            ObjectNode node = root.putObject("whole_model");
            samples(node.putObject("step_seconds_cost_model"), whole.stepBefore());
            samples(node.putObject("step_seconds_tuned"), whole.stepAfter());
            samples(node.putObject("prompt_seconds_cost_model"), whole.batchBefore());
            samples(node.putObject("prompt_seconds_tuned"), whole.batchAfter());
        }
        return root.toString();
    }

    private static void use(ObjectNode node, UseResult result) {
        node.put("name", result.use().name());
        node.put("kernel", result.use().kernel().name());
        node.put("m", result.use().m());
        node.put("k", result.use().k());
        node.put("max_tokens", result.use().maxTokens());
        node.put("count", result.use().count());
        pair(node, "chosen", result.chosen());
        pair(node, "cost_model", result.costModel());
        pair(node, "same_packing", result.samePacking());
        pair(node, "earlier", result.earlier());
        pair(node, "usual", result.usual());
        pair(node, "two_copies", result.twoCopies());
        trace(node.putObject("step"), result.step());
        trace(node.putObject("batch"), result.batch());
    }

    private static void pair(ObjectNode parent, String name, Optional<Pair> pair) {
        if (pair.isEmpty()) {
            parent.putNull(name);
            return;
        }
        ObjectNode node = parent.putObject(name);
        timed(node.putObject("step"), pair.get().step());
        timed(node.putObject("batch"), pair.get().batch());
    }

    private static void timed(ObjectNode node, Timed timed) {
        candidate(node, timed.candidate());
        samples(node.putObject("seconds"), timed.seconds());
    }

    private static void candidate(ObjectNode node, TuningCandidate candidate) {
        schedule(node, candidate.packing().name(), candidate.schedule(), candidate.predicted());
        node.put("weight_bytes", candidate.bytes());
    }

    private static void schedule(ObjectNode node, String packing, Schedule schedule, double predicted) {
        node.put("packing", packing);
        node.put(schedule instanceof Schedule.Gpu ? "unit" : "strategy", schedule.way());
        schedule.numbers().forEach((words, number) -> node.put(words.replace(' ', '_'), number));
        if (schedule instanceof Schedule.Vector vector) node.put("rolled", vector.rolled());
        node.put("predicted_seconds", predicted);
    }

    private static void samples(ObjectNode node, Samples samples) {
        node.put("median", samples.median())
                .put("min", samples.min())
                .put("max", samples.max())
                .put("spread", samples.spread())
                .put("count", samples.count());
    }

    private static void trace(ObjectNode node, UseResult.Trace trace) {
        node.put("limit_seconds", trace.limitSeconds());
        ArrayNode tried = node.putArray("tried");
        trace.outcomes().forEach((candidate, outcome) -> {
            ObjectNode one = tried.addObject();
            candidate(one, candidate);
            switch (outcome) {
                case Outcome.Measured m ->
                    one.putObject("seconds").put("median", m.seconds()).put("min", m.min()).put("max", m.max()).put("count", m.samples());
                case Outcome.Failed(var reason, var detail) ->
                    one.putObject("failed").put("reason", reason.name()).put("detail", detail);
            }
        });
        ArrayNode pruned = node.putArray("pruned");
        for (Pruned one : trace.pruned()) {
            ObjectNode left = pruned.addObject();
            schedule(left, one.packing().name(), one.schedule(), one.predicted());
            left.put("reason", one.reason());
        }
    }
}
