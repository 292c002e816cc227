package tern.runtime.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tern.runtime.jinja.Expression.Inputs;
import tern.runtime.jinja.Value.Bool;
import tern.runtime.jinja.Value.Items;
import tern.runtime.jinja.Value.Table;
import tern.runtime.jinja.Value.Undefined;

/// Values of expressions.
final class Evaluator {

    final Meter meter;

    Evaluator(Meter meter) {
        this.meter = meter;
    }

    Value value(Expression expression, Scope scope) {
        meter.enter();
        Value value = switch (expression) {
            case Expression.Literal(var literal) -> literal;
            case Expression.Name(var name) -> scope.get(name);
            case Expression.Sequence(var all, var tuple) -> new Items(values(all, scope), tuple);
            case Expression.Dictionary(var all) -> table(all, scope);
            case Expression.Attribute(var of, var name) -> attribute(value(of, scope), name);
            case Expression.Index(var of, var at) -> item(value(of, scope), value(at, scope));
            case Expression.Slice(var of, var begin, var end, var step) ->
                slice(value(of, scope), bound(begin, scope), bound(end, scope), bound(step, scope).orElse(1));
            case Expression.Call(var function, var inputs) -> call(value(function, scope), arguments(inputs, scope));
            case Expression.Filter(var of, var name, var inputs) -> Filters.apply(name, this, value(of, scope), arguments(inputs, scope));
            case Expression.Test(var of, var name, var inputs) -> new Bool(Tests.holds(name, this, value(of, scope), arguments(inputs, scope)));
            case Expression.Signed(var of, var negative) -> Operators.signed(value(of, scope), negative);
            case Expression.Binary(var sign, var left, var right) -> Operators.binary(sign, value(left, scope), value(right, scope), meter);
            case Expression.Comparison(var first, var others) -> new Bool(compares(value(first, scope), others, scope));
            case Expression.Not(var of) -> new Bool(!value(of, scope).isTrue());
            case Expression.And(var left, var right) -> {
                Value first = value(left, scope);
                yield first.isTrue() ? value(right, scope) : first;
            }
            case Expression.Or(var left, var right) -> {
                Value first = value(left, scope);
                yield first.isTrue() ? first : value(right, scope);
            }
            case Expression.Choice(var condition, var then, var otherwise) ->
                value(condition, scope).isTrue() ? value(then, scope) : otherwise == null ? new Undefined("") : value(otherwise, scope);
        };
        meter.leave();
        return value;
    }

    private List<Value> values(List<Expression> all, Scope scope) {
        var values = new ArrayList<Value>();
        for (Expression one : all) values.add(value(one, scope));
        return List.copyOf(values);
    }

    private Table table(List<Map.Entry<Expression, Expression>> entries, Scope scope) {
        var all = new LinkedHashMap<String, Value>();
        for (Map.Entry<Expression, Expression> one : entries) all.put(key(value(one.getKey(), scope)), value(one.getValue(), scope));
        return new Table(all);
    }

    static String key(Value value) {
        if (value instanceof Text text) return text.toString();
        throw new JinjaException("found %s as a key, expected str".formatted(value.kind()));
    }

    Arguments arguments(Inputs inputs, Scope scope) {
        if (inputs.placed().isEmpty() && inputs.named().isEmpty()) return Arguments.NONE;
        var named = new LinkedHashMap<String, Value>();
        for (Map.Entry<String, Expression> one : inputs.named().entrySet()) named.put(one.getKey(), value(one.getValue(), scope));
        return new Arguments(values(inputs.placed(), scope), named);
    }

    private boolean compares(Value first, List<Map.Entry<String, Expression>> others, Scope scope) {
        Value left = first;
        for (Map.Entry<String, Expression> one : others) {
            Value right = value(one.getValue(), scope);
            if (!Operators.compare(one.getKey(), left, right, meter)) return false;
            left = right;
        }
        return true;
    }

    // ---- members ----

    /// `of.name`: a method, else a member.
    Value attribute(Value of, String name) {
        return switch (of) {
            case Text text -> Methods.of(text, name, meter);
            case Items(var all, _) -> Methods.of(all, name, meter);
            case Table(var all) -> Methods.of(all, name, meter).orElseGet(() -> member(all, name));
            case Value.Space(var all) -> member(all, name);
            case Undefined(var what) -> throw new JinjaException("'%s' is undefined".formatted(what));
            case Value.Int _, Value.Real _, Bool _, Value.None _, Value.Function _ -> new Undefined(name);
        };
    }

    private static Value member(Map<String, Value> all, String name) {
        Value found = all.get(name);
        return found == null ? new Undefined(name) : found;
    }

    /// `of[at]`
    Value item(Value of, Value at) {
        if (of instanceof Undefined(var what)) throw new JinjaException("'%s' is undefined".formatted(what));
        if (at instanceof Text name) {
            if (of instanceof Table(var all) && all.containsKey(name.toString())) return member(all, name.toString());
            return attribute(of, name.toString());
        }
        if (Operators.whole(at).isEmpty()) return new Undefined(at.kind());
        int place = Operators.integer(at);
        return switch (of) {
            case Text text ->
                place >= -text.length() && place < text.length() ? character(text, Math.floorMod(place, text.length())) : new Undefined("a character");
            case Items(var all, _) -> place >= -all.size() && place < all.size() ? all.get(Math.floorMod(place, all.size())) : new Undefined("an item");
            case Value.Int _, Value.Real _, Bool _, Value.None _, Undefined _, Table _, Value.Space _, Value.Function _ -> new Undefined("an item");
        };
    }

    private static Text character(Text text, int at) {
        return text.part(at, at + 1);
    }

    private Optional<Integer> bound(@Nullable Expression expression, Scope scope) {
        if (expression == null) return Optional.empty();
        Value value = value(expression, scope);
        return value instanceof Value.None ? Optional.empty() : Optional.of(Operators.integer(value));
    }

    private Value slice(Value of, Optional<Integer> begin, Optional<Integer> end, int step) {
        if (of instanceof Text text) {
            int[] places = Operators.places(text.length(), begin, end, step);
            meter.spend(places.length);
            return text.only(places);
        }
        if (!(of instanceof Items(var all, var tuple))) throw new JinjaException("found a slice of " + of.kind());
        int[] places = Operators.places(all.size(), begin, end, step);
        meter.spend(places.length);
        var part = new ArrayList<Value>();
        for (int at : places) part.add(all.get(at));
        return new Items(List.copyOf(part), tuple);
    }

    Value call(Value function, Arguments arguments) {
        if (function instanceof Value.Function(_, var body)) {
            meter.enter();
            Value result = body.call(arguments);
            meter.leave();
            return result;
        }
        throw new JinjaException(function instanceof Undefined(var name) ? "'%s' is undefined".formatted(name) : function.kind() + " cannot be called");
    }
}
