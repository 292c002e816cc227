package tern.runtime.grammar;

import java.util.Set;
import tern.ir.Memo;
import tern.runtime.generate.Generator;
import tern.runtime.sample.TokenSet;
import tern.runtime.tokenizer.Tokenizer;

/// Keeps a generated text to a grammar: tokens fit if some text of the grammar begins with the text so far and their bytes. The tokens
/// that end a text fit where it is complete.
public final class GrammarConstraint implements Generator.Constraint {

    /// Sets of tokens that are kept, 16 KB each with 128,256 tokens.
    private static final int KEPT = 256;

    private final Automaton automaton;
    private final TokenTrie trie;
    private final Tokenizer tokenizer;
    private final Set<Integer> stops;
    private final Memo<Automaton.State, TokenSet> known = new Memo<>(KEPT);
    private Automaton.State state;

    GrammarConstraint(Program program, TokenTrie trie, Tokenizer tokenizer, Set<Integer> stops) {
        automaton = new Automaton(program);
        this.trie = trie;
        this.tokenizer = tokenizer;
        this.stops = stops;
        state = automaton.start();
    }

    /// Begins another text.
    public void restart() {
        state = automaton.start();
    }

    @Override
    public TokenSet allowed() {
        return known.get(state, at -> {
            TokenSet fitting = trie.fitting(at);
            if (at.mayEnd()) stops.forEach(fitting::add);
            return fitting;
        });
    }

    @Override
    public boolean allows(int token) {
        if (stops.contains(token)) return state.mayEnd();
        byte[] bytes = tokenizer.decode(token);
        Automaton.State at = state;
        for (byte b : bytes) at = at.step(b & 0xff);
        return bytes.length > 0 && (!at.isOver() || at.mayEnd());
    }

    @Override
    public void take(int token) {
        if (stops.contains(token)) return;
        for (byte b : tokenizer.decode(token)) state = state.step(b & 0xff);
    }

    /// Whether nothing may follow but the end.
    @Override
    public boolean isOver() {
        return state.isOver();
    }

    /// Whether the text so far is one of the grammar.
    public boolean isComplete() {
        return state.mayEnd();
    }
}
