package tern.codegen.jvm.team;

/// Code that all workers of a [Team] enter together, each with its own number: a generated kernel.
@FunctionalInterface
public interface Spmd {

    /// What the launching thread does before all enter.
    ///
    /// @param addresses of the launch, as those that follow
    default void prepare(long[] addresses, int n, int position) {}

    /// Does what `worker` claims, or its equal share. It allocates nothing, and all workers reach the same barriers.
    ///
    /// @param worker    0 to `workers` - 1; 0 is the thread that launched
    /// @param team      whose [Team#barrier()] separates phases. No barrier is needed at the end
    /// @param addresses native addresses of the arguments, in the order of the definition
    /// @param n         tokens
    /// @param position  tokens before them
    void run(int worker, int workers, Team team, long[] addresses, int n, int position);

    /// What it is made of.
    default String code() {
        return "bytecode";
    }
}
