package tern.runtime.cli.kernel;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tern.autotune.record.Records;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.device.CompileException;
import tern.ir.device.Device;
import tern.ir.device.Exporter;
import tern.ir.device.KernelLibrary.Choice;
import tern.ir.device.KernelLibrary.Plan;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.device.LoweredKernel;
import tern.ir.store.WholeFile;
import tern.ir.target.Isa;
import tern.ir.target.Target;
import tern.ir.text.Tir;
import tern.runtime.cli.console.Numbers;
import tern.runtime.cli.console.Texts;
import tern.runtime.cli.option.Devices;
import tern.runtime.cli.option.Exporters;
import tern.runtime.cli.option.KernelChoice;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.cli.option.RecordsOption;
import tern.runtime.cli.option.TuningRecords;
import tern.runtime.cli.report.Grid;
import tern.runtime.model.Model;
import tern.runtime.model.ModelSource;
import tern.scheduler.Candidates.Ranked;
import tern.scheduler.Lowering;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduleSource.Tuned;
import tern.scheduler.problem.Problem;

/// Writes kernels as files that need nothing of Tern.
@Command(name = "export", description = "Write kernels as files that need nothing of Tern: code, packer, example, benchmark.")
public final class ExportCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", arity = "0..1", paramLabel = "F.tir", description = "A text; one of its kernels, or of the library's over its packings.")
    private @Nullable Path file;

    @Option(names = "--model", paramLabel = "F.gguf",
            description = "Instead of a text: all kernels that this model would run, for steps and batches. Default: none.")
    private @Nullable Path model;

    @Option(names = "--as", required = true, paramLabel = "FORM", description = "java, class, asm, object, ptx, or what else a back end makes.")
    private String form;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder to write to; it is made if there is none.")
    private Path out;

    @Option(names = "--isa", paramLabel = "I",
            description = "Instructions that the kernel may use: avx2, avx2-vnni, avx512, avx512-vnni, avx512-vbmi, amx, neon, neon-dotprod, neon-i8mm; the machine at hand"
                    + " need not have them. Default: all of the target.")
    private @Nullable String isa;

    @Option(names = "--package", paramLabel = "NAME", defaultValue = "kernels", description = "Java package. Default: ${DEFAULT-VALUE}.")
    private String namespace;

    @Option(names = "--jmh", description = "A JMH benchmark with each kernel, and a Maven project for them.")
    private boolean benchmark;

    @Option(names = "--batch", paramLabel = "B", description = "With --model: tokens of one batch (default: ${DEFAULT-VALUE}).")
    private int batch = Model.BATCH;

    @Mixin
    private RecordsOption records;

    @Mixin
    private KernelChoice choice;

    /// Whose choice each kernel of a model was.
    private final Grid origins = new Grid("shape", "tokens", "kernel", "chosen by");

    @Override
    public Integer call() throws IOException {
        Exporter exporter = Exporters.of(form);
        // All of it first: what cannot be exported leaves no files.
        Map<String, Exporter.Export> exports;
        if (model != null && file == null) exports = ofModel(model, exporter);
        else if (file != null && model == null) exports = ofText(Texts.parse(file), exporter);
        else throw new IllegalArgumentException("expected either F.tir or --model F.gguf");
        PrintWriter print = spec.commandLine().getOut();
        Map<String, Exporter.File> files = new LinkedHashMap<>();
        for (Exporter.Export export : exports.values()) for (Exporter.File one : export.files()) files.put(one.path(), one);
        makeFolder();
        for (Exporter.File one : files.values()) {
            write(one);
            print.printf("%s: %,d bytes%n", out.resolve(one.path()), one.bytes().length);
        }
        if (model != null) print.printf("%n%s", origins);
        Exporter.Export first = exports.values().iterator().next();
        print.printf("%nIn %s%s:%n", out, exports.size() == 1 ? "" : ", and so for each of " + exports.size() + " kernels");
        first.commands().forEach(command -> print.println("    " + command));
        print.flush();
        return 0;
    }

    // What to export

    private Map<String, Exporter.Export> ofText(Tir tir, Exporter exporter) {
        Target target = machine(exporter);
        List<Ranked> schedules = choice.schedules(tir, target);
        CompileException refusal = null;
        // A back end may refuse a schedule, for its code size say; the next one then.
        for (Ranked one : schedules) {
            LoweredKernel lowered = lower(choice.problem(tir), one.packing(), one.schedule());
            try {
                return Map.of(lowered.name(), exporter.export(lowered, settings(target)));
            } catch (CompileException e) {
                if (refusal == null) refusal = e;
            }
        }
        throw refusal != null ? refusal : new IllegalArgumentException("no schedule applies");
    }

    private Map<String, Exporter.Export> ofModel(Path path, Exporter exporter) throws IOException {
        if (choice.kernelName() != null || choice.isRanked() || choice.isSized())
            throw new IllegalArgumentException("--kernel, --rank, --m, --k and --n do not go with --model, which tells them");
        if (batch < 1) throw new IllegalArgumentException("--batch must be positive: " + batch);
        var exports = new LinkedHashMap<String, Exporter.Export>();
        try (Arena arena = Arena.ofShared();
                Device device = device(exporter)) {
            List<Use> uses = Model.uses(ModelSource.open(path, arena, false), batch);
            ScheduleSource tuned = tuned(device, uses);
            Plan plan = ModelOptions.library(device, choice.packingName(), tuned).plan(uses);
            for (Use use : uses) {
                Choice chosen = plan.choice(use.name());
                String origin = tuned.tuned(use).filter(one -> isSame(one, chosen)).isPresent() ? "tuning records" : "cost model";
                for (LoweredKernel lowered : kernels(chosen)) {
                    exports.put(lowered.name(), exporter.export(lowered, settings(device.target())));
                    origins.row(Numbers.shape(use), lowered.maxTokens(), label(lowered), origin);
                }
            }
        }
        return exports;
    }

    /// The machine at hand, if none or its like was named; else one to plan for.
    private Device device(Exporter exporter) {
        Target machine = machine(exporter);
        if (machine instanceof Target.Gpu gpu) return new PlanningDevice(gpu, exporter);
        String name = choice.targetName();
        boolean here = isa == null && (name == null || name.equals(Devices.target(null).name()));
        return here ? Devices.open(Devices.CPU + (exporter.isMachineCode() ? ":machine" : ":bytecode"), 0) : new PlanningDevice(machine, exporter);
    }

    /// The one that was named, else the exporter's usual one, with such instructions and such code.
    private Target machine(Exporter exporter) {
        Target named = choice.targetName() == null ? exporter.usual().orElseGet(choice::target) : choice.machine();
        return switch (named) {
            case Target.Cpu cpu -> {
                Target.Cpu restricted = isa == null ? cpu : cpu.withIsa(Isa.of(isa));
                yield exporter.isMachineCode() ? restricted.withMachineCode() : restricted;
            }
            case Target.Gpu gpu when isa != null -> throw new IllegalArgumentException("--isa is for CPUs, and " + gpu.name() + " is none");
            case Target.Gpu gpu -> gpu;
        };
    }

    /// What the records know of this machine. All is asked at once; they are closed before anything is compiled.
    private ScheduleSource tuned(Device device, List<Use> uses) {
        if (device instanceof PlanningDevice) return ScheduleSource.NONE;
        Map<Use, Tuned> known = new HashMap<>();
        try (Records opened = records.open()) {
            ScheduleSource source = TuningRecords.schedules(
                    opened, device, 0, packing -> ModelOptions.isAllowed(packing, choice.packingName()), spec.commandLine().getErr()::println);
            for (Use use : uses) source.tuned(use).ifPresent(one -> known.put(use, one));
        }
        return use -> Optional.ofNullable(known.get(use));
    }

    /// A library may refuse what is known, if it does not compile any more.
    private static boolean isSame(Tuned known, Choice chosen) {
        return known.packing().equals(chosen.packing())
                && known.step().equals(chosen.step().schedule())
                && known.batch().equals(chosen.batch().schedule());
    }

    private static String label(LoweredKernel lowered) {
        return lowered.packing().name() + " " + lowered.schedule().brief();
    }

    private static List<LoweredKernel> kernels(Choice choice) {
        Use use = choice.use();
        var kernels = new ArrayList<LoweredKernel>();
        var step = new Problem(use.kernel(), use.m(), use.k(), 1);
        kernels.add(lower(step, choice.packing(), choice.step().schedule()));
        if (use.maxTokens() > 1)
            kernels.add(lower(step.withTokens(use.maxTokens()), choice.packing(), choice.batch().schedule()));
        return kernels;
    }

    private static LoweredKernel lower(Problem problem, Packing packing, Schedule schedule) {
        Lowering lowering = Lowering.of(problem, packing, schedule);
        return new LoweredKernel(
                problem.kernel(), problem.m(), problem.k(), problem.tokens(), packing, schedule, lowering.prepare(), lowering.multiply(),
                lowering.preparedBytes());
    }

    private Exporter.Settings settings(Target target) {
        return new Exporter.Settings(target, namespace, benchmark);
    }

    // Files

    private void makeFolder() throws IOException {
        Path existing = out.toAbsolutePath();
        while (!Files.exists(existing) && existing.getParent() != null) existing = existing.getParent();
        if (!Files.isDirectory(existing)) throw new NotDirectoryException(existing.toString());
        Files.createDirectories(out);
    }

    private void write(Exporter.File content) throws IOException {
        Path whole = out.resolve(content.path());
        Files.createDirectories(whole.getParent());
        if (Files.isDirectory(whole)) throw new IllegalArgumentException(whole + ": a folder, expected a file");
        WholeFile.write(whole, content.bytes());
    }
}
