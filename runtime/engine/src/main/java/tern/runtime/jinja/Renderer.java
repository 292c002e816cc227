package tern.runtime.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tern.runtime.jinja.Statement.Parameter;
import tern.runtime.jinja.Statement.Target;
import tern.runtime.jinja.Value.Int;
import tern.runtime.jinja.Value.Items;
import tern.runtime.jinja.Value.Table;
import tern.runtime.jinja.Value.Undefined;

/// Does what a template says, once.
final class Renderer {

    /// How to go on after a statement.
    private enum Next {
        ON, BREAK, CONTINUE
    }

    private final Meter meter = new Meter();
    private final Evaluator evaluator = new Evaluator(meter);
    private Text.Builder out = new Text.Builder(meter);

    Text render(List<Statement> template, Scope scope) {
        all(template, scope);
        return out.text();
    }

    private Next all(List<Statement> statements, Scope scope) {
        meter.enter();
        Next next = Next.ON;
        for (int i = 0; i < statements.size() && next == Next.ON; i++) {
            Statement statement = statements.get(i);
            try {
                next = one(statement, scope);
            } catch (JinjaException e) {
                throw statement.line() == 0 ? e : e.at(statement.line());
            }
        }
        meter.leave();
        return next;
    }

    private Next one(Statement statement, Scope scope) {
        switch (statement) {
            case Statement.Data(var text) -> out.add(text);
            case Statement.Output(var of, _) -> out.add(Printing.text(evaluator.value(of, scope), meter));
            case Statement.If(var branches, _) -> {
                for (Statement.Branch one : branches)
                    if (one.condition() == null || evaluator.value(one.condition(), scope).isTrue()) return all(one.body(), scope);
            }
            case Statement.For loop -> loop(loop, scope);
            case Statement.Set(var target, var value, _) -> set(target, evaluator.value(value, scope), scope);
            case Statement.SetBlock(var target, var filtered, var body, _) -> set(target, filtered(filtered, written(body, scope), scope), scope);
            case Statement.Macro macro -> scope.set(macro.name(), function(macro, scope));
            case Statement.CallBlock(var call, var caller, _) -> {
                Arguments given = evaluator.arguments(call.inputs(), scope);
                var named = new LinkedHashMap<>(given.named());
                named.put("caller", function(caller, scope));
                out.add(Printing.text(evaluator.call(evaluator.value(call.function(), scope), new Arguments(given.placed(), named)), meter));
            }
            case Statement.FilterBlock(var filtered, var body, _) -> out.add(Printing.text(filtered(filtered, written(body, scope), scope), meter));
            case Statement.With(var names, var body) -> {
                var inner = new Scope(scope);
                for (Statement.Set one : names) set(one.target(), evaluator.value(one.value(), scope), inner);
                return all(body, inner);
            }
            case Statement.Break _ -> {
                return Next.BREAK;
            }
            case Statement.Continue _ -> {
                return Next.CONTINUE;
            }
        }
        return Next.ON;
    }

    /// What a body writes.
    private Text written(List<Statement> body, Scope scope) {
        Text.Builder outside = out;
        out = new Text.Builder(meter);
        try {
            all(body, new Scope(scope));
            return out.text();
        } finally {
            out = outside;
        }
    }

    /// The filters of a block, whose innermost value is what the block writes.
    private Value filtered(Expression filters, Value written, Scope scope) {
        if (!(filters instanceof Expression.Filter(var of, var name, var inputs))) return written;
        return Filters.apply(name, evaluator, filtered(of, written, scope), evaluator.arguments(inputs, scope));
    }

    private void set(Target target, Value value, Scope scope) {
        if (!target.attribute().isEmpty()) {
            if (!(scope.get(target.names().getFirst()) instanceof Value.Space(var all)))
                throw new JinjaException("'%s' is no namespace".formatted(target.names().getFirst()));
            all.put(target.attribute(), value);
            return;
        }
        if (!target.isTuple()) scope.set(target.names().getFirst(), value);
        else unpack(target.names(), value, scope);
    }

    private void unpack(List<String> names, Value value, Scope scope) {
        List<Value> parts = Operators.all(value, meter);
        if (parts.size() != names.size()) throw new JinjaException("found %d parts for %d names".formatted(parts.size(), names.size()));
        for (int i = 0; i < parts.size(); i++) scope.set(names.get(i), parts.get(i));
    }

    // ---- loops ----

    private void loop(Statement.For loop, Scope scope) {
        var items = new ArrayList<Value>();
        for (Value one : Operators.all(evaluator.value(loop.over(), scope), meter)) if (isTaken(loop, one, scope)) items.add(one);
        for (int i = 0; i < items.size(); i++) {
            var inner = new Scope(scope);
            name(loop, items.get(i), inner);
            inner.set("loop", state(items, i));
            if (all(loop.body(), inner) == Next.BREAK) return;
        }
        if (items.isEmpty()) all(loop.otherwise(), new Scope(scope));
    }

    private boolean isTaken(Statement.For loop, Value one, Scope scope) {
        if (loop.condition() == null) return true;
        var inner = new Scope(scope);
        name(loop, one, inner);
        return evaluator.value(loop.condition(), inner).isTrue();
    }

    private void name(Statement.For loop, Value one, Scope inner) {
        if (loop.names().size() == 1) inner.set(loop.names().getFirst(), one);
        else unpack(loop.names(), one, inner);
    }

    /// `loop` of a turn.
    private Value state(List<Value> items, int i) {
        int size = items.size();
        meter.spend(10);
        var all = new LinkedHashMap<String, Value>();
        all.put("index", Int.of(i + 1));
        all.put("index0", Int.of(i));
        all.put("revindex", Int.of(size - i));
        all.put("revindex0", Int.of(size - i - 1));
        all.put("first", new Value.Bool(i == 0));
        all.put("last", new Value.Bool(i == size - 1));
        all.put("length", Int.of(size));
        all.put("previtem", i == 0 ? new Undefined("previtem") : items.get(i - 1));
        all.put("nextitem", i == size - 1 ? new Undefined("nextitem") : items.get(i + 1));
        all.put("cycle",
                new Value.Function("cycle", given -> given.placed().isEmpty() ? new Undefined("cycle") : given.placed().get(i % given.placed().size())));
        return new Value.Space(all);
    }

    // ---- macros ----

    private Value.Function function(Statement.Macro macro, Scope scope) {
        return new Value.Function(macro.name(), given -> {
            var inner = new Scope(scope);
            var rest = new LinkedHashMap<>(given.named());
            @Nullable Value caller = rest.remove("caller");
            if (caller != null) inner.set("caller", caller);
            for (int i = 0; i < macro.parameters().size(); i++) {
                Parameter one = macro.parameters().get(i);
                Value named = rest.remove(one.name());
                Value absent = one.absent() == null ? new Undefined(one.name()) : named == null ? evaluator.value(one.absent(), inner) : named;
                inner.set(one.name(), i < given.placed().size() ? given.placed().get(i) : named == null ? absent : named);
            }
            inner.set("varargs", new Items(given.after(macro.parameters().size()).placed(), true));
            inner.set("kwargs", new Table(rest));
            return written(macro.body(), inner);
        });
    }
}
