package tern.runtime.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import tern.runtime.grammar.Expression.Characters;
import tern.runtime.grammar.Expression.Range;

/// Rules, flattened: sequences of symbols, each ended by 0. A positive symbol is a set of bytes, a negative one a rule, which has
/// sequences to choose from.
final class Program {

    /// The end of a sequence.
    static final int END = 0;

    private static final int MOST_SYMBOLS = 1 << 20;

    private final List<BitSet> sets = new ArrayList<>();
    private final Map<BitSet, Integer> setNumbers = new HashMap<>();
    /// Starts of each rule's sequences.
    private final List<int[]> starts = new ArrayList<>();
    private final Map<String, Integer> named = new HashMap<>();
    private final Map<Characters, Integer> classes = new HashMap<>();
    private int[] symbols = new int[64];
    private int size;
    private final int root;

    /// @throws IllegalArgumentException if a rule begins with itself, or the rules are too large
    Program(Rules rules) {
        LeftRecursion.find(rules).ifPresent(name -> {
            throw new IllegalArgumentException("rule '%s' begins with itself".formatted(name));
        });
        for (String name : rules.byName().keySet()) {
            named.put(name, starts.size());
            starts.add(new int[0]);
        }
        rules.byName().forEach((name, meaning) -> define(named(name), meaning));
        root = named(Rules.ROOT);
    }

    private int named(String name) {
        Integer rule = named.get(name);
        if (rule == null) throw new IllegalArgumentException("no rule is named '%s'".formatted(name));
        return rule;
    }

    /// The rule that a text follows.
    int root() {
        return root;
    }

    int symbol(int at) {
        return symbols[at];
    }

    boolean allows(int symbol, int b) {
        return sets.get(symbol - 1).get(b);
    }

    /// Where the sequences of a negative symbol begin.
    int[] sequences(int symbol) {
        return starts.get(-symbol - 1);
    }

    // ---- flattening ----

    private int rule(Supplier<List<List<Integer>>> ways) {
        int number = starts.size();
        starts.add(new int[0]);
        put(number, ways.get());
        return -number - 1;
    }

    private void define(int rule, Expression meaning) {
        put(rule, ways(meaning));
    }

    private List<List<Integer>> ways(Expression meaning) {
        List<Expression> ways = meaning instanceof Expression.Choice(var several) ? several : List.of(meaning);
        return ways.stream().map(this::symbols).toList();
    }

    private void put(int rule, List<List<Integer>> ways) {
        var places = new int[ways.size()];
        for (int i = 0; i < places.length; i++) {
            places[i] = size;
            ways.get(i).forEach(this::append);
            append(END);
        }
        starts.set(rule, places);
    }

    private void append(int symbol) {
        if (size == MOST_SYMBOLS) throw new IllegalArgumentException("the grammar is too large: more than %d symbols".formatted(MOST_SYMBOLS));
        if (size == symbols.length) symbols = Arrays.copyOf(symbols, 2 * size);
        symbols[size++] = symbol;
    }

    private List<Integer> symbols(Expression expression) {
        return switch (expression) {
            case Expression.Literal(var text) -> literal(text);
            case Characters characters -> List.of(classOf(characters));
            case Expression.Sequence(var parts) -> {
                var all = new ArrayList<Integer>();
                parts.forEach(part -> all.addAll(symbols(part)));
                yield all;
            }
            case Expression.Choice choice -> List.of(rule(() -> ways(choice)));
            case Expression.Repeated repeated -> repeated(repeated);
            case Expression.Rule(var name) -> List.of(-named(name) - 1);
        };
    }

    private List<Integer> literal(String text) {
        var all = new ArrayList<Integer>();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) all.add(set(new Range(b & 0xff, b & 0xff)));
        return all;
    }

    private int set(Range bytes) {
        var set = new BitSet(256);
        set.set(bytes.first(), bytes.last() + 1);
        return set(set);
    }

    private int set(BitSet bytes) {
        return setNumbers.computeIfAbsent(bytes, b -> {
            sets.add(b);
            return sets.size();
        });
    }

    /// All characters of one byte are one set.
    private int classOf(Characters characters) {
        Integer known = classes.get(characters);
        if (known != null) return known;
        var ways = new ArrayList<List<Integer>>();
        var single = new BitSet(256);
        for (List<Range> sequence : Utf8.sequences(characters))
            if (sequence.size() == 1) single.set(sequence.getFirst().first(), sequence.getFirst().last() + 1);
            else ways.add(sequence.stream().map(this::set).toList());
        if (!single.isEmpty()) ways.addFirst(List.of(set(single)));
        int symbol = ways.size() == 1 && ways.getFirst().size() == 1 ? ways.getFirst().getFirst() : rule(() -> ways);
        classes.put(characters, symbol);
        return symbol;
    }

    /// `x{2,4}` is `x x y` with `y = x z | nothing`, `z = x | nothing`; `x*` is `y` with `y = x y | nothing`.
    private List<Integer> repeated(Expression.Repeated repeated) {
        List<Integer> part = symbols(repeated.part());
        if (part.size() > 1) {
            List<Integer> several = part;
            part = List.of(rule(() -> List.of(several)));
        }
        var all = new ArrayList<Integer>();
        for (int i = 0; i < repeated.least(); i++) all.addAll(part);
        if (part.isEmpty()) return all;
        int one = part.getFirst();
        if (repeated.most() < 0) {
            int star = -starts.size() - 1;
            rule(() -> List.of(List.of(one, star), List.of()));
            all.add(star);
        } else {
            int tail = END;
            for (int i = repeated.least(); i < repeated.most(); i++) {
                List<Integer> more = tail == END ? List.of(one) : List.of(one, tail);
                tail = rule(() -> List.of(more, List.of()));
            }
            if (tail != END) all.add(tail);
        }
        return all;
    }
}
