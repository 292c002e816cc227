package tern.autotune.bundle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;
import tern.autotune.bundle.Bundle.Code;
import tern.autotune.record.Candidate;
import tern.autotune.record.Environment;
import tern.autotune.record.Recipe;
import tern.autotune.record.Outcome;
import tern.autotune.record.Outcome.Failed;
import tern.autotune.record.Outcome.Measured;
import tern.autotune.record.Outcome.Reason;
import tern.autotune.record.ProblemKey;
import tern.autotune.record.Trial;
import tern.autotune.record.Tuned;
import tern.ir.text.IrException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A bundle's contents as JSON: one environment, winner or trial on a line. A record names its environment by number.
///
/// What comes from a stranger is parsed before it counts as a record: numbers in bounds, texts in Tern's language, sound.
final class BundleJson {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /// Rows, columns; tokens; cores; samples.
    private static final int MOST = 1 << 24;

    private BundleJson() {}

    // ---- writing ----

    static byte[] bytes(Bundle bundle) {
        List<Environment> environments = bundle.environments();
        String text = """
                {
                "made": "%s",
                "environments": [%s],
                "winners": [%s],
                "trials": [%s]%s
                }
                """.formatted(
                bundle.made(),
                lines(environments, BundleJson::node),
                lines(bundle.winners(), winner -> node(winner, environments)),
                lines(bundle.trials(), trial -> node(trial, environments)),
                bundle.codes().isEmpty()
                        ? ""
                        : ",\n\"codes\": [%s]".formatted(lines(bundle.codes(), code -> node(code, bundle.winners()))));
        return text.getBytes(UTF_8);
    }

    private static <T> String lines(List<T> records, Function<T, ObjectNode> node) {
        return records.stream().map(one -> "\n" + node.apply(one)).collect(joining(","));
    }

    private static ObjectNode node(Environment environment) {
        return MAPPER.createObjectNode()
                .put("processor", environment.processor())
                .put("jdk", environment.jdk())
                .put("generation", environment.generation())
                .put("threads", environment.threads());
    }

    private static ObjectNode node(ProblemKey problem) {
        return MAPPER.createObjectNode()
                .put("kernel", problem.kernel())
                .put("m", problem.m())
                .put("k", problem.k())
                .put("tokens", problem.maxTokens());
    }

    private static ObjectNode node(Tuned winner, List<Environment> environments) {
        ObjectNode node = MAPPER.createObjectNode().put("environment", environments.indexOf(winner.environment()));
        node.set("step", node(winner.step()));
        node.set("batch", node(winner.batch()));
        return node.put("packing", winner.packing())
                .put("step_schedule", winner.stepSchedule())
                .put("batch_schedule", winner.batchSchedule())
                .put("step_seconds", winner.stepSeconds())
                .put("batch_seconds", winner.batchSeconds())
                .put("at", winner.at().toString());
    }

    private static ObjectNode node(Trial trial, List<Environment> environments) {
        ObjectNode node = MAPPER.createObjectNode().put("environment", environments.indexOf(trial.environment()));
        node.set("problem", node(trial.problem()));
        node.put("packing", trial.candidate().packing()).put("schedule", trial.candidate().schedule());
        switch (trial.outcome()) {
            case Measured m -> node.put("seconds", m.seconds()).put("min", m.min()).put("max", m.max()).put("samples", m.samples());
            case Failed f -> node.put("failed", f.reason().name()).put("detail", f.detail());
        }
        return node.put("at", trial.at().toString());
    }

    private static ObjectNode node(Code code, List<Tuned> winners) {
        ObjectNode node = MAPPER.createObjectNode()
                .put("winner", winners.indexOf(code.winner()))
                .put("batch", code.batch())
                .put("form", code.form())
                .put("target", code.target());
        ObjectNode files = node.putObject("files");
        code.files().forEach(files::put);
        return node;
    }

    // ---- reading ----

    /// @throws BundleException if a record is none
    static Bundle parse(byte[] bytes) {
        try {
            var root = new Fields("the bundle", MAPPER.readTree(bytes));
            List<Environment> environments = root.list("environments").stream().map(BundleJson::environment).toList();
            var texts = new Recipe.Reader();
            var winners = new ArrayList<Tuned>();
            for (Fields fields : root.list("winners")) winners.add(winner(fields, environments, texts));
            var trials = new ArrayList<Trial>();
            for (Fields fields : root.list("trials")) trials.add(trial(fields, environments, texts));
            var codes = new ArrayList<Code>();
            if (root.has("codes")) for (Fields fields : root.list("codes")) codes.add(code(fields, winners));
            return new Bundle(root.instant("made"), winners, trials, codes);
        } catch (JacksonException e) {
            throw new BundleException("its contents are no JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static Environment environment(Fields fields) {
        return new Environment(
                fields.text("processor"), fields.text("jdk"), fields.text("generation"), fields.number("threads", 1, MOST));
    }

    private static ProblemKey problem(Fields fields) {
        return new ProblemKey(
                fields.text("kernel"), fields.number("m", 1, MOST), fields.number("k", 1, MOST), fields.number("tokens", 1, MOST));
    }

    private static Tuned winner(Fields fields, List<Environment> environments, Recipe.Reader texts) {
        ProblemKey step = problem(fields.object("step")), batch = problem(fields.object("batch"));
        String packing = fields.text("packing");
        return new Tuned(
                step,
                batch,
                environments.get(fields.number("environment", 0, environments.size() - 1)),
                packing,
                sound(fields, texts, step, packing, fields.text("step_schedule")),
                sound(fields, texts, batch, packing, fields.text("batch_schedule")),
                fields.seconds("step_seconds"),
                fields.seconds("batch_seconds"),
                fields.instant("at"));
    }

    private static Trial trial(Fields fields, List<Environment> environments, Recipe.Reader texts) {
        ProblemKey problem = problem(fields.object("problem"));
        String packing = fields.text("packing");
        var candidate = new Candidate(packing, sound(fields, texts, problem, packing, fields.text("schedule")));
        Environment environment = environments.get(fields.number("environment", 0, environments.size() - 1));
        return new Trial(problem, candidate, environment, outcome(fields), fields.instant("at"));
    }

    private static Code code(Fields fields, List<Tuned> winners) {
        Fields files = fields.object("files");
        var texts = new TreeMap<String, String>();
        for (String path : files.node().propertyNames()) texts.put(path, files.text(path));
        return new Code(
                winners.get(fields.number("winner", 0, winners.size() - 1)), fields.flag("batch"), fields.text("form"), fields.text("target"), texts);
    }

    private static Outcome outcome(Fields fields) {
        if (!fields.has("failed"))
            return new Measured(
                    fields.seconds("seconds"), fields.seconds("min"), fields.seconds("max"), fields.number("samples", 0, MOST));
        String failed = fields.text("failed");
        for (Reason reason : Reason.values()) if (reason.name().equals(failed)) return new Failed(reason, fields.text("detail"));
        throw fields.wrong("failed", "an unknown reason");
    }

    /// @return the schedule
    private static String sound(Fields fields, Recipe.Reader texts, ProblemKey problem, String packing, String schedule) {
        try {
            texts.read(problem.kernel(), packing, schedule);
            return schedule;
        } catch (IrException e) {
            throw fields.wrong("schedule", "not sound: " + e.diagnostics().getFirst().problem());
        } catch (IllegalArgumentException e) {
            throw fields.wrong("schedule", String.valueOf(e.getMessage()));
        }
    }
}
