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
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Records for programs: everything in them, and the names and rates that follow from it.
final class RecordsJson {

    private final JsonMapper mapper = JsonMapper.shared();
    private final Recipe.Reader texts = new Recipe.Reader();
    private final EnvironmentNames places;

    RecordsJson(EnvironmentNames places) {
        this.places = places;
    }

    ObjectNode object() {
        return mapper.createObjectNode();
    }

    ObjectNode list(String name, List<Tuned> winners, List<Trial> trials) {
        ObjectNode root = mapper.createObjectNode().put("records", name);
        ArrayNode won = root.putArray("winners"), tried = root.putArray("trials");
        winners.forEach(winner -> won.add(node(winner)));
        trials.forEach(trial -> tried.add(node(trial)));
        return root;
    }

    ObjectNode node(Tuned w) {
        Facts facts = Facts.of(w.step(), w.packing(), w.stepSchedule(), texts);
        ObjectNode node = mapper.createObjectNode()
                .put("identity", w.identity())
                .put("kernel", facts.kernel())
                .put("m", w.step().m())
                .put("k", w.step().k())
                .put("packing", facts.packing())
                .put("kernel_text", w.step().kernel())
                .put("packing_text", w.packing());
        node.set("step", launch(w.step(), w.packing(), w.stepSchedule(), w.stepSeconds()));
        node.set("batch", launch(w.batch(), w.packing(), w.batchSchedule(), w.batchSeconds()));
        node.set("environment", node(w.environment()));
        return node.put("at", w.at().toString());
    }

    private ObjectNode launch(ProblemKey problem, String packing, String schedule, double seconds) {
        Facts facts = Facts.of(problem, packing, schedule, texts);
        return mapper.createObjectNode()
                .put("tokens", problem.maxTokens())
                .put("seconds", seconds)
                .put("weight_bytes", facts.bytes())
                .put("schedule_text", schedule);
    }

    ObjectNode node(Trial t) {
        Facts facts = Facts.of(t.problem(), t.candidate().packing(), t.candidate().schedule(), texts);
        ObjectNode node = mapper.createObjectNode()
                .put("identity", t.identity())
                .put("kernel", facts.kernel())
                .put("m", t.problem().m())
                .put("k", t.problem().k())
                .put("tokens", t.problem().maxTokens())
                .put("packing", facts.packing())
                .put("weight_bytes", facts.bytes());
        switch (t.outcome()) {
            case Measured m -> node.put("seconds", m.seconds()).put("min", m.min()).put("max", m.max()).put("samples", m.samples());
            case Failed f -> node.put("failed", f.reason().name().toLowerCase(Locale.ROOT)).put("detail", f.detail());
        }
        node.put("kernel_text", t.problem().kernel())
                .put("packing_text", t.candidate().packing())
                .put("schedule_text", t.candidate().schedule());
        node.set("environment", node(t.environment()));
        return node.put("at", t.at().toString());
    }

    private ObjectNode node(Environment environment) {
        return mapper.createObjectNode()
                .put("processor", environment.processor())
                .put("jdk", environment.jdk())
                .put("generation", environment.generation())
                .put("threads", environment.threads())
                .put("here", places.isHere(environment));
    }
}
