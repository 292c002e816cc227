package tern.runtime.cli.bench;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import tern.ir.device.Samples;
import tern.runtime.generate.Generator;
import tern.runtime.generate.Speculator;
import tern.runtime.model.Model;
import tern.runtime.model.Session;
import tern.runtime.sample.Sampling;

/// What prompt-lookup speculation gains or costs, on texts that are given: a random model says nothing that could be guessed, or repeats
/// itself for ever. All that a greedy choice costs is done; then the text's own next token is taken.
///
/// @param lengths of prompt and text, repetitions
/// @param most    guesses of a pass
record SpeculationBench(Measurement lengths, int most) {

    /// Tokens of a passage, and different tokens of a text that misleads.
    private static final int PASSAGE = 48, FEW = 4;

    /// @param text  what kind
    /// @param most  guesses of a pass
    /// @param speed tokens a second with speculation
    /// @param plain without
    record Line(String text, int most, Samples speed, Samples plain, Speculator.Score score) {}

    List<Line> of(Model model, Arena arena) {
        int vocabulary = model.config().vocabulary(), length = lengths.prompt() + lengths.generate() + 1;
        int[] fresh = new SplittableRandom(2).ints(length, 0, vocabulary).toArray();
        int[] repeated = new int[length];
        for (int i = 0; i < length; i++) repeated[i] = fresh[i % PASSAGE];
        int[] misleading = new SplittableRandom(3).ints(length, 0, Math.min(FEW, vocabulary)).toArray();
        var generator = new Generator(model, Sampling.GREEDY, arena);
        if (generator.hasGaps()) throw new IllegalArgumentException("--speculate: some rows of the head have no token");
        var lines = new ArrayList<Line>();
        lines.add(line("a passage again and again", repeated, generator, model));
        lines.add(line("nothing is said twice", fresh, generator, model));
        lines.add(line("random of four tokens, guesses mislead", misleading, generator, model));
        return lines;
    }

    private Line line(String name, int[] text, Generator generator, Model model) {
        int[] prompt = java.util.Arrays.copyOf(text, lengths.prompt());
        Session session = generator.session();
        var speculator = new Speculator(
                session,
                position -> {
                    generator.pickAfter(position);
                    return text[position + 1];
                },
                Math.min(model.context(), lengths.prompt() + lengths.generate()),
                most);
        double[] speeds = new double[lengths.repetitions()], plain = new double[lengths.repetitions()];
        for (int i = -1; i < speeds.length; i++) { // in turn, the first ones warm up
            speculator.begin(prompt);
            speculator.next();
            long start = System.nanoTime();
            for (int t = 0; t < lengths.generate() - 1; t++) speculator.next();
            double with = (System.nanoTime() - start) * 1e-9;
            session.reset();
            session.feed(prompt);
            start = System.nanoTime();
            for (int t = 0; t < lengths.generate() - 1; t++) {
                session.next(text[prompt.length + t]);
                generator.pick();
            }
            double without = (System.nanoTime() - start) * 1e-9;
            if (i < 0) continue;
            speeds[i] = (lengths.generate() - 1) / with;
            plain[i] = (lengths.generate() - 1) / without;
        }
        return new Line(name, most, Samples.of(speeds), Samples.of(plain), speculator.score());
    }
}
