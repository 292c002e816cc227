package tern.runtime.doctor;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import tern.runtime.model.Linear;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.ModelSource;
import tern.runtime.model.TensorNames;
import tern.runtime.model.TensorNames.Shape;

/// What the tensors of a file show by themselves.
final class FileCheck {

    /// Weights rounded by the mean of their magnitudes are zero for a quarter (evenly spread) to some half (heavy tails) of them.
    private static final double FEWEST_ZEROS = 0.15, MOST_ZEROS = 0.75;

    /// A scale this many times those of its kind in other layers is unlikely to be meant.
    private static final double OUTLIER = 30;

    private final ModelSource model;
    private final List<Finding> findings = new ArrayList<>();
    /// Scales by the name of the tensor within its layer.
    private final Map<String, double[]> scales = new LinkedHashMap<>();
    private long minus, zero, plus;

    private FileCheck(ModelSource model) {
        this.model = model;
    }

    /// @param progress told per mille
    static List<Finding> of(ModelSource model, LongConsumer progress) {
        var check = new FileCheck(model);
        ModelConfig c = model.config();
        for (int layer = 0; layer < c.layers(); layer++) {
            check.layer(layer);
            progress.accept((layer + 1) * 1000L / c.layers());
        }
        for (Shape norm : TensorNames.norms(c)) check.norm(norm.name(), norm.k());
        check.outliers();
        check.weights();
        check.embedding();
        return check.findings;
    }

    private void layer(int layer) {
        ModelConfig c = model.config();
        int kv = c.kvHeads() * c.headDim();
        linear(layer, "attn_q", c.attentionWidth(), c.hidden());
        linear(layer, "attn_k", kv, c.hidden());
        linear(layer, "attn_v", kv, c.hidden());
        linear(layer, "attn_output", c.hidden(), c.attentionWidth());
        linear(layer, "ffn_gate", c.ffn(), c.hidden());
        linear(layer, "ffn_up", c.ffn(), c.hidden());
        linear(layer, "ffn_down", c.hidden(), c.ffn());
    }

    private void norm(String name, int length) {
        MemorySegment weight = model.norm(name, length);
        int odd = 0, zeros = 0, negative = 0;
        for (int i = 0; i < length; i++) {
            float w = weight.get(JAVA_FLOAT_UNALIGNED, 4L * i);
            if (!Float.isFinite(w)) odd++;
            else if (w == 0) zeros++;
            else if (w < 0) negative++;
        }
        if (odd > 0) findings.add(Finding.wrong(name, "%d of %d weights are NaN or infinite".formatted(odd, length)));
        else if (zeros == length) findings.add(Finding.wrong(name, "all weights are 0"));
        else if (negative > length / 2) findings.add(Finding.note(name, "%d of %d weights are negative".formatted(negative, length)));
    }

    private void linear(int layer, String part, int m, int k) {
        String name = "blk." + layer + "." + part + ".weight";
        Linear linear = model.linear(name, m, k);
        int step = linear.scales().group() == 0 ? k : linear.scales().group();
        double scale = IntStream.iterate(0, c -> c < k, c -> c + step).mapToDouble(c -> Math.abs(linear.scales().of(0, c))).average().orElseThrow();
        scales.computeIfAbsent(part, _ -> new double[model.config().layers()])[layer] = scale;
        if (linear.hasOneScale() && (!(linear.scale() > 0) || Float.isInfinite(linear.scale())))
            findings.add(Finding.wrong(name, "its scale is " + linear.scale()));
        long[] counts = IntStream.range(0, m).parallel().mapToObj(row -> count(linear, row)).reduce(new long[5], FileCheck::add);
        double total = (double) m * k;
        minus += counts[0];
        zero += counts[1];
        plus += counts[2];
        String balance = "-1, 0, 1: %s, %s, %s".formatted(share(counts[0] / total), share(counts[1] / total), share(counts[2] / total));
        if (counts[1] == total) findings.add(Finding.wrong(name, "all weights are 0"));
        else if (counts[1] < FEWEST_ZEROS * total || counts[1] > MOST_ZEROS * total)
            findings.add(Finding.note(name, "an unusual share of zeros; " + balance));
        else if (Math.abs(counts[0] - counts[2]) > 0.2 * (counts[0] + counts[2]))
            findings.add(Finding.note(name, "signs are out of balance; " + balance));
        if (counts[4] > 0) findings.add(Finding.note(name, "%d weights are 2".formatted(counts[4])));
        if (counts[3] > 0 && counts[1] < total) findings.add(Finding.note(name, "%d of %d rows are all 0".formatted(counts[3], m)));
    }

    /// Of -1, 0 and 1, whether all are 0, and of 2.
    private static long[] count(Linear linear, int row) {
        byte[] digits = new byte[linear.k()];
        linear.rows().read(row, digits);
        long[] counts = new long[5];
        for (byte digit : digits) counts[digit == 2 ? 4 : digit + 1]++;
        counts[3] = counts[1] == digits.length ? 1 : 0;
        return counts;
    }

    private static long[] add(long[] a, long[] b) {
        long[] sum = a.clone();
        for (int i = 0; i < b.length; i++) sum[i] += b[i];
        return sum;
    }

    private void outliers() {
        scales.forEach((part, ofLayers) -> {
            double[] sorted = ofLayers.clone();
            Arrays.sort(sorted);
            double median = sorted[sorted.length / 2];
            for (int layer = 0; layer < ofLayers.length; layer++)
                if (ofLayers[layer] > median * OUTLIER || ofLayers[layer] < median / OUTLIER)
                    findings.add(Finding.note("blk.%d.%s.weight".formatted(layer, part),
                            "its scale is %.4g, that of other layers %.4g".formatted(ofLayers[layer], median)));
        });
    }

    private void weights() {
        double total = minus + zero + plus;
        findings.add(Finding.good("weights", "%d tensors, -1, 0, 1: %s, %s, %s".formatted(
                scales.size() * model.config().layers(), share(minus / total), share(zero / total), share(plus / total))));
    }

    private void embedding() {
        ModelConfig c = model.config();
        var plain = new PlainModel(model, new PlainModel.Reading(PlainModel.Activation.SQUARED_RELU, c.pairs()));
        long[] counts = IntStream.range(0, c.vocabulary()).parallel().mapToObj(token -> {
            double squares = 0;
            for (double value : plain.embed(new int[] {token})[0]) squares += value * value;
            return new long[] {Double.isFinite(squares) ? 0 : 1, squares == 0 ? 1 : 0, 0, 0};
        }).reduce(new long[4], FileCheck::add);
        if (counts[0] > 0) findings.add(Finding.wrong("token_embd.weight", "%d rows hold NaN or infinity".formatted(counts[0])));
        else if (counts[1] == c.vocabulary()) findings.add(Finding.wrong("token_embd.weight", "all rows are 0"));
        else findings.add(Finding.good("token_embd.weight", "%d rows, %d of them 0".formatted(c.vocabulary(), counts[1])));
    }

    private static String share(double value) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * value);
    }
}
