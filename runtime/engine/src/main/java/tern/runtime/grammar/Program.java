package tern.runtime.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tern.runtime.grammar.Expression.Characters;
import tern.runtime.grammar.Expression.Range;

/// Rules, flattened: sequences of symbols, each ended by 0. A positive symbol is a set of bytes, a negative one a rule, which has
/// sequences to choose from.
final class Program {

    /// The end of a sequence.
    static final int END = 0;

    private static final int MOST_SYMBOLS = 1 << 20;

    private final Rules.Blame blame;
    private final List<BitSet> sets = new ArrayList<>();
    private final Map<BitSet, Integer> setNumbers = new HashMap<>();
    /// Starts of each rule's sequences.
    private final List<int[]> starts = new ArrayList<>();
    /// Of each rule, the named one that it is a part of.
    private final List<String> owners = new ArrayList<>();
    private final BitSet loops = new BitSet();
    private final Map<String, Integer> named = new HashMap<>();
    private final Map<Characters, Integer> classes = new HashMap<>();
    /// Rules whose sequences are not written yet, so that no chain of them needs stack.
    private final Deque<Open> open = new ArrayDeque<>();
    private int[] symbols = new int[64];
    private int size, expanded;
    private final int root;
    private String owner = "";
    private boolean ends;

    private record Open(int rule, List<List<Integer>> ways) {}

    /// @throws RuntimeException [Rules#blame] of a rule that begins with itself, or with which the rules become too large
    Program(Rules rules) {
        blame = rules.blame();
        for (String name : rules.byName().keySet()) named.put(name, add(name));
        rules.byName().forEach((name, meaning) -> {
            owner = name;
            int rule = named(name);
            put(rule, ways(meaning));
            while (!open.isEmpty()) {
                Open next = open.remove();
                put(next.rule, next.ways);
            }
        });
        root = named(Rules.ROOT);
        prune();
        LeftRecursion.find(this).ifPresent(rule -> {
            throw wrong(owners.get(rule), "the rule begins with itself, perhaps by way of others or after something empty");
        });
    }

    /// Takes away what no text can be of, so that none is begun that cannot end. Where no text ends at all, nothing goes: it ends elsewhere.
    private void prune() {
        BitSet derivable = Derivable.of(this, true);
        ends = derivable.get(root);
        if (!ends) return;
        for (int rule = 0; rule < starts.size(); rule++)
            starts.set(rule, Arrays.stream(starts.get(rule)).filter(start -> ends(start, derivable)).toArray());
    }

    private boolean ends(int start, BitSet derivable) {
        int at = start;
        while (symbols[at] > END || symbols[at] < END && derivable.get(-symbols[at] - 1)) at++;
        return symbols[at] == END;
    }

    /// Whether some text is complete.
    boolean ends() {
        return ends;
    }

    /// The error of a rule that cannot be followed.
    RuntimeException wrong(String rule, String problem) {
        return blame.on(rule, problem);
    }

    /// The same, of the rule of a place.
    RuntimeException wrong(int position, String problem) {
        int nearest = 0, start = -1;
        for (int rule = 0; rule < starts.size(); rule++)
            for (int at : starts.get(rule))
                if (at <= position && at > start) {
                    nearest = rule;
                    start = at;
                }
        return wrong(owners.get(nearest), problem);
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

    /// How many there are.
    int rules() {
        return starts.size();
    }

    /// Whether a rule repeats something for ever by going on with itself.
    boolean isLoop(int rule) {
        return loops.get(rule);
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

    private int add(String of) {
        starts.add(new int[0]);
        owners.add(of);
        return starts.size() - 1;
    }

    /// The symbol of a rule with these ways.
    private int rule(List<List<Integer>> ways) {
        int number = add(owner);
        open.add(new Open(number, ways));
        return -number - 1;
    }

    private List<List<Integer>> ways(Expression meaning) {
        List<Expression> ways = meaning instanceof Expression.Choice(var several) ? several : List.of(meaning);
        return ways.stream().map(this::symbols).toList();
    }

    /// Ways that begin alike become one that branches later: of many words, few are open after a byte.
    private void put(int rule, List<List<Integer>> ways) {
        Map<Integer, List<List<Integer>>> byFirst = new LinkedHashMap<>();
        for (List<Integer> way : ways) byFirst.computeIfAbsent(way.isEmpty() ? END : way.getFirst(), _ -> new ArrayList<>()).add(way);
        var places = new int[byFirst.size()];
        int i = 0;
        for (List<List<Integer>> alike : byFirst.values()) {
            places[i++] = size;
            List<Integer> first = alike.getFirst();
            int common = first.size();
            for (List<Integer> way : alike) common = common(first, way, common);
            first.subList(0, common).forEach(this::append);
            if (alike.size() > 1 && !first.isEmpty()) append(rest(alike, common));
            else first.subList(common, first.size()).forEach(this::append);
            append(END);
        }
        starts.set(rule, places);
    }

    private static int common(List<Integer> a, List<Integer> b, int most) {
        int common = 0;
        while (common < Math.min(most, b.size()) && a.get(common).equals(b.get(common))) common++;
        return common;
    }

    private int rest(List<List<Integer>> alike, int common) {
        return rule(alike.stream().map(way -> way.subList(common, way.size())).toList());
    }

    private void append(int symbol) {
        if (size == MOST_SYMBOLS) throw tooLarge();
        if (size == symbols.length) symbols = Arrays.copyOf(symbols, 2 * size);
        symbols[size++] = symbol;
    }

    private RuntimeException tooLarge() {
        return wrong(owner, "the grammar is too large: more than %d symbols up to this rule".formatted(MOST_SYMBOLS));
    }

    private void expand(int more) {
        expanded = more > MOST_SYMBOLS - expanded ? MOST_SYMBOLS + 1 : expanded + more;
        if (expanded > MOST_SYMBOLS) throw tooLarge();
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
            case Expression.Choice choice -> List.of(rule(ways(choice)));
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
        int symbol = ways.size() == 1 && ways.getFirst().size() == 1 ? ways.getFirst().getFirst() : rule(ways);
        classes.put(characters, symbol);
        return symbol;
    }

    /// `x{2,4}` is `x x y` with `y = x z | nothing`, `z = x | nothing`; `x*` is `y` with `y = x y | nothing`.
    private List<Integer> repeated(Expression.Repeated repeated) {
        List<Integer> part = symbols(repeated.part());
        if (part.isEmpty()) return part;
        int one = part.size() == 1 ? part.getFirst() : rule(List.of(part));
        expand(Math.max(repeated.least(), repeated.most()));
        var all = new ArrayList<Integer>(Collections.nCopies(repeated.least(), one));
        if (repeated.most() < 0) {
            all.add(loop(one));
        } else {
            int tail = END;
            for (int i = repeated.least(); i < repeated.most(); i++) {
                List<Integer> more = tail == END ? List.of(one) : List.of(one, tail);
                tail = rule(List.of(more, List.of()));
            }
            if (tail != END) all.add(tail);
        }
        return all;
    }

    private int loop(int one) {
        int number = add(owner), symbol = -number - 1;
        loops.set(number);
        open.add(new Open(number, List.of(List.of(one, symbol), List.of())));
        return symbol;
    }
}
