package tern.runtime.serve;

/// What a [Batcher] has done since it began, and what it has before it now.
///
/// @param passes     over the weights
/// @param rows       tokens in them, of prompts and generated
/// @param joint      texts that went on by a token, summed over the passes in which one did: divided by `generating`, the mean batch
/// @param generating passes in which a text went on
/// @param prompt     tokens of prompts that were computed
/// @param shared     tokens of prompts that were there already
/// @param made       tokens that were generated
/// @param refused    requests for which the queue was full
/// @param busySeconds of passes
/// @param longestPass seconds: no stream waited longer between two tokens
/// @param running     texts in a slot
public record Counts(
        long passes, long rows, long joint, long generating, long prompt, long shared, long made, long requests, long refused,
        long cancelled, double busySeconds, double longestPass, int running, int waiting) {

    /// Texts that generate together, on average.
    public double meanBatch() {
        return generating == 0 ? 0 : (double) joint / generating;
    }
}
