package tern.runtime.cli.option;

import java.io.PrintWriter;
import java.util.SplittableRandom;
import picocli.CommandLine.Option;
import tern.runtime.sample.Sampling;

/// How the next token is chosen, as options.
public final class SamplingOptions {

    @Option(names = "--temperature", paramLabel = "T", description = "0 = greedy (default: ${DEFAULT-VALUE})")
    float temperature;

    @Option(names = "--top-k", paramLabel = "K", description = "keep the K likeliest tokens; 0 = all (default: ${DEFAULT-VALUE})")
    int topK = 0;

    @Option(names = "--top-p", paramLabel = "P", description = "keep the likeliest tokens that reach P (default: ${DEFAULT-VALUE})")
    float topP;

    @Option(
            names = "--min-p",
            paramLabel = "P",
            description = "keep tokens of at least P times the likeliest one's probability; 0 = all (default: ${DEFAULT-VALUE})")
    float minP = 0;

    @Option(
            names = "--repeat-penalty",
            paramLabel = "F",
            description = "divide positive logits of recent tokens by F, multiply negative ones; 1 = off (default: ${DEFAULT-VALUE})")
    float repeatPenalty = 1;

    @Option(
            names = "--repeat-last",
            paramLabel = "N",
            description = "the last N tokens are recent, prompt included; -1 = all (default: ${DEFAULT-VALUE})")
    int repeatLast = 64;

    @Option(names = "--seed", paramLabel = "S", description = "seed of the sampling; -1 = a random one, which is printed (default: ${DEFAULT-VALUE})")
    long seed = 0;

    private static final long RANDOM = -1;

    private SamplingOptions(float temperature, float topP) {
        this.temperature = temperature;
        this.topP = topP;
    }

    /// The likeliest token unless something else is asked for.
    public static SamplingOptions greedy() {
        return new SamplingOptions(0, 1);
    }

    /// What the 2B4T report recommends, unless something else is asked for.
    public static SamplingOptions recommended() {
        Sampling recommended = Sampling.recommended(0);
        return new SamplingOptions(recommended.temperature(), recommended.topP());
    }

    /// @param err where a random seed is said
    /// @throws IllegalArgumentException if a value is outside of its range
    public Sampling sampling(PrintWriter err) {
        if (seed == RANDOM) {
            seed = new SplittableRandom().nextLong(1L << 32);
            err.println("--seed " + seed);
        }
        return new Sampling(temperature, topK, topP, minP, new Sampling.Penalty(repeatPenalty, repeatLast), seed);
    }
}
