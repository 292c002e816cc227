package tern.runtime.doctor;

import java.nio.FloatBuffer;
import java.util.List;
import tern.runtime.model.ModelConfig;

/// What another program wrote for the same tokens, f32: the residual stream of all parts `[2 layers + 1, tokens, hidden]`, or logits
/// `[tokens, vocabulary]`.
final class DumpCheck {

    /// Rounding to 8 bits lets two right programs drift apart from layer to layer; a wrong one is off by a multiple at once.
    private static final double TOLERANCE = 0.15;

    private DumpCheck() {}

    /// @throws IllegalArgumentException if it has neither size
    static Finding of(SublayerCheck run, ModelConfig c, int tokens, FloatBuffer dump) {
        long residuals = (2L * c.layers() + 1) * tokens * c.hidden(), logits = (long) tokens * c.vocabulary();
        if (dump.remaining() == residuals) return residuals(run.parts(), dump);
        if (dump.remaining() == logits) return logits(run.logits(), dump.slice((tokens - 1) * c.vocabulary(), c.vocabulary()));
        throw new IllegalArgumentException("a reference of %d floats: expected %d of residual streams [%d, %d, %d] or %d of logits [%d, %d]".formatted(
                dump.remaining(), residuals, 2 * c.layers() + 1, tokens, c.hidden(), logits, tokens, c.vocabulary()));
    }

    private static Finding residuals(List<float[]> parts, FloatBuffer dump) {
        double worst = 0;
        for (int part = 0; part < parts.size(); part++) {
            float[] expected = new float[parts.get(part).length];
            dump.get(expected);
            double off = distance(parts.get(part), expected);
            if (!(off <= TOLERANCE))
                return Finding.wrong("reference",
                        "the first part that diverges is the %s: off by %s".formatted(SublayerCheck.name(part), SublayerCheck.share(off)));
            worst = Math.max(worst, off);
        }
        return Finding.good("reference", "%d parts agree; the worst is off by %s".formatted(parts.size(), SublayerCheck.share(worst)));
    }

    private static Finding logits(float[] found, FloatBuffer dump) {
        float[] expected = new float[found.length];
        dump.get(expected);
        double off = distance(found, expected);
        String detail = "logits after the last token are off by " + SublayerCheck.share(off);
        return off <= TOLERANCE ? Finding.good("reference", detail) : Finding.wrong("reference", detail);
    }

    private static double distance(float[] found, float[] expected) {
        double apart = 0, all = 0;
        for (int i = 0; i < found.length; i++) {
            apart += Math.pow((double) found[i] - expected[i], 2);
            all += Math.pow(expected[i], 2);
        }
        return apart == 0 ? 0 : Math.sqrt(apart / all);
    }
}
