package tern.runtime.cli.kernel;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.device.CodePricer;
import tern.ir.device.Device;
import tern.ir.loop.LoopChecker;
import tern.ir.loop.LoopParser;
import tern.ir.loop.Problem;
import tern.ir.loop.Program;
import tern.ir.target.Isa;
import tern.ir.target.Target;
import tern.ir.target.Targets;
import tern.ir.text.Printer;
import tern.ir.text.Source;
import tern.ir.text.Tir;
import tern.runtime.cli.console.Failure;
import tern.runtime.cli.console.Texts;
import tern.runtime.cli.option.Devices;
import tern.runtime.cli.option.KernelChoice;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.cli.option.Sizes;
import tern.runtime.cli.report.Grid;
import tern.runtime.model.PassTime;
import tern.scheduler.Candidates;
import tern.scheduler.Lowering;

/// Prints a text at any stage on its way to machine code.
@Command(name = "dump", description = "Print a stage of compiling a text or a model: declarations, index map, schedules, loops, bytecode, machine code.")
public final class DumpCommand implements Callable<Integer> {

    /// A stage, in the order of compiling.
    enum Stage {
        TEXT,
        PACKING,
        SCHEDULES,
        LOOP,
        BYTECODE,
        MACHINE,
        PTX;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// What a file holds.
    enum Origin {
        TEXT,
        LOOP,
        MODEL;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// One of the two programs of a kernel.
    enum KernelProgram {
        PREPARE,
        MULTIPLY;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// Candidates that are listed.
    private static final int LISTED = 20;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "FILE",
            description = "The text, with --from loop a printed loop program, with --from model a model: its kernels in the order of a pass.")
    private Path file;

    @Option(
            names = "--stage",
            required = true,
            paramLabel = "STAGE",
            description = "What to print: ${COMPLETION-CANDIDATES}. From schedules on, the text's schedule for kernel, packing and target is taken; else the best.")
    private Stage stage;

    @Option(
            names = "--from",
            paramLabel = "STAGE",
            defaultValue = "text",
            description = "What the file holds: ${COMPLETION-CANDIDATES}. Default: text.")
    private Origin origin;

    @Option(names = "--part", paramLabel = "PART", description = "Of loop, bytecode, machine and ptx: ${COMPLETION-CANDIDATES}. Default: both.")
    private @Nullable KernelProgram part;

    @Option(
            names = "--isa",
            paramLabel = "ISA",
            description = "Of machine: the instructions, which this processor need not have: avx2, avx2-vnni, avx512, avx512-vnni, avx512-vbmi, "
                    + "neon, neon-dotprod, neon-i8mm. Default: the CPU's at hand.")
    private @Nullable String isa;

    @Mixin
    private KernelChoice choice;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        switch (origin) {
            case TEXT -> out.print(dump(Texts.parse(file)));
            case LOOP -> out.print(dump(List.of(program(Texts.read(file)))));
            case MODEL -> out.print(model());
        }
        out.flush();
        return 0;
    }

    /// Schedules of all that a pass launches, or the code of what `--kernel` names.
    private String model() throws IOException {
        var options = new ModelOptions();
        switch (stage) {
            case SCHEDULES -> {}
            case BYTECODE, MACHINE -> options.code.code = stage.toString();
            case TEXT, PACKING, LOOP, PTX -> throw new IllegalArgumentException("stage " + stage + ": a model has schedules, bytecode and machine code");
        }
        options.code.isa = isa;
        try (Arena arena = Arena.ofShared(); ModelOptions.Running running = options.load(file, arena, _ -> {})) {
            List<PassTime.Part> parts = running.model().session(false, 1).parts();
            String only = choice.kernelName();
            if (stage != Stage.SCHEDULES) {
                String listings =
                        parts.stream().filter(part -> only == null || part.name().equals(only)).map(part -> part.kernel().listing()).collect(joining("\n"));
                if (!listings.isEmpty()) return listings;
                throw new IllegalArgumentException("--kernel %s: the passes of %s have %s".formatted(only, file.getFileName(),
                        parts.stream().map(PassTime.Part::name).distinct().collect(joining(", "))));
            }
            var table = new Grid("what", "schedule", "code", "program");
            for (PassTime.Part part : parts) table.row(part.name(), part.schedule(), part.kernel().code(), part.kernel().name());
            return table.toString();
        }
    }

    /// Read and proven safe to compile: what a user wrote is no lowering's work.
    private static Program program(Source source) {
        Program program = LoopParser.parse(source);
        List<Problem> problems = LoopChecker.check(program);
        if (!problems.isEmpty())
            throw new IllegalArgumentException(source.name() + ": " + problems.stream().map(Problem::toString).collect(joining("\n")));
        return program;
    }

    private String dump(Tir tir) {
        return switch (stage) {
            case TEXT -> text(tir);
            case PACKING -> choice.packings(tir).stream().map(PackingDrawing::of).collect(joining("\n"));
            case SCHEDULES -> schedules(tir);
            case LOOP, BYTECODE, MACHINE, PTX -> dump(programs(lower(tir)));
        };
    }

    private String dump(List<Program> programs) {
        return switch (stage) {
            case TEXT, PACKING, SCHEDULES ->
                throw new IllegalArgumentException("stage " + stage + " lies before loop, where compiling starts from");
            case LOOP -> programs.stream().map(Program::toString).collect(joining("\n"));
            case BYTECODE -> listing(programs, "bytecode");
            case MACHINE -> isa == null ? listing(programs, "machine") : instructions(programs, Targets.of(Isa.of(isa)));
            case PTX -> {
                String name = choice.targetName();
                if (!(Targets.of(name == null ? "h200" : name) instanceof Target.Gpu gpu))
                    throw new IllegalArgumentException("stage ptx: --target must name a GPU, not " + name);
                try (Device card = Devices.simulated(gpu)) {
                    yield programs.stream().map(p -> card.compile(p).listing()).collect(joining("\n"));
                }
            }
        };
    }

    /// What CPU kernels become, as printed by whoever makes it.
    private static String listing(List<Program> programs, String code) {
        try (Device cpu = Devices.open(Devices.CPU + ":" + code, 0)) {
            return programs.stream().map(p -> cpu.compile(p).listing()).collect(joining("\n"));
        }
    }

    /// What they become on a processor that need not be here.
    private static String instructions(List<Program> programs, Target.Cpu target) {
        CodePricer emitter = ServiceLoader.load(CodePricer.class).findFirst()
                .orElseThrow(() -> new Failure.Unavailable("this installation makes no machine code"));
        return programs.stream().map(p -> emitter.listing(p, target).orElseThrow()).collect(joining("\n"));
    }

    private List<Program> programs(Lowering lowering) {
        if (part == null) return List.of(lowering.prepare(), lowering.multiply());
        return switch (part) {
            case PREPARE -> List.of(lowering.prepare());
            case MULTIPLY -> List.of(lowering.multiply());
        };
    }

    private String text(Tir tir) {
        String kernelName = choice.kernelName(), packingName = choice.packingName();
        if (kernelName == null && packingName == null) return tir.print();
        var parts = new ArrayList<String>();
        if (packingName != null) parts.add(Printer.printWithCodecs(tir.packing(packingName)));
        if (kernelName != null) parts.add(Printer.print(tir.kernel(kernelName)));
        return String.join("\n", parts);
    }

    private String schedules(Tir tir) {
        Target target = choice.machine();
        Candidates.Result candidates = choice.candidates(tir, target);
        var table = new Grid("rank", "packing", "schedule", "predicted us", "of roofline");
        for (int i = 0; i < Math.min(LISTED, candidates.ranked().size()); i++) {
            Candidates.Ranked one = candidates.ranked().get(i);
            table.row(i + 1, one.packing().name(), one.schedule().brief(), "%.1f".formatted(1e6 * one.seconds()),
                    "%.0f %%".formatted(100 * roofline(choice.kernel(tir), one.packing(), choice.size(), target) / one.seconds()));
        }
        Map<String, Integer> reasons = new LinkedHashMap<>();
        candidates.rejected().forEach(r -> reasons.merge(r.packing().name() + ": " + r.reason(), 1, Integer::sum));
        Sizes.Chosen size = choice.size();
        var text = new StringBuilder("%s, m %d, k %d, n %d on %s: %d candidates\n\n".formatted(
                choice.kernel(tir).name(), size.m(), size.k(), size.n(), target.name(), candidates.ranked().size()));
        text.append(table);
        if (!reasons.isEmpty()) text.append("\nrejected\n");
        reasons.forEach((reason, count) -> text.append("%5d  %s\n".formatted(count, reason)));
        return text.toString();
    }

    /// The least seconds of a launch: of the bytes of its weights, or of its multiply-adds by the tensor cores.
    private static double roofline(KernelDef kernel, Packing packing, Sizes.Chosen size, Target target) {
        int weights = kernel.weights().size();
        double memory = (double) packing.bytes(size.m(), size.k()) * weights / target.memoryBytesPerSecond();
        return switch (target) {
            case Target.Cpu _ -> memory;
            case Target.Gpu gpu -> Math.max(memory, (double) size.m() * size.k() * size.n() * weights / gpu.int8OpsPerSecond());
        };
    }

    /// PTX is for GPUs.
    private Target machine() {
        if (stage == Stage.PTX && choice.targetName() == null) return Targets.H200;
        return stage == Stage.MACHINE && isa != null ? Targets.of(Isa.of(isa)) : choice.machine();
    }

    private Lowering lower(Tir tir) {
        Candidates.Ranked best = choice.schedules(tir, machine()).getFirst();
        return Lowering.of(choice.problem(tir), best.packing(), best.schedule());
    }
}
