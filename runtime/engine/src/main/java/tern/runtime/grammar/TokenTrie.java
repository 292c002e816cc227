package tern.runtime.grammar;

import java.util.Arrays;
import java.util.stream.IntStream;
import tern.runtime.sample.TokenSet;
import tern.runtime.tokenizer.Tokenizer;

/// The tokens of a vocabulary by their bytes, so that what many begin with is read once.
public final class TokenTrie {

    private static final int NONE = -1;

    private final int vocabulary;
    /// Of each node: its byte, its token if the bytes up to here are one, and where its children lie, one after the other.
    private final byte[] label;
    private final int[] token, firstChild, children;
    private int size;

    public TokenTrie(Tokenizer tokenizer) {
        vocabulary = tokenizer.size();
        byte[][] bytes = new byte[vocabulary][];
        for (int id = 0; id < vocabulary; id++) bytes[id] = tokenizer.decode(id);
        int[] sorted = IntStream.range(0, vocabulary).filter(id -> bytes[id].length > 0).boxed()
                .sorted((a, b) -> Arrays.compareUnsigned(bytes[a], bytes[b])).mapToInt(id -> id).toArray();
        int nodes = 1;
        for (int i = 0; i < sorted.length; i++)
            nodes += bytes[sorted[i]].length - (i == 0 ? 0 : common(bytes[sorted[i - 1]], bytes[sorted[i]]));
        label = new byte[nodes];
        token = new int[nodes];
        firstChild = new int[nodes];
        children = new int[nodes];
        Arrays.fill(token, NONE);
        size = 1;
        build(0, bytes, sorted, 0, sorted.length, 0);
    }

    private static int common(byte[] a, byte[] b) {
        int differs = Arrays.mismatch(a, b);
        return differs < 0 ? a.length : differs;
    }

    /// @param from,to of the tokens that share the node's bytes, `depth` of them
    private void build(int node, byte[][] bytes, int[] sorted, int from, int to, int depth) {
        int start = from;
        while (start < to && bytes[sorted[start]].length == depth) token[node] = sorted[start++];
        firstChild[node] = size;
        for (int i = start; i < to; i++) {
            if (i > start && bytes[sorted[i]][depth] == bytes[sorted[i - 1]][depth]) continue;
            label[size++] = bytes[sorted[i]][depth];
            children[node]++;
        }
        int child = firstChild[node];
        for (int i = start; i < to;) {
            int end = i + 1;
            while (end < to && bytes[sorted[end]][depth] == bytes[sorted[i]][depth]) end++;
            build(child++, bytes, sorted, i, end, depth + 1);
            i = end;
        }
    }

    /// Tokens that fit after a text.
    TokenSet fitting(Automaton.State state) {
        var fitting = new TokenSet(vocabulary);
        walk(0, state, fitting);
        return fitting;
    }

    private void walk(int node, Automaton.State state, TokenSet fitting) {
        for (int child = firstChild[node], end = child + children[node]; child < end; child++) {
            Automaton.State next = state.step(label[child] & 0xff);
            boolean fits = !next.isOver() || next.mayEnd();
            if (!fits) continue;
            if (token[child] != NONE) fitting.add(token[child]);
            if (!next.isOver()) walk(child, next, fitting);
        }
    }
}
