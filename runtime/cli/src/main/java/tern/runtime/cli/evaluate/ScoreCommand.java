package tern.runtime.cli.evaluate;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToIntFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tern.runtime.cli.console.Console;
import tern.runtime.cli.evaluate.QuestionFile.Numbered;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.cli.option.ReportOptions;
import tern.runtime.cli.report.Fields;
import tern.runtime.cli.report.Grid;
import tern.runtime.cli.report.Report;
import tern.runtime.evaluate.MultipleChoice;
import tern.runtime.evaluate.MultipleChoice.Scored;

/// `tern score`: multiple choice.
@Command(
        name = "score",
        description = "Answers multiple-choice questions by log-likelihood, as lm-evaluation-harness defines accuracy and its normalised kind.")
public final class ScoreCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Option(names = "--model", required = true, paramLabel = "F", description = "GGUF file")
    Path model = Path.of("");

    @Option(
            names = "--file",
            required = true,
            paramLabel = "Q.jsonl",
            description = "a line for each question: {\"context\": TEXT, \"choices\": [TEXT, ...], \"answer\": INDEX}")
    Path file = Path.of("");

    @Option(names = "--json", description = "print one JSON object, with the log-likelihoods of every choice")
    boolean json;

    @Mixin
    ModelOptions options = new ModelOptions();

    /// A share of the questions.
    ///
    /// @param error one standard error
    private record Estimate(double value, double error) {
        static Estimate of(List<Scored> scored, ToIntFunction<Scored> chosen) {
            double n = scored.size();
            double p = scored.stream().filter(s -> chosen.applyAsInt(s) == s.question().answer()).count() / n;
            return new Estimate(p, n > 1 ? Math.sqrt(p * (1 - p) / (n - 1)) : 0);
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%.4f +/- %.4f", value, error);
        }
    }

    @Override
    public Integer call() throws IOException {
        List<Numbered> questions = QuestionFile.read(file);
        try (Arena arena = Arena.ofShared();
                var running = Console.withBar("pack weights", bar -> options.load(model, arena, bar))) {
            var multipleChoice = new MultipleChoice(running.model(), running.tokenizer(), arena);
            List<Scored> scored = Console.withBar("ask", bar -> {
                var done = new ArrayList<Scored>();
                for (Numbered one : questions) {
                    done.add(score(multipleChoice, one));
                    bar.accept(done.size() * 1000L / questions.size());
                }
                return done;
            });
            tellOfCuts(questions, scored, running.model().context());
            ReportOptions.print(report(scored), json, spec.commandLine().getOut());
        }
        return 0;
    }

    private Scored score(MultipleChoice multipleChoice, Numbered one) {
        try {
            return multipleChoice.score(one.question());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("%s:%d: %s".formatted(file, one.line(), e.getMessage()), e);
        }
    }

    /// Cut questions count, as in lm-evaluation-harness; whoever reads the figure has to know.
    private void tellOfCuts(List<Numbered> questions, List<Scored> scored, int context) {
        int[] cut = IntStream.range(0, scored.size()).filter(i -> scored.get(i).lost() > 0).toArray();
        if (cut.length == 0) return;
        spec.commandLine().getErr().printf(Locale.ROOT,
                "tern: %s: %d of %d questions are longer than the context of %d and lost their beginning, the first in line %d, by %d tokens%n",
                file, cut.length, scored.size(), context, questions.get(cut[0]).line(), scored.get(cut[0]).lost());
        spec.commandLine().getErr().flush();
    }

    private static Report report(List<Scored> scored) {
        var report = new Report();
        report.fields().put("questions", scored.size());
        var grid = new Grid("measure", "value").row("questions", scored.size());
        Map<String, ToIntFunction<Scored>> accuracies = new LinkedHashMap<>();
        accuracies.put("acc", Scored::chosen);
        accuracies.put("acc_norm", Scored::chosenByLength);
        accuracies.put("acc_bytes", Scored::chosenByBytes);
        accuracies.forEach((name, chosen) -> {
            Estimate share = Estimate.of(scored, chosen);
            grid.row(name, share);
            report.fields().put(name, share.value).put(name + "_stderr", share.error);
        });
        report.fields().putAll("answers", scored, s -> new Fields().put("answer", s.question().answer()).put("chosen", s.chosen())
                .put("chosen_norm", s.chosenByLength()).put("log_likelihoods", DoubleStream.of(s.sums()).boxed().toList()));
        return report.add(grid);
    }
}
