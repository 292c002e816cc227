package tern.runtime.cli.records;

import java.util.List;
import java.util.Locale;
import tern.autotune.record.Environment;
import tern.autotune.record.Outcome.Failed;
import tern.autotune.record.Outcome.Measured;
import tern.autotune.record.ProblemKey;
import tern.autotune.record.Recipe;
import tern.autotune.record.Trial;
import tern.autotune.record.Tuned;
import tern.runtime.cli.report.Fields;

/// Records for programs: everything in them, and the names and rates that follow from it.
final class RecordsJson {

    private final Recipe.Reader texts = new Recipe.Reader();
    private final EnvironmentNames places;

    RecordsJson(EnvironmentNames places) {
        this.places = places;
    }

    Fields list(String name, List<Tuned> winners, List<Trial> trials) {
        return new Fields().put("records", name).putAll("winners", winners, this::fields).putAll("trials", trials, this::fields);
    }

    Fields fields(Tuned w) {
        Facts facts = Facts.of(w.step(), w.packing(), w.stepSchedule(), texts);
        return new Fields().put("identity", w.identity()).put("kernel", facts.kernel()).put("m", w.step().m()).put("k", w.step().k())
                .put("packing", facts.packing()).put("kernel_text", w.step().kernel()).put("packing_text", w.packing())
                .put("step", launch(w.step(), w.packing(), w.stepSchedule(), w.stepSeconds()))
                .put("batch", launch(w.batch(), w.packing(), w.batchSchedule(), w.batchSeconds()))
                .put("environment", fields(w.environment())).put("at", w.at().toString());
    }

    private Fields launch(ProblemKey problem, String packing, String schedule, double seconds) {
        return new Fields().put("tokens", problem.maxTokens()).put("seconds", seconds)
                .put("weight_bytes", Facts.of(problem, packing, schedule, texts).bytes()).put("schedule_text", schedule);
    }

    Fields fields(Trial t) {
        Facts facts = Facts.of(t.problem(), t.candidate().packing(), t.candidate().schedule(), texts);
        var fields = new Fields().put("identity", t.identity()).put("kernel", facts.kernel()).put("m", t.problem().m()).put("k", t.problem().k())
                .put("tokens", t.problem().maxTokens()).put("packing", facts.packing()).put("weight_bytes", facts.bytes());
        switch (t.outcome()) {
            case Measured m -> fields.put("seconds", m.seconds()).put("min", m.min()).put("max", m.max()).put("samples", m.samples());
            case Failed f -> fields.put("failed", f.reason().name().toLowerCase(Locale.ROOT)).put("detail", f.detail());
        }
        return fields.put("kernel_text", t.problem().kernel()).put("packing_text", t.candidate().packing())
                .put("schedule_text", t.candidate().schedule()).put("environment", fields(t.environment())).put("at", t.at().toString());
    }

    private Fields fields(Environment environment) {
        return new Fields().put("processor", environment.processor()).put("jdk", environment.jdk())
                .put("generation", environment.generation()).put("threads", environment.threads()).put("here", places.isHere(environment));
    }
}
