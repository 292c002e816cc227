package tern.runtime.cli.tune;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tern.autotune.record.Environment;
import tern.autotune.record.Records;
import tern.autotune.search.Preference;
import tern.autotune.search.Settings;
import tern.autotune.search.Tuner;
import tern.autotune.search.Tuning;
import tern.autotune.search.WholeModel;
import tern.autotune.trial.ChildRunner;
import tern.autotune.trial.Runner;
import tern.autotune.trial.TrialCommand;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.device.Device;
import tern.ir.device.KernelLibrary;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.target.Target;
import tern.ir.text.Tir;
import tern.runtime.cli.console.Console;
import tern.runtime.cli.console.Interrupt;
import tern.runtime.cli.console.Numbers;
import tern.runtime.cli.console.Texts;
import tern.runtime.cli.model.SynthCommand.Presets;
import tern.runtime.cli.option.Devices;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.cli.option.ReportOptions;
import tern.runtime.cli.option.Sizes;
import tern.runtime.cli.records.Facts;
import tern.runtime.cli.records.Fingerprints;
import tern.runtime.cli.report.Grid;
import tern.runtime.model.KnownFit;
import tern.runtime.model.Linear;
import tern.runtime.model.Model;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.ModelSource;
import tern.runtime.model.ModelWorkload;
import tern.runtime.model.Preset;
import tern.scheduler.Candidates.Ranked;
import tern.scheduler.Rated;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;

/// `tern tune`: finds this machine's fastest kernels by trying them, and keeps what it finds.
@Command(
        name = "tune",
        description = "Find this machine's fastest kernels: candidates are proved exact and timed in a process of their own. What is found is kept, and used by every command that runs a model.")
public final class TuneCommand implements Callable<Integer> {

    /// In which the whole model runs with either plan.
    private static final int ROUNDS = 5;

    /// Packings that are listed of a prediction.
    private static final int PREDICTED = 3;

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Parameters(index = "0", arity = "0..1", paramLabel = "F.tir",
            description = "Tune the kernels of this text (the library's bitlinear where it has none), with its packings in addition to the library's.")
    @Nullable
    Path text;

    @Option(names = "--model", paramLabel = "F", description = "Tune a model's products, and check the result on the whole model. Default: none.")
    @Nullable
    Path model;

    @Option(names = "--preset", paramLabel = "P", converter = Presets.class,
            description = "Tune the products of 2b4t (if nothing else is given) or another shape of tern synth, without a file. Default: 2b4t, unless a text or a model is given.")
    @Nullable
    Preset preset;

    @Option(names = "--shape", paramLabel = "M,K[,N]", description = "With F.tir: weight rows, inputs, most tokens (default: 32).")
    @Nullable
    String shape;

    @Option(names = "--packings", paramLabel = "DIR", description = "The packings of all .tir files in this folder take part. Default: none.")
    @Nullable
    Path packings;

    @Option(names = "--budget", paramLabel = "SECONDS",
            description = "For everything (default: 240; no end with --exhaustive). The status is 1 where that is too little to tune any shape, or nothing runs for one.")
    @Nullable
    Double budget;

    @Option(names = "--until", paramLabel = "SHARE",
            description = "Of the measured read bandwidth, at which the search for a step kernel ends (default: ${DEFAULT-VALUE}).")
    double until = Settings.USUAL.until();

    @Option(names = "--trials", paramLabel = "N", description = "Candidates that are tried for each shape, at most (default: ${DEFAULT-VALUE}).")
    int trials = Settings.USUAL.trials();

    @Option(names = "--trial", paramLabel = "SECONDS", description = "That one candidate may take (default: ${DEFAULT-VALUE}).")
    double trialSeconds = 40;

    @Option(names = "--prefer", paramLabel = "WHAT", description = "${COMPLETION-CANDIDATES}: what a packing must be good at (default: ${DEFAULT-VALUE}).")
    Preference preference = Preference.BALANCED;

    @Option(names = "--again", description = "Measure again what the records know.")
    boolean again;

    @Option(names = "--like", paramLabel = "FINGERPRINT",
            description = "Take what these machines have found (a fingerprint of tern records fleet, or a part of a processor's name) where a short check shows that it holds here; tune the rest. Default: none.")
    @Nullable
    String like;

    @Option(names = "--exhaustive",
            description = "Try every candidate that is not hopeless, end none early, and show how much of the best the usual search finds.")
    boolean exhaustive;

    @Option(names = "--target", paramLabel = "T",
            description = "Another CPU or a GPU: by the cost model, and where this machine can imitate its vectors by relative times; with --code machine by the prices of instructions. Never used for this machine. Default: the CPU at hand.")
    @Nullable
    String target;

    @Mixin
    ReportOptions output = new ReportOptions();

    @Mixin
    ModelOptions options = new ModelOptions();

    @Override
    public Integer call() throws IOException {
        if (!(trialSeconds > 0)) throw new IllegalArgumentException("--trial must be positive: " + trialSeconds);
        int given = (text == null ? 0 : 1) + (model == null ? 0 : 1) + (preset == null ? 0 : 1);
        if (given > 1) throw new IllegalArgumentException("F.tir, --model and --preset exclude each other");
        if ((shape == null) != (text == null)) throw new IllegalArgumentException("F.tir and --shape go together");
        output.check();
        if (target != null && like != null) throw new IllegalArgumentException("--like is of the machine at hand, --target of another");
        if (target != null && model != null) throw new IllegalArgumentException("--target goes with F.tir or --preset");
        try (Arena arena = Arena.ofShared()) {
            ModelSource file = model == null ? null : options.open(model, arena);
            List<Packing> all = packings();
            var fit = file == null ? null : new KnownFit(file);
            List<Use> uses = uses(file).stream().map(use -> fit == null ? use : use.with(options.partial(fit))).toList();
            sayPartial(all, fit);
            Settings settings = settings(); // what is wrong with any of it is said before anything starts
            Environment others = like == null ? null : others(like);
            if (target == null) return tune(uses, all, settings, others, file, arena);
            return switch (Devices.machine(target)) {
                case Target.Cpu cpu -> {
                    Target.Cpu priced = options.code.machineCode(cpu).orElse(null);
                    yield priced == null ? tuneFor(cpu, uses, all, settings) : byCostModel(priced, price(priced), uses, all);
                }
                case Target.Gpu gpu -> byCostModel(gpu, "cards are measured where they are, by --device cuda", uses, all);
            };
        }
    }

    private Settings settings() {
        double seconds = budget != null ? budget : exhaustive ? Double.POSITIVE_INFINITY : Settings.USUAL.budgetSeconds();
        return new Settings(seconds, until, preference, trials, again, exhaustive);
    }

    private List<Use> uses(@Nullable ModelSource file) throws IOException {
        if (file != null) return Model.uses(file, options.batch);
        if (text == null) return Model.uses(preset == null ? ModelConfig.BITNET_2B4T : preset.config(), options.batch);
        Tir tir = Texts.parse(text);
        Sizes.Chosen sizes = Sizes.parse(String.valueOf(shape));
        List<KernelDef> kernels = tir.kernels().isEmpty() ? List.of(Tir.library().kernel("bitlinear")) : tir.kernels();
        return kernels.stream().map(k -> new Use(k.name(), k, sizes.m(), sizes.k(), sizes.n(), 1)).toList();
    }

    private List<Packing> packings() throws IOException {
        var all = new LinkedHashSet<>(options.packings());
        if (text != null) all.addAll(Texts.parse(text).packings());
        if (packings != null) all.addAll(PackingFolder.read(packings));
        return List.copyOf(all);
    }

    /// Of the user's own packings those that take no part, and why.
    private void sayPartial(List<Packing> all, @Nullable KnownFit fit) {
        PrintWriter err = spec.commandLine().getErr();
        for (Packing packing : all) {
            if (packing.holdsAll(Linear.TRITS) || Tir.library().allPackings().contains(packing) || fit != null && fit.holds(packing)) continue;
            err.printf("tern tune: packing %s takes no part: %s%n", packing.name(),
                    fit == null ? "it holds not every ternary matrix; --model says whether it holds a model's" : fit.of(packing).toString());
        }
    }

    private Runner runner(int threads) {
        return new ChildRunner(new TrialCommand(options.code.on(options.device), threads), trialSeconds);
    }

    private Environment others(String wanted) {
        try (Records records = options.records()) {
            return Fingerprints.find(records.tuned(), wanted);
        }
    }

    private int tune(
            List<Use> uses, List<Packing> packings, Settings settings, @Nullable Environment others, @Nullable ModelSource file, Arena arena)
            throws IOException {
        try (Device device = options.openDevice();
                Records records = options.records();
                Runner runner = runner(options.threads)) {
            var search = new Search(runner, records, device.target(), settings);
            if (others != null) search.tuner.takeFrom(others);
            IntFunction<Runner> fewer = options.threads == 0 && device.target() instanceof Target.Cpu ? this::runner : null;
            return search.run(uses, packings, fewer, file == null ? null : tuning -> compare(tuning, device, file, arena));
        }
    }

    /// Judges a tuning by a whole model.
    private interface Judge {
        WholeModel.Comparison of(Tuning tuning) throws IOException;
    }

    private WholeModel.Comparison compare(Tuning tuning, Device device, ModelSource file, Arena arena) throws IOException {
        if (options.context == 0) options.context = ModelWorkload.context(options.batch);
        return Console.withBar("whole model", bar -> {
            var workload = new ModelWorkload(device, file, options.settings(), arena, packed -> {});
            KernelLibrary before = new ScheduledLibrary(device, options.packings(), ScheduleSource.NONE, kernel -> {});
            KernelLibrary after = new ScheduledLibrary(device, options.packings(), tuning.schedules(), kernel -> {});
            var fit = new KnownFit(file);
            List<Use> uses = workload.uses().stream().map(use -> use.with(options.partial(fit))).toList();
            return WholeModel.compare(workload, before.plan(uses), after.plan(uses), ROUNDS,
                    done -> bar.accept(done * 1000L / (2 * ROUNDS)));
        });
    }

    /// One search and what is said of it.
    private final class Search {
        private final TuneProgress progress = TuneProgress.of(spec.commandLine().getErr());
        private final Tuner tuner;
        private final Settings settings;

        Search(Runner runner, Records records, Target machine, Settings settings) {
            this.settings = settings;
            tuner = new Tuner(runner, records, machine, settings, progress, System::nanoTime);
        }

        /// @return the status of the command
        int run(List<Use> uses, List<Packing> packings, @Nullable IntFunction<Runner> fewer, @Nullable Judge judge)
                throws IOException {
            var interrupt = new Interrupt(tuner::stop);
            try {
                Tuning tuning;
                try (progress) {
                    tuning = tuner.tune(uses, packings, fewer);
                }
                boolean open = tuning.complete() && !tuning.isCostModels();
                WholeModel.Comparison whole = judge != null && open ? judge.of(tuning) : null;
                boolean kept = whole == null || whole.isNoSlower(preference);
                if (!kept) tuner.keepCostModel(tuning);
                if (tuning.results().isEmpty()) return nothing(tuning);
                output.write(TuneReport.of(tuning, preference, whole, kept, uses.size(), Facts.minute(Instant.now()) + " UTC"), spec.commandLine().getOut());
                boolean found = tuning.results().stream().allMatch(result -> result.chosen().isPresent());
                return found && tuner.isKeeping() ? 0 : 1;
            } finally {
                interrupt.close();
            }
        }

        /// @return the status of the command
        private int nothing(Tuning tuning) {
            String over = tuning.seconds() < settings.budgetSeconds() ? "stopped"
                    : "the budget of %s s was over".formatted(Numbers.plain(settings.budgetSeconds()));
            String what = tuning.tried() == 0 ? "before a candidate was tried"
                    : "before a shape was tuned; what the trials of %s showed is kept".formatted(Texts.count(tuning.tried(), "candidate"));
            PrintWriter err = spec.commandLine().getErr();
            err.printf("tern tune: %s %s%n", over, what);
            err.flush(); // an interrupted process ends before its streams are closed
            if (output.json) spec.commandLine().getOut().println(TuneJson.of(tuning, null).json());
            return 1;
        }
    }

    private int tuneFor(Target.Cpu cpu, List<Use> uses, List<Packing> packings, Settings settings) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        Target.Cpu here = Devices.target(null);
        switch (Imitation.of(cpu, here.vectorBits(), System.getProperty("os.arch"))) {
            case Imitation.Impossible(String reason) -> {
                return byCostModel(cpu, reason, uses, packings);
            }
            case Imitation.Flags(List<String> flags) -> {
                out.printf("%s: measured here with vectors of %d bits%s; only ratios mean anything, and none of it is used for this machine%n",
                        cpu.name(), cpu.vectorBits(), flags.isEmpty() ? "" : " (" + String.join(" ", flags) + ")");
                var command = new TrialCommand(options.code.on(options.device), options.threads, flags, cpu.name());
                try (Records records = options.records();
                        Runner runner = new ChildRunner(command, trialSeconds)) {
                    return new Search(runner, records, cpu, settings).run(uses, packings, null, null);
                }
            }
        }
    }

    private static String price(Target.Cpu machine) {
        String code = "machine code of " + machine.isa() + " was made, ";
        return code + (machine.core() == null ? "and has no prices on this core" : "and priced on a core of " + machine.core().name()) + "; none of it ran";
    }

    private int byCostModel(Target machine, String reason, List<Use> uses, List<Packing> packings) {
        if (output.page != null)
            throw new IllegalArgumentException("--report shows measurements, and for %s there are none: %s".formatted(machine.name(), reason));
        PrintWriter out = spec.commandLine().getOut();
        out.printf("%s: by the cost model alone, nothing is measured: %s%n", machine.name(), reason);
        predict(out, machine, uses, packings);
        return 0;
    }

    private static void predict(PrintWriter out, Target cpu, List<Use> uses, List<Packing> packings) {
        var table = new Grid("shape", "packing", "a token", "predicted us", "a batch of", "tokens", "predicted us");
        for (Use use : uses) {
            List<Rated> rated = Rated.of(use, packings.stream().filter(use::isHeldBy).toList(), cpu);
            for (Rated one : rated.subList(0, Math.min(PREDICTED, rated.size()))) {
                Ranked step = one.step().getFirst(), batch = one.batch().getFirst();
                table.row(Numbers.shape(use), one.packing().name(), step.schedule().brief(), Numbers.micros(step.seconds()),
                        batch.schedule().brief(), use.maxTokens(), Numbers.micros(batch.seconds()));
            }
        }
        out.print(table);
        out.flush();
    }
}
