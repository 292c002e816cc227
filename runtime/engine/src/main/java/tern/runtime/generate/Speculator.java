package tern.runtime.generate;

import java.util.Arrays;
import tern.runtime.model.Session;

/// Continues a text as a greedy [Generator] does, token for token, and takes up several tokens in one pass where [PromptLookup] has
/// guesses: the pass gives what follows each of them, guesses are right up to the first that is not what follows, and the session
/// goes back after the last right one.
///
/// A pass over several tokens reads the weights once and the head's int8 copy once for each token that is kept, and one. So a right
/// guess saves the reading of the weights, and a wrong one costs the arithmetic of a token of a prompt.
public final class Speculator {

    /// What follows a token of the session's last pass.
    @FunctionalInterface
    public interface Picks {
        /// @param position of the token
        int pickAfter(int position);
    }

    private final Session session;
    private final Picks picks;
    private final int context, most;
    /// All tokens, those included that the session has not taken up.
    private final int[] text;
    private final int[] pass;
    private int length;
    /// Tokens of the text that were handed out.
    private int given;
    private long passes, drafts, accepted;

    /// @param generator greedy
    /// @param context   positions of the session
    /// @param most      guesses of a pass; fewer if the session takes no such pass
    public Speculator(Generator generator, int context, int most) {
        this(generator.session(), generator::pickAfter, context, most);
    }

    /// @param picks what follows a token: a greedy choice, since it may be asked for about tokens that are not kept
    public Speculator(Session session, Picks picks, int context, int most) {
        if (most < 1) throw new IllegalArgumentException("guesses of a pass must be positive: " + most);
        this.session = session;
        this.picks = picks;
        this.context = context;
        this.most = Math.min(most, session.batch() - 1);
        text = new int[context + 1];
        pass = new int[this.most + 1];
    }

    /// Begins a text.
    ///
    /// @throws IllegalArgumentException if it is empty or does not fit
    public void begin(int[] prompt) {
        if (prompt.length == 0) throw new IllegalArgumentException("the prompt is empty");
        session.reset();
        session.feed(prompt);
        System.arraycopy(prompt, 0, text, 0, prompt.length);
        length = prompt.length;
        text[length++] = picks.pickAfter(session.position() - 1);
        given = prompt.length;
        passes = drafts = accepted = 0;
    }

    /// The next token of the text.
    ///
    /// @throws IllegalArgumentException if the context is full
    public int next() {
        if (given == length) advance();
        return text[given++];
    }

    /// One pass: the text's last token, which the session has not taken up, and what may follow it.
    private void advance() {
        int start = session.position();
        pass[0] = text[length - 1];
        int count = 1 + PromptLookup.find(text, length, pass, 1, Math.min(most, context - start - 1));
        session.pass(pass, count);
        int right = 0, follows = picks.pickAfter(start);
        text[length++] = follows;
        while (right + 1 < count && pass[right + 1] == follows) {
            right++;
            follows = picks.pickAfter(start + right);
            text[length++] = follows;
        }
        session.rollback(start + 1 + right);
        passes++;
        drafts += count - 1;
        accepted += right;
    }

    /// What has come of the guesses so far.
    ///
    /// @param passes   of the session since the prompt
    /// @param drafts   guesses
    /// @param accepted those that were right
    public record Score(long passes, long drafts, long accepted) {
        /// Share of the guesses that were right; 0 if there were none.
        public double rate() {
            return drafts == 0 ? 0 : (double) accepted / drafts;
        }

        /// Tokens that a pass took up on average.
        public double tokensPerPass() {
            return passes == 0 ? 1 : (double) (passes + accepted) / passes;
        }

        @Override
        public String toString() {
            return "%d of %d guesses right (%.0f %%), %.2f tokens a pass".formatted(accepted, drafts, 100 * rate(), tokensPerPass());
        }
    }

    public Score score() {
        return new Score(passes, drafts, accepted);
    }

    /// The text so far, prompt included.
    public int[] text() {
        return Arrays.copyOf(text, given);
    }
}
