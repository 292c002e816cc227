package tern.autotune.search;

/// What a search may spend, and what it is content with.
///
/// @param budgetSeconds for everything
/// @param until         share of the measured read bandwidth at which the search for a step kernel ends
/// @param trials        candidates that are tried for each problem, at most
/// @param again         true: what the records know is measured again
/// @param exhaustive    true: every candidate that is not hopeless is tried, and none ends early
public record Settings(
        double budgetSeconds, double until, Preference preference, int trials, boolean again, boolean exhaustive) {

    /// So that all shapes of BitNet b1.58 2B4T take less than five minutes.
    public static final Settings USUAL = new Settings(240, 0.95, Preference.BALANCED, 8, false, false);

    /// @throws IllegalArgumentException if a number makes no sense
    public Settings {
        if (!(budgetSeconds > 0)) throw new IllegalArgumentException("the budget must be positive: " + budgetSeconds);
        if (!(until > 0 && until <= 1)) throw new IllegalArgumentException("until must be above 0, at most 1: " + until);
        if (trials < 1) throw new IllegalArgumentException("at least one trial: " + trials);
    }
}
