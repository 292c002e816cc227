package tern.runtime.serve;

/// Counts as they grow. Guarded by its [Batcher].
final class Tally {

    long passes, rows, joint, generating, prompt, shared, made, requests, refused, cancelled;
    double busySeconds, longestPass;

    void pass(Pass pass, double seconds) {
        passes++;
        rows += pass.rows();
        int together = pass.generating();
        joint += together;
        generating += together > 0 ? 1 : 0;
        prompt += pass.rows() - together;
        busySeconds += seconds;
        longestPass = Math.max(longestPass, seconds);
    }

    Counts now(int running, int waiting) {
        return new Counts(
                passes, rows, joint, generating, prompt, shared, made, requests, refused, cancelled, busySeconds, longestPass, running, waiting);
    }
}
