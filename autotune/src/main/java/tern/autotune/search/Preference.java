package tern.autotune.search;

/// What a model is mostly asked to do: one packing of a matrix serves single tokens and batches, and may not be the best for both.
public enum Preference {
    /// Twenty generated tokens for each token of a prompt.
    DECODE(1, 0.05),
    /// As many generated tokens as tokens of prompts.
    BALANCED(1, 1),
    /// Twenty tokens of prompts for each generated one.
    PROMPT(0.05, 1);

    private final double step, batch;

    Preference(double step, double batch) {
        this.step = step;
        this.batch = batch;
    }

    /// What is to be small.
    ///
    /// @param stepSeconds  for a generated token
    /// @param batchSeconds for a token of a prompt
    public double seconds(double stepSeconds, double batchSeconds) {
        return step * stepSeconds + batch * batchSeconds;
    }
}
