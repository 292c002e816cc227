package tern.runtime.doctor;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import tern.runtime.model.Model;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.Session;

/// What a model computes on its device, part by part.
///
/// [PlainModel] gets of each part the input that the part had on the device, so that an error shows where it is made and nowhere else. A value
/// near the middle between two 8-bit steps may go either way; that moves a part by some thousandths of what it adds.
public final class SublayerCheck {

    /// Share of what a part adds to the residual stream; a wrong scale, norm or kernel is far beyond it.
    private static final double TOLERANCE = 0.05;

    /// Of the logits, which no rounding to 8 bits precedes.
    private static final double LOGITS_TOLERANCE = 1e-3;

    private static final double LARGEST_HALF = 65504;

    private final ModelConfig config;
    private final List<float[]> parts = new ArrayList<>();
    private final float[] logits;
    private final int[] tokens;

    private SublayerCheck(Model model, int[] tokens, Arena arena) {
        config = model.config();
        this.tokens = tokens.clone();
        Session session = model.session(false, 0);
        MemorySegment residual = arena.allocate(4L * tokens.length * config.hidden(), 64);
        session.trace(tokens, residual, (part, values) -> parts.add(values.toArray(JAVA_FLOAT)));
        MemorySegment row = arena.allocate(4L * config.vocabulary(), 64);
        session.logits(row);
        logits = row.toArray(JAVA_FLOAT);
    }

    /// Runs a model.
    ///
    /// @param tokens that fit a batch
    public static SublayerCheck run(Model model, int[] tokens, Arena arena) {
        return new SublayerCheck(model, tokens, arena);
    }

    /// The residual stream after the embedding and after each half of each layer: f32 `[tokens, hidden]`.
    public List<float[]> parts() {
        return List.copyOf(parts);
    }

    /// Logits after the last token.
    public float[] logits() {
        return logits.clone();
    }

    /// `attention of layer 3`
    static String name(int part) {
        if (part == 0) return "embedding";
        return (part % 2 == 1 ? "attention" : "feed-forward part") + " of layer " + (part - 1) / 2;
    }

    /// @param progress told per mille
    List<Finding> against(PlainModel plain, LongConsumer progress) {
        var findings = new ArrayList<Finding>();
        double[][] before = rows(parts.getFirst());
        double embedded = distance(before, plain.embed(tokens), null);
        if (embedded != 0) findings.add(Finding.wrong(name(0), "rows differ from the file's by " + share(embedded)));
        double worst = 0, largest = 0;
        int worstAt = 0, largestAt = 0;
        for (int part = 1; part < parts.size(); part++) {
            int layer = (part - 1) / 2;
            double[][] found = rows(parts.get(part));
            double[][] expected = part % 2 == 1 ? plain.attention(layer, before) : plain.feedForward(layer, before);
            double off = distance(found, expected, before), magnitude = plain.takeLargest();
            if (!(off <= worst)) {
                worst = off;
                worstAt = part;
            }
            if (!(magnitude <= largest)) {
                largest = magnitude;
                largestAt = part;
            }
            if (!(off <= TOLERANCE))
                findings.add(Finding.wrong(name(part), "what it adds is off by %s of itself; at most %s is rounding".formatted(share(off), share(TOLERANCE))));
            before = found;
            progress.accept(part * 1000L / parts.size());
        }
        double head = headDistance(plain.logits(before[tokens.length - 1]));
        if (!(head <= LOGITS_TOLERANCE)) findings.add(Finding.wrong("head", "logits are off by " + share(head)));
        if (findings.isEmpty())
            findings.add(Finding.good("parts", "%d parts agree with f64; %s is off most, by %s of what it adds; the head by %s"
                    .formatted(parts.size(), name(worstAt), share(worst), share(head))));
        findings.add(range(largest, largestAt));
        return findings;
    }

    private static Finding range(double largest, int part) {
        String detail = "largest value before a norm is %.4g, in the %s".formatted(largest, name(part));
        if (!(largest <= Float.MAX_VALUE)) return Finding.wrong("ranges", detail);
        return largest > LARGEST_HALF ? Finding.note("ranges", detail + ": half precision would overflow") : Finding.good("ranges", detail);
    }

    private double[][] rows(float[] flat) {
        double[][] rows = new double[tokens.length][config.hidden()];
        for (int t = 0; t < rows.length; t++)
            for (int i = 0; i < config.hidden(); i++) rows[t][i] = flat[t * config.hidden() + i];
        return rows;
    }

    /// Root of the squares of the difference, as a share of what was added.
    ///
    /// @param before null if all of it was
    private static double distance(double[][] found, double[][] expected, double @Nullable [][] before) {
        double apart = 0, added = 0;
        for (int t = 0; t < found.length; t++)
            for (int i = 0; i < found[t].length; i++) {
                double from = before == null ? 0 : before[t][i];
                apart += Math.pow(found[t][i] - expected[t][i], 2);
                added += Math.pow(expected[t][i] - from, 2);
            }
        return apart == 0 ? 0 : Math.sqrt(apart / added);
    }

    private double headDistance(double[] expected) {
        double[][] found = {new double[logits.length]};
        for (int i = 0; i < logits.length; i++) found[0][i] = logits[i];
        return distance(found, new double[][] {expected}, null);
    }

    static String share(double value) {
        return String.format(Locale.ROOT, "%.3g %%", 100 * value);
    }
}
