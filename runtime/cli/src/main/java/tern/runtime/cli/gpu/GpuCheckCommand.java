package tern.runtime.cli.gpu;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tern.autotune.trial.JavaCommand;
import tern.ir.store.WholeFile;
import tern.runtime.cli.gpu.GpuCheckLine.Status;
import tern.runtime.cli.option.Devices;
import tern.runtime.cli.option.TokenFile;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// `tern gpu-check`: everything that is to be known of a card on which Tern has not run yet, in one go. Each part runs in a process of its
/// own and within its time: a kernel that hangs, or an address that takes the driver's context with it, costs that part alone.
@Command(
        name = "gpu-check",
        description = "Checks every kernel and packing on a card against the reference, then measures it: copying, products, generation, prompts.")
public final class GpuCheckCommand implements Callable<Integer> {

    /// Lines of a process's complaints that are kept.
    private static final int KEPT = 12;

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Option(names = "--device", paramLabel = "D", description = "The card: cuda, cuda:1 (default: ${DEFAULT-VALUE}).")
    String device = "cuda";

    @Option(names = "--simulate", description = "A simulated H200 instead of a card; times then mean nothing.")
    boolean simulate;

    @Option(names = "--quick", description = "Small shapes, a few of each kind: seconds instead of minutes.")
    boolean quick;

    @Option(names = "--only", paramLabel = "PART[,PART...]", split = ",", description = "Only these parts, as --list names them. Default: all.")
    List<String> only = List.of();

    @Option(names = "--list", description = "Name the parts and end.")
    boolean list;

    @Option(names = "--limit", paramLabel = "SECONDS", description = "For each part (default: a limit of its own).")
    @Nullable
    Integer limit;

    @Option(names = "--json", paramLabel = "FILE", description = "Write all findings as JSON, renewed after each part. Default: none.")
    @Nullable
    Path json;

    @Option(names = "--text", paramLabel = "FILE", description = "Write the section for MEASURED.md, renewed after each part. Default: none.")
    @Nullable
    Path text;

    @Option(names = "--here", description = "All parts in this process, without limits.")
    boolean here;

    @Option(names = "--lines", hidden = true, description = "Print findings as one JSON object a line, for the process that started this one.")
    boolean lines;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        if (list) {
            for (GpuCheckStep part : GpuCheckStep.values()) out.printf("%-8s %s, at most %d s%n", part.label(), part.description(), part.seconds());
            return 0;
        }
        if (limit != null && limit < 1) throw new IllegalArgumentException("--limit must be positive: " + limit);
        List<GpuCheckStep> parts = only.isEmpty() ? Arrays.asList(GpuCheckStep.values()) : only.stream().map(GpuCheckStep::of).toList();
        String name = simulate ? "simulator:h200" : device;
        Devices.open(name, 0).close(); // what is not there is said before anything starts
        if (lines) {
            for (GpuCheckStep part : parts) new GpuCheckRun(name, quick, line -> out.println(line.fields().json())).run(part);
            return 0;
        }
        var found = new ArrayList<GpuCheckLine>();
        Instant start = Instant.now();
        String command = String.join(" ", spec.commandLine().getParseResult().originalArgs());
        for (GpuCheckStep part : parts) {
            out.printf("%n%s: %s%n", part.label(), part.description());
            long began = System.nanoTime();
            if (here) new GpuCheckRun(name, quick, line -> say(line, found, out)).run(part);
            else inProcess(part, name, line -> say(line, found, out));
            out.printf("          %.1f s%n", (System.nanoTime() - began) * 1e-9);
            write(new GpuCheckReport(command, simulate, start, found));
        }
        var report = new GpuCheckReport(command, simulate, start, found);
        out.printf("%n%s", report.summary());
        out.flush();
        return report.isGood() ? 0 : 1;
    }

    private static void say(GpuCheckLine line, List<GpuCheckLine> found, PrintWriter out) {
        found.add(line);
        out.println(line.text());
    }

    private void write(GpuCheckReport report) throws IOException {
        if (json != null) write(json, report.json());
        if (text != null) write(text, report.markdown());
    }

    private static void write(Path file, String content) throws IOException {
        WholeFile.write(file, channel -> TokenFile.append(
                channel, MemorySegment.ofArray(content.getBytes(StandardCharsets.UTF_8))));
    }

    // A part in a process of its own

    private void inProcess(GpuCheckStep part, String name, Consumer<GpuCheckLine> said) throws IOException {
        int seconds = limit == null ? part.seconds() : limit;
        Path complaints = Files.createTempFile("tern-gpu-check", ".log");
        try {
            Process process = new ProcessBuilder(line(part, name)).redirectError(complaints.toFile()).start();
            process.getOutputStream().close();
            var late = new AtomicBoolean();
            Thread.ofPlatform().daemon().start(() -> endIfLate(process, seconds, late));
            read(process, part, said);
            int status = process.waitFor();
            if (late.get()) said.accept(GpuCheckLine.of(part, "the whole part", Status.FAILED, "not done after %d s, and ended".formatted(seconds)));
            else if (status != 0) said.accept(GpuCheckLine.of(part, "the whole part", Status.FAILED,
                    "status %d: %s".formatted(status, tail(complaints))));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            Files.deleteIfExists(complaints);
        }
    }

    private static void endIfLate(Process process, int seconds, AtomicBoolean late) {
        try {
            if (process.waitFor(seconds, TimeUnit.SECONDS)) return;
            late.set(true);
            process.destroyForcibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void read(Process process, GpuCheckStep part, Consumer<GpuCheckLine> said) throws IOException {
        try (var from = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = from.readLine(); line != null; line = from.readLine()) {
                said.accept(finding(part, line));
            }
        }
    }

    /// What a part's process wrote; it may have been ended in the middle of a line.
    public static GpuCheckLine finding(GpuCheckStep part, String line) {
        try {
            if (line.startsWith("{\"part\":")) return GpuCheckLine.parse(JsonMapper.shared().readTree(line));
        } catch (JacksonException _) {
            // Shown as it is.
        }
        return GpuCheckLine.of(part, "the process said", Status.FAILED, line);
    }

    private static String tail(Path log) throws IOException {
        var last = new ArrayDeque<String>();
        for (String line : new String(Files.readAllBytes(log), StandardCharsets.UTF_8).lines().toList()) {
            last.add(line.strip());
            if (last.size() > KEPT) last.removeFirst();
        }
        return String.join(" | ", last);
    }

    private List<String> line(GpuCheckStep part, String name) {
        var arguments = new ArrayList<>(List.of("gpu-check", "--lines", "--device", name, "--only", part.label()));
        if (quick) arguments.add("--quick");
        return JavaCommand.of(spec.root().userObject().getClass(), List.of(), arguments);
    }
}
