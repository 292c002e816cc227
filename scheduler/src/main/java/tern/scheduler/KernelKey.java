package tern.scheduler;

/// Identity of a tuned kernel: everything that may change the best schedule, nothing else. The text is the identity, so a
/// changed spelling is a miss, never a wrong hit.
///
/// @param kernel    text of the kernel definition
/// @param m,k       sizes
/// @param maxTokens 1 for a step, the largest n for a batch
/// @param target    canonical target name
/// @param cores     cores in use
public record KernelKey(String kernel, int m, int k, int maxTokens, String target, int cores) {

    @Override
    public String toString() {
        return "%s m%d k%d n%d %s %d cores".formatted(kernel, m, k, maxTokens, target, cores);
    }
}
