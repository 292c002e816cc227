package tern.runtime.cli.kernel;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import tern.autotune.verify.CrossProof;
import tern.autotune.verify.CrossProof.Line;
import tern.autotune.verify.CrossProof.Party;
import tern.autotune.verify.CrossProof.Subject;
import tern.autotune.verify.Verdict;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.device.Device;
import tern.ir.target.Target;
import tern.ir.text.Tir;
import tern.runtime.cli.console.Failure;
import tern.runtime.cli.option.Devices;
import tern.runtime.cli.option.Sizes;
import tern.runtime.cli.report.Fields;
import tern.scheduler.problem.Problem;

/// `tern verify --cross`: CPU, GPU and reference on the same packed bytes.
///
/// @param packing name of the one to prove; null for all
/// @param device  the GPU; null for the first card, and without one the simulator of an H200
record CrossCheck(Tir tir, @Nullable String packing, @Nullable String device, Sizes sizes, long seed) {

    /// A GEMV of one product and a GEMM of two: between them they have every kind of parameter.
    private static final String GEMV = "bitlinear", GEMM = "gate_up";

    /// Tokens of the GEMM: one more than the hardware's tile of tokens.
    private static final int TOKENS = 9;

    private static final String SIMULATED = "simulator:h200";

    /// @param seconds that one proof on the CPU may take
    /// @return the status of the command
    int run(CommandSpec spec, boolean json, double seconds) {
        PrintWriter out = spec.commandLine().getOut();
        List<Packing> packings = packings();
        try (var devices = new ProofDevices()) {
            List<Party> parties = parties(devices, seconds);
            var proof = new CrossProof(parties);
            if (!json) out.println(String.join(", ", parties.stream().map(p -> p.name() + " (" + p.target().name() + ")").toList()));
            var lines = new ArrayList<Line>();
            for (Packing one : packings)
                for (boolean gemm : new boolean[] {false, true}) {
                    Line line = prove(proof, one, gemm);
                    lines.add(line);
                    if (!json) out.println(text(line));
                }
            return end(lines, out, json);
        }
    }

    private List<Packing> packings() {
        if (packing != null) return List.of(tir.packing(packing));
        return tir.packings().isEmpty() ? tir.allPackings() : tir.packings();
    }

    private List<Party> parties(ProofDevices devices, double seconds) {
        Target.Cpu cpu = Devices.target(null);
        devices.addReference(seed);
        devices.addCpu(Devices.CPU, seconds);
        var parties = new ArrayList<Party>();
        devices.provers().forEach((name, prover) -> parties.add(new Party(name, cpu, prover)));
        Device gpu = gpu();
        String name = device != null ? device : gpu.fingerprint().contains("simulated") ? SIMULATED : "cuda";
        // Its schedules are none that the reference has run.
        devices.add(gpu);
        parties.add(Party.of(name, gpu));
        return parties;
    }

    private Device gpu() {
        if (device != null) return Devices.open(device, 0);
        return Devices.find("cuda", 0).orElseGet(() -> Devices.open(SIMULATED, 0));
    }

    private Line prove(CrossProof proof, Packing one, boolean gemm) {
        KernelDef kernel = Tir.library().kernel(gemm ? GEMM : GEMV);
        Sizes.Chosen size = gemm
                ? sizes.or(Math.min(one.rows() + 1, 33), one.columns() + 1, TOKENS)
                : sizes.or(Math.min(one.rows() + 3, 40), one.columns() + 5, 1);
        return proof.prove(new Problem(kernel, size.m(), size.k(), gemm ? Math.max(2, size.n()) : 1), one, seed, entry -> {});
    }

    private static String text(Line line) {
        Subject s = line.subject();
        var text = new StringBuilder("%-14s %-10s %4d x %-4d n %-3d".formatted(s.packing(), s.kernel(), s.m(), s.k(), s.n()));
        for (CrossProof.Entry entry : line.entries()) text.append("  ").append(entry.machine()).append(' ').append(entry.way()).append(' ')
                .append(switch (entry.verdict()) {
                    case Verdict.Exact _ -> "exact";
                    case Verdict.Wrong w -> "WRONG: " + Failure.oneLine(w.problem());
                    case Verdict.Refused r -> "refused: " + Failure.oneLine(r.reason());
                });
        return text + (line.agrees() ? "  sums %08x, results %08x".formatted(
                line.evidence().getFirst().sums(), line.evidence().getFirst().results()) : "  DISAGREE");
    }

    private static int end(List<Line> lines, PrintWriter out, boolean json) {
        long bad = lines.stream().filter(line -> !line.agrees()).count();
        if (json) out.println(fields(lines).json());
        else if (bad > 0) out.printf("NOT THE SAME: %d of %d%n", bad, lines.size());
        else out.printf("the same bits everywhere: %d kernels over %d packings, int32 sums and results%n",
                lines.size(), lines.stream().map(line -> line.subject().packing()).distinct().count());
        return bad == 0 ? 0 : 1;
    }

    private static Fields fields(List<Line> lines) {
        return new Fields().put("same", lines.stream().allMatch(Line::agrees)).putAll("kernels", lines, line -> {
            Subject s = line.subject();
            return new Fields().put("packing", s.packing()).put("kernel", s.kernel()).put("m", s.m()).put("k", s.k()).put("n", s.n())
                    .put("same", line.agrees()).putAll("machines", line.entries(), CrossCheck::fields);
        });
    }

    private static Fields fields(CrossProof.Entry entry) {
        var fields = new Fields().put("machine", entry.machine()).put("way", entry.way())
                .put("verdict", entry.verdict().getClass().getSimpleName().toLowerCase(Locale.ROOT));
        return switch (entry.verdict()) {
            case Verdict.Exact e -> fields.put("compiled", e.kernel()).put("results", e.results()).put("int32_sums", e.sums())
                    .put("packed_crc32c", hex(e.evidence().packed())).put("sums_crc32c", hex(e.evidence().sums()))
                    .put("results_crc32c", hex(e.evidence().results()));
            case Verdict.Wrong w -> fields.put("compiled", w.kernel()).put("problem", w.problem());
            case Verdict.Refused r -> fields.put("problem", r.reason());
        };
    }

    private static String hex(long checksum) {
        return "%08x".formatted(checksum);
    }
}
