package tern.runtime.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongConsumer;
import tern.ir.Op.RopePairs;
import tern.runtime.doctor.PlainModel.Activation;
import tern.runtime.doctor.PlainModel.Reading;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.ModelSource;

/// What a file does not say, asked of the weights: a model that is read as it was trained predicts a text better than one that is not.
final class AmbiguityCheck {

    /// A reading is believed if it is better by so many nats a token, and by this share of them.
    private static final double CLEAR = 0.02, CLEAR_SHARE = 0.05;

    /// Above this share of what guessing costs, a model has learned nothing of such texts.
    private static final double GUESSING = 0.8;

    private final ModelSource model;
    private final int[] tokens;

    private AmbiguityCheck(ModelSource model, int[] tokens) {
        this.model = model;
        this.tokens = tokens;
    }

    /// @param usual    how Tern reads the file
    /// @param tokens   two at least, of a text of the kind that the model was made for
    /// @param progress told per mille
    static List<Finding> of(ModelSource model, Reading usual, int[] tokens, LongConsumer progress) {
        var check = new AmbiguityCheck(model, tokens);
        ModelConfig c = model.config();
        double first = check.nats(usual, part -> progress.accept(part / 3));
        Activation otherActivation = usual.activation() == Activation.SQUARED_RELU ? Activation.SILU : Activation.SQUARED_RELU;
        double activation = check.nats(new Reading(otherActivation, usual.pairs()), part -> progress.accept((1000 + part) / 3));
        RopePairs otherPairs = usual.pairs() == RopePairs.HALVES ? RopePairs.NEIGHBOURS : RopePairs.HALVES;
        double pairs = check.nats(new Reading(usual.activation(), otherPairs), part -> progress.accept((2000 + part) / 3));
        double guess = GUESSING * Math.log(c.vocabulary());
        var findings = new ArrayList<Finding>();
        findings.add(judge("activation", usual.activation().title, otherActivation.title, first, activation, guess));
        findings.add(judge("RoPE pairs", title(usual.pairs()), title(otherPairs), first, pairs, guess));
        return findings;
    }

    private static String title(RopePairs pairs) {
        return switch (pairs) {
            case HALVES -> "halves (i, i + d/2)";
            case NEIGHBOURS -> "neighbours (2i, 2i + 1)";
        };
    }

    private static Finding judge(String subject, String usual, String other, double ofUsual, double ofOther, double guess) {
        String numbers = String.format(Locale.ROOT, "%s %.3f nats a token, %s %.3f", usual, ofUsual, other, ofOther);
        if (!(Math.min(ofUsual, ofOther) < guess))
            return Finding.note(subject, numbers + ": cannot be told, since neither predicts this text");
        if (isClear(ofOther, ofUsual)) return Finding.wrong(subject, numbers + ": the file is of the other kind");
        if (isClear(ofUsual, ofOther)) return Finding.good(subject, numbers);
        return Finding.note(subject, numbers + ": too close to tell");
    }

    private static boolean isClear(double better, double worse) {
        return worse > better + CLEAR && worse > better * (1 + CLEAR_SHARE);
    }

    /// Mean negative log-likelihood of the second half of the tokens, which have the first before them.
    private double nats(Reading reading, LongConsumer progress) {
        var plain = new PlainModel(model, reading);
        double[][] x = plain.embed(tokens);
        int layers = model.config().layers();
        for (int layer = 0; layer < layers; layer++) {
            x = plain.feedForward(layer, plain.attention(layer, x));
            progress.accept((layer + 1) * 1000L / layers);
        }
        double sum = 0;
        int first = Math.min(tokens.length / 2, tokens.length - 2);
        for (int t = first; t + 1 < tokens.length; t++) {
            double[] logits = plain.logits(x[t]);
            double top = Double.NEGATIVE_INFINITY, all = 0;
            for (double logit : logits) top = Math.max(top, logit);
            for (double logit : logits) all += Math.exp(logit - top);
            sum += top + Math.log(all) - logits[tokens[t + 1]];
        }
        return sum / (tokens.length - 1 - first);
    }
}
