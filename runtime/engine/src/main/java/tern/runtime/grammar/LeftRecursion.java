package tern.runtime.grammar;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Finds a rule that begins with itself, perhaps behind something that may be empty: reading it would never come to a byte.
final class LeftRecursion {

    private final Rules rules;
    private final Set<String> empty = new HashSet<>();
    private final Map<String, Set<String>> begins = new HashMap<>();

    private LeftRecursion(Rules rules) {
        this.rules = rules;
        boolean more = true;
        while (more) {
            more = false;
            for (var rule : rules.byName().entrySet())
                if (!empty.contains(rule.getKey()) && mayBeEmpty(rule.getValue())) more |= empty.add(rule.getKey());
        }
        rules.byName().forEach((name, meaning) -> first(meaning, begins.computeIfAbsent(name, _ -> new HashSet<>())));
    }

    /// The name of such a rule.
    static Optional<String> find(Rules rules) {
        var search = new LeftRecursion(rules);
        var done = new HashSet<String>();
        return search.rules.byName().keySet().stream().flatMap(name -> search.circle(name, done).stream()).findFirst();
    }

    /// A rule of a circle that can be reached from one; from a rule that is done, none can.
    private Optional<String> circle(String start, Set<String> done) {
        var open = new ArrayList<String>(List.of(start));
        var onWay = new HashSet<String>();
        while (!open.isEmpty()) {
            String name = open.getLast();
            if (done.contains(name)) {
                open.removeLast();
            } else if (onWay.add(name)) {
                for (String next : begins.getOrDefault(name, Set.of())) {
                    if (onWay.contains(next)) return Optional.of(next);
                    open.add(next);
                }
            } else {
                open.removeLast();
                onWay.remove(name);
                done.add(name);
            }
        }
        return Optional.empty();
    }

    private boolean mayBeEmpty(Expression expression) {
        return switch (expression) {
            case Expression.Literal(var text) -> text.isEmpty();
            case Expression.Characters _ -> false;
            case Expression.Sequence(var parts) -> parts.stream().allMatch(this::mayBeEmpty);
            case Expression.Choice(var ways) -> ways.stream().anyMatch(this::mayBeEmpty);
            case Expression.Repeated(var part, var least, _) -> least == 0 || mayBeEmpty(part);
            case Expression.Rule(var name) -> empty.contains(name);
        };
    }

    /// Adds the rules that an expression may begin with.
    private void first(Expression expression, Set<String> into) {
        switch (expression) {
            case Expression.Literal _, Expression.Characters _ -> {}
            case Expression.Sequence(var parts) -> {
                for (Expression part : parts) {
                    first(part, into);
                    if (!mayBeEmpty(part)) return;
                }
            }
            case Expression.Choice(var ways) -> ways.forEach(way -> first(way, into));
            case Expression.Repeated(var part, _, _) -> first(part, into);
            case Expression.Rule(var name) -> into.add(name);
        }
    }
}
