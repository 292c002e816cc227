package tern.operation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tern.operation.OpRun.Values;
import tern.ir.Element;
import tern.ir.Op;
import tern.ir.RopeAngles;

/// Launches at the sizes where code goes wrong: one, around the number of lanes, primes, those of 2B4T.
final class OpRuns {

    private static final int[] WIDTHS = {1, 2, 15, 16, 17, 31, 127, 128, 255, 2560};
    private static final List<Element> FLOATS = List.of(Element.F32, Element.F16, Element.BF16);
    private static final List<Element> CACHES = List.of(Element.F32, Element.BF16, Element.I8);
    private static final float EPSILON = 1e-5f, THETA = 500_000;
    private static final RopeAngles YARN = new RopeAngles(THETA, new RopeAngles.Yarn(4, 8, 32, 1, RopeAngles.Yarn.attention(4)));

    private OpRuns() {}

    static Stream<OpRun> all() {
        return Arrays.stream(Values.values()).flatMap(values -> of(values).stream());
    }

    /// Every launch with one of the kinds of values that it has, drawn by lot.
    ///
    /// @param share of the launches of each kind of operation, one of so many
    static Stream<OpRun> each(int share) {
        var random = new SplittableRandom(1);
        Map<List<Object>, List<OpRun>> launches = grouped(all(), run -> List.of(run.op(), run.n(), run.position()));
        Stream<OpRun> drawn = launches.values().stream().map(runs -> runs.get(random.nextInt(runs.size())));
        return grouped(drawn, run -> kind(run.op())).values().stream().flatMap(runs -> {
            Collections.shuffle(runs, random);
            return runs.stream().limit(Math.ceilDiv(runs.size(), share));
        });
    }

    private static <K> Map<K, List<OpRun>> grouped(Stream<OpRun> runs, Function<OpRun, K> by) {
        return runs.collect(Collectors.groupingBy(by, LinkedHashMap::new, Collectors.toList()));
    }

    /// With the elements of tables and caches.
    private static List<Object> kind(Op op) {
        return switch (op) {
            case Op.Embed embed -> List.of(Op.Embed.class, embed.element());
            case Op.Head head -> List.of(Op.Head.class, head.element());
            case Op.RopeAppend rope -> List.of(Op.RopeAppend.class, rope.cache());
            case Op.Attention attention -> List.of(Op.Attention.class, attention.cache());
            case Op.Gate gate -> List.of(Op.Gate.class, gate.activation());
            case Op.NormQuantise norm -> List.of(Op.NormQuantise.class, norm.group() > 0);
            case Op.Quantise quantise -> List.of(Op.Quantise.class, quantise.group() > 0);
            case Op.RaggedBatch batch -> List.of(Op.RaggedBatch.class, kind(batch.of()));
            case Op.PerToken _, Op.TopLogits _ -> List.of(op.getClass());
        };
    }

    private static List<OpRun> of(Values values) {
        List<OpRun> runs = new ArrayList<>();
        long seed = 17 + values.ordinal();
        for (int width : WIDTHS) rows(runs, width, values, seed + width);
        runs.add(OpRun.of(new Op.NormQuantise(6912, EPSILON), 1, 0, values, seed));
        for (int headDim : new int[] {2, 6, 16, 34, 64, 128}) rope(runs, headDim, values, seed);
        for (int headDim : new int[] {1, 15, 16, 17, 128, 129, 150}) attention(runs, headDim, values, seed);
        for (int vocabulary : new int[] {1, 15, 16, 17, 127, 1000})
            if (values != Values.HUGE)
                for (int count : new int[] {1, Math.min(7, vocabulary), vocabulary})
                    runs.add(OpRun.of(new Op.TopLogits(vocabulary, vocabulary % 50 + 3, Element.F16, count), 1, 0, values, seed));
        return runs;
    }

    private static void rows(List<OpRun> runs, int width, Values values, long seed) {
        int[] vocabularies = width > 1000 ? new int[] {53} : new int[] {1, 17, 53};
        for (int n : new int[] {1, 3}) {
            runs.add(OpRun.of(new Op.Norm(width, EPSILON, false), n, 0, values, seed));
            runs.add(OpRun.of(new Op.Norm(width, EPSILON, true), n, 0, values, seed));
            runs.add(OpRun.of(new Op.NormQuantise(width, EPSILON), n, 0, values, seed));
            runs.add(OpRun.of(new Op.Quantise(width), n, 0, values, seed));
            for (int group : new int[] {32, 64, 256}) {
                runs.add(OpRun.of(new Op.NormQuantise(width, EPSILON, group), n, 0, values, seed));
                runs.add(OpRun.of(new Op.Quantise(width, group), n, 0, values, seed));
            }
            runs.add(OpRun.of(new Op.NormAdd(width, EPSILON), n, 0, values, seed));
            runs.add(OpRun.of(new Op.Join(width, (width + 1) / 2), n, 0, values, seed));
            for (Op.Activation activation : Op.Activation.values())
                if (values != Values.HUGE) runs.add(OpRun.of(new Op.Gate(width, activation), n, 0, values, seed));
            for (Element element : FLOATS) {
                runs.add(OpRun.of(new Op.Embed(7, width, element), n, 0, values, seed));
                runs.add(OpRun.of(new Op.Embed(7, width, element, (float) Math.sqrt(width)), n, 0, values, seed));
                for (int vocabulary : vocabularies) {
                    runs.add(OpRun.of(new Op.Head(vocabulary, width, element, false), n, 0, values, seed));
                    runs.add(OpRun.of(new Op.Head(vocabulary, width, element, true), n, 0, values, seed));
                }
            }
        }
    }

    private static void rope(List<OpRun> runs, int headDim, Values values, long seed) {
        for (Op.RopePairs pairs : Op.RopePairs.values())
            for (Element cache : CACHES)
                for (int n : new int[] {1, 3})
                    runs.add(OpRun.of(new Op.RopeAppend(4, 2, headDim, 20, THETA, pairs, cache), n, 16, values, seed));
        runs.add(OpRun.of(new Op.RopeAppend(4, 2, headDim, 20, YARN, Op.RopePairs.HALVES, Element.F32), 3, 16, values, seed));
        for (int n : new int[] {1, 3}) runs.add(OpRun.of(new Op.HeadNorm(4, 2, headDim, EPSILON), n, 0, values, seed));
    }

    /// Tokens of one sequence and of several, few and many, over some blocks of positions.
    private static void many(List<OpRun> runs, Op.Attention op, Values values, long seed) {
        for (int n : new int[] {1, 9, 37}) {
            runs.add(OpRun.of(op, n, 150, values, seed));
            // 7 has no factor in common with the pages
            for (int pages : new int[] {0, 17}) runs.add(OpRun.of(new Op.RaggedBatch(op, 3, pages), n, 190, values, seed));
        }
        for (int pages : new int[] {0, 17}) {
            var rope = new Op.RopeAppend(6, 2, op.headDim() + op.headDim() % 2, 200, THETA, Op.RopePairs.HALVES, op.cache());
            runs.add(OpRun.of(new Op.RaggedBatch(rope, 3, pages), 20, 130, values, seed));
        }
    }

    private static void attention(List<OpRun> runs, int headDim, Values values, long seed) {
        for (Element cache : CACHES) {
            for (int position : new int[] {0, 14, 15, 16, 40}) {
                runs.add(OpRun.of(new Op.Attention(6, 2, headDim, 47, cache), 1, position, values, seed));
                runs.add(OpRun.of(new Op.Attention(6, 2, headDim, 47, cache), 7, position, values, seed));
            }
            runs.add(OpRun.of(new Op.Attention(5, 5, headDim, 300, cache), 1, 299, values, seed));
            for (int window : new int[] {1, 15, 16, 17, 47})
                runs.add(OpRun.of(new Op.Attention(6, 2, headDim, 47, cache, window, 0.25f), 7, 40, values, seed));
        }
        if (values == Values.NORMAL && (headDim == 16 || headDim == 17 || headDim == 128))
            for (Element cache : CACHES)
                for (int window : new int[] {0, 70}) many(runs, new Op.Attention(6, 2, headDim, 200, cache, window, 0.25f), values, seed);
        if (headDim == 128) runs.add(OpRun.of(new Op.Attention(20, 5, 128, 130, Element.BF16), 2, 127, values, seed));
    }
}
