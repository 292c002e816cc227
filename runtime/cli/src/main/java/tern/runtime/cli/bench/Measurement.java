package tern.runtime.cli.bench;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.function.LongConsumer;
import tern.ir.device.Samples;
import tern.runtime.cli.option.ModelOptions;
import tern.runtime.generate.Generator;
import tern.runtime.model.Model;
import tern.runtime.model.PassTime;
import tern.runtime.model.Session;
import tern.runtime.sample.Sampling;

/// How fast a model is: some rounds of a prompt and of generated tokens after it.
///
/// @param prompt,generate tokens
/// @param repetitions     after a first one that warms up
/// @param threads         as asked for
public record Measurement(int prompt, int generate, int repetitions, int threads) {

    /// Where the time of the last repetition's prompt and of its generation went.
    public record Spent(List<PassTime> prompt, List<PassTime> generation) {}

    public Measurement {
        if (prompt < 0 || generate < 0 || repetitions < 1)
            throw new IllegalArgumentException("-p and -n must not be negative, -r must be positive");
        if (prompt + generate == 0) throw new IllegalArgumentException("-p 0 and -n 0 leave nothing to measure");
    }

    /// Without -p or -n, the part measures nothing: its samples are zero.
    BenchCommand.Result of(ModelOptions.Running running, Arena arena, LongConsumer bar) {
        Model loaded = running.model();
        if (Math.max(1, prompt) + generate > loaded.context())
            throw new IllegalArgumentException("-p %d and -n %d exceed the context of %d".formatted(prompt, generate, loaded.context()));
        int[] tokens = new SplittableRandom(1).ints(Math.max(1, prompt), 0, loaded.config().vocabulary()).toArray();
        var generator = new Generator(loaded, Sampling.GREEDY, arena);
        Session session = generator.session();
        double[] prompts = new double[repetitions], generations = new double[repetitions], reads = new double[repetitions];
        EnergyCounters counters = EnergyCounters.ofMachine();
        double joules = 0;
        boolean counted = true;
        MemoryUse memory = MemoryUse.of(loaded.footprint());
        var spent = new Spent(List.of(), List.of());
        for (int i = -1; i < repetitions; i++) { // the first one warms up
            generator.goBack(0);
            List<PassTime> first = session.times();
            long start = System.nanoTime();
            generator.feed(tokens); // one where -p is 0, so that there is something to generate after
            EnergyCounters.Reading before = counters.read();
            long middle = System.nanoTime();
            List<PassTime> second = session.times();
            if (generate > 0) {
                int token = generator.pick();
                for (int t = 1; t < generate; t++) token = generator.follow(token);
                session.next(token); // as many passes as heads
            }
            long end = System.nanoTime();
            spent = new Spent(prompt == 0 ? List.of() : PassTime.between(first, second), PassTime.between(second, session.times()));
            OptionalDouble taken = before.joulesUntil(counters.read());
            bar.accept((i + 2) * 1000L / (repetitions + 1));
            if (i < 0) {
                memory = MemoryUse.of(loaded.footprint()); // before the bandwidth takes half a gigabyte
                continue;
            }
            prompts[i] = prompt / ((middle - start) * 1e-9);
            generations[i] = generate / ((end - middle) * 1e-9);
            counted &= taken.isPresent();
            joules += taken.orElse(0);
            reads[i] = running.device().measureReadBandwidth();
        }
        return new BenchCommand.Result(
                running.device().target().name(),
                running.device().fingerprint(),
                threads,
                Samples.of(prompts),
                Samples.of(generations),
                Samples.of(reads),
                Costs.of(loaded, loaded.bytesPerToken(prompt + generate / 2, generator.readsInt8Head()),
                        counted ? OptionalDouble.of(joules / repetitions / Math.max(1, generate)) : OptionalDouble.empty()),
                generator.readsInt8Head(),
                memory,
                spent);
    }
}
