package tern.runtime.cli;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tern.autotune.verify.ExactnessProof;
import tern.autotune.verify.Verdict;
import tern.autotune.verify.Ways;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.device.Device;
import tern.ir.reference.ReferenceDevice;
import tern.ir.target.Target;
import tern.ir.text.Tir;
import tern.scheduler.Candidates;
import tern.scheduler.problem.Problem;

/// Proves kernels over the packings of a text, of the library or of chance, on the reference device and on the CPU or a GPU, be it a simulated one.
@Command(
        name = "verify",
        description = "Prove kernels exact on the reference and on the CPU or a GPU: a text's over its packings, without one those of the library, or --random packings.")
final class VerifyCommand implements Callable<Integer> {

    /// Schedules that are tried of each strategy: best, middle and last of the ranking.
    private static final int SCHEDULES = 3;

    /// The card that is simulated where none is named.
    private static final String SIMULATED = "h200";

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", arity = "0..1", paramLabel = "F.tir", description = "The text. Without one, the packings of the library.")
    private @Nullable Path file;

    @Option(names = "--target", paramLabel = "T", description = "Make schedules for this CPU or GPU. Default: the CPU at hand, with --simulate h200.")
    private @Nullable String target;

    @Option(names = "--simulate", description = "Run the PTX of a GPU's schedules on a simulator.")
    private boolean simulate;

    @Option(names = "--random", paramLabel = "N", description = "Prove N packings that nobody has written, with kernels, sizes and schedules drawn from the seeds S to S + N - 1.")
    private @Nullable Integer random;

    @Option(names = "--seed", paramLabel = "S", defaultValue = "1", description = "Of weights and activations, and of the first random packing. Default: 1.")
    private long seed;

    @Option(names = "--cross", description = "Prove that CPU, GPU and reference give the same bits from the same packed bytes: all packings of the text, else of the library.")
    private boolean cross;

    @Option(names = "--packing", paramLabel = "P", description = "Without F.tir, and with --cross: this packing alone.")
    private @Nullable String packing;

    @Option(names = "--device", paramLabel = "D", description = "With --cross: the GPU. Default: cuda where there is a card, else simulator:h200.")
    private @Nullable String device;

    @Option(names = "--json", description = "Without F.tir, and with --cross: print one JSON object instead of a table.")
    private boolean json;

    @Mixin
    private Sizes sizes;

    @Mixin
    private CodeOption code;

    @Override
    public Integer call() throws IOException {
        if (!cross && device != null) throw new IllegalArgumentException("--device goes with --cross");
        if (cross && (target != null || simulate || random != null))
            throw new IllegalArgumentException("--cross takes --device, not --target, --simulate or --random");
        if (random != null && (random < 1 || file != null || packing != null))
            throw new IllegalArgumentException("--random takes a number of packings from 1 on, and neither F.tir nor --packing");
        if (cross) return new CrossCheck(file == null ? Tir.library() : Texts.parse(file), packing, device, sizes, seed).run(spec, json);
        if (file != null && (packing != null || json)) throw new IllegalArgumentException("with F.tir, --packing and --json go with --cross");
        if (file == null && sizes.isGiven()) throw new IllegalArgumentException("--m, --k and --n go with F.tir or --cross");
        Tir text = file == null ? null : Texts.parse(file);
        Target wanted = Devices.machine(target != null || !simulate ? target : SIMULATED);
        Map<String, Device> devices = devices(wanted, text == null);
        try {
            if (text != null && file != null) return new OfText(file, text, wanted, devices, spec.commandLine().getOut()).run();
            return new VerifyCampaign(wanted, devices, simulate, seed, spec.commandLine().getOut(), json).run(random, packing);
        } finally {
            devices.values().forEach(Device::close);
        }
    }

    /// @param many whether there is so much to prove that where a simulator tells a GPU's results, the reference is not asked too
    private Map<String, Device> devices(Target wanted, boolean many) {
        Map<String, Device> devices = new LinkedHashMap<>();
        if (!many || !simulate) devices.put("reference", new ReferenceDevice(seed));
        switch (wanted) {
            case Target.Cpu _ -> {
                if (simulate) throw new IllegalArgumentException("--simulate: only GPUs are simulated, not " + wanted.name());
                Devices.find(code.cpu(), 0).ifPresent(device -> devices.put(Devices.CPU, device));
            }
            case Target.Gpu gpu -> {
                if (simulate) devices.put("simulated " + gpu.name(), Devices.simulated(gpu));
                else Devices.find("cuda", 0).ifPresent(device -> devices.put("cuda", device));
            }
        }
        return devices;
    }

    /// All proofs of one text.
    private final class OfText {
        private final Path file;
        private final List<Packing> packings;
        private final List<KernelDef> kernels;
        private final Tir tir;
        private final Target machine;
        private final Map<String, ExactnessProof> proofs = new LinkedHashMap<>();
        private final PrintWriter out;
        private final List<String> wrong = new ArrayList<>();
        private int proven;
        private long results, sums;

        OfText(Path file, Tir tir, Target machine, Map<String, Device> devices, PrintWriter out) {
            this.file = file;
            this.tir = tir;
            this.machine = machine;
            this.out = out;
            packings = tir.packings().isEmpty() ? tir.allPackings() : tir.packings();
            kernels = tir.kernels().isEmpty() ? tir.allKernels() : tir.kernels();
            devices.forEach((name, device) -> proofs.put(name, new ExactnessProof(device)));
        }

        int run() {
            packings.forEach(sizes::orAwkward); // sizes that are none are refused before anything is printed
            out.printf("%s: schedules for %s, proved on %s%n", file, machine.name(), String.join(" and ", proofs.keySet()));
            if (machine instanceof Target.Cpu && !proofs.containsKey(Devices.CPU)) out.println("this installation has no CPU back end");
            for (Packing packing : packings)
                for (KernelDef kernel : kernels) {
                    Sizes.Chosen chosen = sizes.orAwkward(packing);
                    prove(packing, kernel, chosen, 1);
                    if (chosen.n() > 1) prove(packing, kernel, chosen, chosen.n());
                }
            if (!wrong.isEmpty()) {
                out.printf("NOT EXACT: %d of %d proofs failed, first: %s%n", wrong.size(), wrong.size() + proven, wrong.getFirst());
                return 1;
            }
            if (proven == 0) {
                out.println("nothing was proved: no schedule applies");
                return 1;
            }
            out.printf("exact: %,d proofs, %,d results compared bit for bit, %,d of them bare int32 sums%n", proven, results, sums);
            return 0;
        }

        private void prove(Packing packing, KernelDef kernel, Sizes.Chosen chosen, int n) {
            Candidates.Result candidates = Candidates.of(new Problem(kernel, chosen.m(), chosen.k(), n), List.of(packing), machine);
            for (String way : Ways.names(machine)) {
                Set<Schedule> schedules = schedules(kernel, packing, way, candidates);
                String subject = "%-10s %-14s %4d x %-4d n %-3d %-8s"
                        .formatted(packing.name(), kernel.name(), chosen.m(), chosen.k(), n, way);
                out.println(subject + " " + (schedules.isEmpty()
                        ? "does not apply: " + reason(way, candidates)
                        : proveAll(packing, kernel, chosen, n, schedules)));
            }
        }

        /// Those that the text declares, and a sample of the ranking with one of each kind of loop.
        private Set<Schedule> schedules(KernelDef kernel, Packing packing, String way, Candidates.Result candidates) {
            var chosen = new LinkedHashSet<Schedule>();
            for (Tir.Planned planned : tir.schedules()) {
                Schedule schedule = planned.schedule();
                if (schedule.kernel().equals(kernel.name()) && schedule.packing().equals(packing.name()) && schedule.way().equals(way))
                    chosen.add(schedule);
            }
            for (boolean rolled : new boolean[] {false, true}) {
                List<Schedule> ranked = candidates.ranked().stream()
                        .map(Candidates.Ranked::schedule)
                        .filter(s -> s.way().equals(way) && (s instanceof Schedule.Vector v && v.rolled()) == rolled)
                        .toList();
                int count = Math.min(rolled ? 1 : SCHEDULES, ranked.size());
                for (int i = 0; i < count; i++) chosen.add(ranked.get(count == 1 ? 0 : i * (ranked.size() - 1) / (count - 1)));
            }
            return chosen;
        }

        private String reason(String way, Candidates.Result candidates) {
            return candidates.rejected().stream()
                    .filter(r -> r.schedule().way().equals(way))
                    .map(Candidates.Rejected::reason)
                    .reduce((first, last) -> last)
                    .orElse("no candidates");
        }

        private String proveAll(Packing packing, KernelDef kernel, Sizes.Chosen chosen, int n, Set<Schedule> schedules) {
            Map<String, Integer> refused = new LinkedHashMap<>();
            int exact = 0, failed = 0;
            for (Schedule schedule : schedules)
                for (var proof : proofs.entrySet())
                    switch (proof.getValue().prove(new Problem(kernel, chosen.m(), chosen.k(), n), packing, schedule, seed)) {
                        case Verdict.Exact e -> {
                            exact++;
                            results += e.results();
                            sums += e.sums();
                        }
                        case Verdict.Wrong w -> {
                            failed++;
                            wrong.add("%s on %s: %s".formatted(w.kernel(), proof.getKey(), w.problem()));
                        }
                        case Verdict.Refused r -> refused.merge(r.reason(), 1, Integer::sum);
                    }
            proven += exact;
            String reasons = refused.entrySet().stream().map(r -> "%d refused: %s".formatted(r.getValue(), r.getKey())).collect(joining("; "));
            if (failed > 0) return "NOT EXACT, %d of %d proofs failed".formatted(failed, failed + exact);
            if (exact == 0) return reasons;
            return "exact, %d proofs".formatted(exact) + (reasons.isEmpty() ? "" : "; " + reasons);
        }
    }
}
