package tern.runtime.cli.gpu;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import tern.autotune.verify.CrossProof;
import tern.autotune.verify.CrossProof.Entry;
import tern.autotune.verify.CrossProof.Party;
import tern.autotune.verify.ExactnessProof;
import tern.autotune.verify.Verdict;
import tern.ir.Element;
import tern.ir.KernelDef;
import tern.ir.Op.RopePairs;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.device.Device;
import tern.ir.device.KernelLibrary.Choice;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.reference.ReferenceDevice;
import tern.ir.text.Tir;
import tern.runtime.Folders;
import tern.runtime.cli.console.Failure;
import tern.runtime.cli.gpu.GpuCheckLine.Status;
import tern.runtime.cli.option.Devices;
import tern.runtime.gguf.TensorType;
import tern.runtime.model.GgufModel;
import tern.runtime.model.Model;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.Session;
import tern.runtime.synth.Synthesizer;
import tern.scheduler.Candidates;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;
import tern.scheduler.problem.Problem;

/// Whether a card computes what it should: the parts of a check that judge.
///
/// @param card  to be checked
/// @param name  of it
/// @param quick true: a few small things of each kind
/// @param said  told each finding as soon as it is there
record GpuExactness(Device card, String name, boolean quick, Consumer<GpuCheckLine> said) {

    private static final int SEED = 1;

    /// Of one layer, for a quick check: a simulator takes a second for a token.
    static final ModelConfig SMALL = new ModelConfig("bitnet-b1.58", 128, 1, 2, 1, 64, 256, 512, 256, 1e-5f, 500000f, RopePairs.HALVES);

    /// Packings that a quick check looks at: 2 bits by shifts, base 3, several trits in 5 bits.
    private static final List<String> FEW = List.of("i2_s", "base3x5", "tri5r8");

    /// Rows on which a kernel is proved that has all of k: further rows run the same code.
    private static final int PROVED_ROWS = 512;

    /// Tokens of a prompt on which kernels over many are proved.
    private static final int PROMPT = 70;

    void kernels() {
        try (Device reference = new ReferenceDevice(SEED); Device cpu = Devices.open(Devices.CPU, 0)) {
            var proof = new CrossProof(List.of(Party.of("reference", reference, cpu.target()), Party.of("cpu", cpu), Party.of(name, card)));
            for (Packing packing : Tir.library().allPackings()) {
                if (quick && !FEW.contains(packing.name())) continue;
                prove(proof, "bitlinear", packing, Math.min(packing.rows() + 3, quick ? 8 : 40), packing.columns() + 5, 1);
                prove(proof, "gate_up", packing, Math.min(packing.rows() + 1, quick ? 8 : 33), packing.columns() + 1, quick ? 2 : 9);
                if (!quick) prompts(packing);
            }
        }
    }

    /// The best schedule of each unit for many tokens, several steps of k.
    private void prompts(Packing packing) {
        KernelDef kernel = Tir.library().kernel("bitlinear");
        int m = Math.min(packing.rows() + 3, 140), k = packing.columns() == 1 ? 20 : Math.min(9 * packing.columns() + 1, 1300);
        var best = new LinkedHashMap<String, Schedule>();
        for (Candidates.Ranked ranked : Candidates.of(new Problem(kernel, m, k, PROMPT), List.of(packing), card.target()).ranked())
            if (!(ranked.schedule() instanceof Schedule.Lanes)) best.putIfAbsent(ranked.schedule().way(), ranked.schedule());
        var proof = new ExactnessProof(card);
        best.forEach((unit, schedule) -> {
            String subject = "%s bitlinear %d x %d n %d %s".formatted(packing.name(), m, k, PROMPT, unit);
            Verdict verdict = proof.prove(new Problem(kernel, m, k, PROMPT), packing, schedule, SEED);
            said.accept(GpuCheckLine.of(GpuCheckStep.KERNELS, subject, status(verdict), text(verdict) + ", " + schedule));
        });
    }

    private static Status status(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Exact _ -> Status.RIGHT;
            case Verdict.Wrong _ -> Status.WRONG;
            case Verdict.Refused _ -> Status.REFUSED;
        };
    }

    private void prove(CrossProof proof, String kernel, Packing packing, int m, int k, int n) {
        String subject = "%s %s %d x %d n %d".formatted(packing.name(), kernel, m, k, n);
        try {
            KernelDef definition = Tir.library().kernel(kernel);
            CrossProof.Line line = proof.prove(new Problem(definition, m, k, n), packing, SEED, entry -> {});
            said.accept(GpuCheckLine.of(GpuCheckStep.KERNELS, subject, line.agrees() ? Status.RIGHT : Status.WRONG,
                    String.join("; ", line.entries().stream().map(GpuExactness::text).toList())));
        } catch (RuntimeException e) {
            said.accept(GpuCheckLine.failed(GpuCheckStep.KERNELS, subject, e));
        }
    }

    private static String text(Entry entry) {
        return entry.machine() + " " + entry.way() + " " + text(entry.verdict());
    }

    private static String text(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Exact _ -> "exact";
            case Verdict.Wrong w -> "WRONG: " + w.kernel() + ": " + Failure.oneLine(w.problem());
            case Verdict.Refused r -> "refused: " + Failure.oneLine(r.reason());
        };
    }

    /// The plan's kernels for one token, for a few, and for a full batch.
    void chosen() {
        ModelConfig config = quick ? SMALL : ModelConfig.BITNET_2B4T;
        int batch = quick ? 3 : 64;
        var library = new ScheduledLibrary(card, Tir.library().allPackings(), ScheduleSource.NONE, kernel -> {});
        List<Use> uses = Model.uses(config, batch);
        var plan = library.plan(uses);
        var proof = new ExactnessProof(card);
        for (Use use : uses) {
            Choice choice = plan.choice(use.name());
            prove(proof, choice, 1, choice.step().schedule());
            if (!quick) prove(proof, choice, 3, choice.batch().schedule());
            if (!quick) prove(proof, choice, batch, choice.batch().schedule());
        }
    }

    private void prove(ExactnessProof proof, Choice choice, int n, Schedule schedule) {
        Use use = choice.use();
        int m = Math.min(use.m(), quick ? 16 : PROVED_ROWS);
        String subject = "%s %d x %d n %d %s".formatted(use.name(), m, use.k(), n, choice.packing().name());
        try {
            Verdict verdict = proof.prove(new Problem(use.kernel(), m, use.k(), n), choice.packing(), schedule, SEED);
            said.accept(GpuCheckLine.of(GpuCheckStep.CHOSEN, subject, status(verdict), text(verdict) + ", " + schedule));
        } catch (RuntimeException e) {
            said.accept(GpuCheckLine.failed(GpuCheckStep.CHOSEN, subject, e));
        }
    }

    /// A small model, batches and single tokens, with each element of the cache: a short text bit for bit, a long one within a bound.
    void model() throws IOException {
        Path folder = Files.createTempDirectory("tern-gpu-check");
        try {
            Path file = folder.resolve("tiny.gguf");
            Synthesizer.write(quick ? SMALL : ModelConfig.TINY, SEED, TensorType.I2_S, TensorType.F16, file, (done, total) -> {});
            for (Element cache : quick ? List.of(Element.F32) : List.of(Element.F32, Element.BF16, Element.I8)) {
                try (Device cpu = Devices.open(Devices.CPU, 0)) {
                    compare(logits(cpu, file, cache, folder, SHORT), logits(card, file, cache, folder, SHORT), cache, 0);
                    if (!quick) compare(logits(cpu, file, cache, folder, LONG), logits(card, file, cache, folder, LONG), cache, WITHIN);
                } catch (RuntimeException e) {
                    said.accept(GpuCheckLine.failed(GpuCheckStep.MODEL, "cache " + cache, e));
                }
            }
        } finally {
            Folders.delete(folder);
        }
    }

    /// @param batch tokens of a pass
    private record Text(int tokens, int batch) {}

    /// Up to 64 positions in passes of up to 8 tokens attention on a card has the bits of the CPU; beyond, its sums have another order, and a
    /// difference in the last place may become one of a step when activations are rounded to 8 bits.
    private static final Text SHORT = new Text(24, 8), LONG = new Text(150, 32);

    /// Of the difference's norm to the logits'.
    private static final double WITHIN = 0.02;

    private List<float[]> logits(Device device, Path file, Element cache, Path folder, Text text) throws IOException {
        int[] tokens = new SplittableRandom(SEED).ints(quick ? 3 : text.tokens, 0, SMALL.vocabulary()).toArray();
        var all = new ArrayList<float[]>();
        try (Arena arena = Arena.ofShared()) {
            GgufModel source = GgufModel.open(file, arena, false);
            var library = new ScheduledLibrary(device, Tir.library().allPackings(), ScheduleSource.NONE, kernel -> {});
            Model model = Model.load(device, library, source, new Model.Settings(LONG.tokens, text.batch, cache, 1, folder), arena, done -> {});
            MemorySegment row = arena.allocate(4L * model.config().vocabulary(), 64);
            Session session = model.session(true, 0);
            session.feed(Arrays.copyOf(tokens, tokens.length - 1), row, (token, logits) -> all.add(logits.toArray(ValueLayout.JAVA_FLOAT)));
            session.next(tokens[tokens.length - 1]);
            session.logits(row);
            all.add(row.toArray(ValueLayout.JAVA_FLOAT));
        }
        return all;
    }

    /// @param within the difference's norm by the logits' norm, at most; 0: bit for bit
    private void compare(List<float[]> expected, List<float[]> found, Element cache, double within) {
        double difference = 0, norm = 0;
        int other = 0, first = -1, best = 0;
        for (int i = 0; i < expected.size(); i++) {
            float[] one = expected.get(i), two = found.get(i);
            if (!Arrays.equals(one, two) && other++ == 0) first = i;
            if (largest(one) == largest(two)) best++;
            for (int j = 0; j < one.length; j++) {
                difference += ((double) one[j] - two[j]) * ((double) one[j] - two[j]);
                norm += (double) one[j] * one[j];
            }
        }
        double share = Math.sqrt(difference / norm); // a NaN is never within
        boolean right = within == 0 ? other == 0 : share <= within;
        String detail = other == 0
                ? "bit for bit the logits of the CPU"
                : "%d of %d tokens have other bits, the first is %d; the likeliest token is the same for %d".formatted(
                        other, expected.size(), first, best);
        said.accept(GpuCheckLine.of(GpuCheckStep.MODEL, "%d tokens, cache %s".formatted(expected.size(), cache),
                right ? Status.RIGHT : Status.WRONG, detail)
                .with("relative difference", share));
    }

    private static int largest(float[] logits) {
        int at = 0;
        for (int i = 1; i < logits.length; i++) if (logits[i] > logits[at]) at = i;
        return at;
    }
}
