package tern.runtime.cli.tune;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tern.autotune.record.Outcome;
import tern.autotune.search.Tuning;
import tern.autotune.search.TuningCandidate;
import tern.autotune.search.UseResult;
import tern.autotune.search.UseResult.Pair;
import tern.autotune.search.UseResult.Timed;
import tern.autotune.search.WholeModel;
import tern.ir.Schedule;
import tern.ir.device.KernelLibrary.Use;
import tern.runtime.cli.report.Fields;

/// A tuning for programs: every candidate, what became of it, and what was chosen.
final class TuneJson {

    private TuneJson() {}

    static Fields of(Tuning tuning, WholeModel.@Nullable Comparison whole) {
        var root = new Fields()
                .put("environment", new Fields()
                        .put("processor", tuning.environment().processor()).put("jdk", tuning.environment().jdk())
                        .put("generation", tuning.environment().generation()).put("threads", tuning.environment().threads()))
                .put("read_bytes_per_second", tuning.bandwidth())
                .put("seconds", tuning.seconds())
                .put("complete", tuning.complete())
                .putAll("uses", tuning.results(), TuneJson::use)
                .putAll("threads", tuning.threads(), one -> new Fields()
                        .put("threads", one.threads()).put("step_seconds", one.stepSeconds()).put("prompt_seconds", one.batchSeconds()));
        if (whole != null) root.put("whole_model", new Fields()
                .put("step_seconds_cost_model", whole.stepBefore()).put("step_seconds_tuned", whole.stepAfter())
                .put("prompt_seconds_cost_model", whole.batchBefore()).put("prompt_seconds_tuned", whole.batchAfter()));
        return root;
    }

    private static Fields use(UseResult result) {
        Use use = result.use();
        return new Fields().put("name", use.name()).put("kernel", use.kernel().name()).put("m", use.m()).put("k", use.k())
                .put("max_tokens", use.maxTokens()).put("count", use.count())
                .put("chosen", pair(result.chosen())).put("cost_model", pair(result.costModel())).put("same_packing", pair(result.samePacking()))
                .put("earlier", pair(result.earlier())).put("usual", pair(result.usual())).put("two_copies", pair(result.twoCopies()))
                .put("step", trace(result.step())).put("batch", trace(result.batch()));
    }

    private static @Nullable Fields pair(Optional<Pair> pair) {
        return pair.map(p -> new Fields().put("step", timed(p.step())).put("batch", timed(p.batch()))).orElse(null);
    }

    private static Fields timed(Timed timed) {
        return candidate(timed.candidate()).put("seconds", timed.seconds());
    }

    private static Fields candidate(TuningCandidate candidate) {
        return schedule(candidate.packing().name(), candidate.schedule(), candidate.predicted()).put("weight_bytes", candidate.bytes());
    }

    private static Fields schedule(String packing, Schedule schedule, double predicted) {
        var fields = new Fields().put("packing", packing).put(schedule instanceof Schedule.Gpu ? "unit" : "strategy", schedule.way());
        schedule.numbers().forEach((words, number) -> fields.put(words.replace(' ', '_'), number));
        if (schedule instanceof Schedule.Vector vector) fields.put("rolled", vector.rolled());
        return fields.put("predicted_seconds", predicted);
    }

    private static Fields trace(UseResult.Trace trace) {
        return new Fields()
                .put("limit_seconds", trace.limitSeconds())
                .putAll("tried", trace.outcomes().entrySet(), one -> {
                    Fields fields = candidate(one.getKey());
                    return switch (one.getValue()) {
                        case Outcome.Measured m -> fields.put("seconds", new Fields()
                                .put("median", m.seconds()).put("min", m.min()).put("max", m.max()).put("count", m.samples()));
                        case Outcome.Failed(var reason, var detail) ->
                            fields.put("failed", new Fields().put("reason", reason.name()).put("detail", detail));
                    };
                })
                .putAll("pruned", trace.pruned(), one -> schedule(one.packing().name(), one.schedule(), one.predicted()).put("reason", one.reason()));
    }
}
