package tern.ir.loop;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.loop.Loop.Binding;

/// Finds what is wrong with a program, between any two stages: types and scopes here, accesses outside of a buffer and sums
/// that do not fit by [Ranges].
public final class LoopChecker {

    private final List<Problem> problems = new ArrayList<>();
    private final Typing typing = new Typing(this::problem);
    private final Map<String, Buf> buffers = new HashMap<>();
    private final Set<String> names = new HashSet<>();
    /// Variables in scope, and how many barriers of meaning lie around their declaration.
    private final Map<Var, Nesting> inScope = new HashMap<>();
    private final Deque<List<Var>> scopes = new ArrayDeque<>();
    /// What is looked at, printed if there is anything to say about it; its line.
    private Supplier<String> statement = () -> "";
    private int line;
    private Nesting here = new Nesting(0, 0);
    private final List<Binding> loops = new ArrayList<>();
    private int conditions;
    /// Whether launches before this one may still run: they are awaited further below.
    private boolean early;

    /// @param outlines number of outlines around
    /// @param parallel number of parallel loops around
    private record Nesting(int outlines, int parallel) {}

    private LoopChecker() {}

    /// All problems: those of [#structure]; without any, what [Ranges] cannot prove.
    public static List<Problem> check(Program program) {
        List<Problem> problems = structure(program);
        return problems.isEmpty() ? Ranges.of(program).problems() : problems;
    }

    /// Problems with names, types, scopes and the shape of loops.
    public static List<Problem> structure(Program program) {
        var checker = new LoopChecker();
        checker.program(program);
        return List.copyOf(checker.problems);
    }

    private void problem(String problem) {
        problems.add(new Problem(line, statement.get(), problem));
    }

    private void require(boolean holds, String problem, Object... arguments) {
        if (!holds) problem(problem.formatted(arguments));
    }

    private void program(Program program) {
        statement = () -> "program " + program.name();
        require(Words.isName(program.name()), "no name");
        scopes.push(new ArrayList<>());
        for (var scalar : program.scalars()) {
            statement = () -> scalar.var() + " in " + scalar.values();
            require(scalar.var().equals(Program.N) || scalar.isPosition(), "a launch passes n and position, i32, that stay");
            declare(scalar.var());
        }
        for (Buf buffer : program.buffers()) buffer(buffer);
        early = awaits(program.body());
        scoped(program.body());
    }

    private static boolean awaits(Loop loop) {
        boolean[] found = {false};
        new Rewriter() {
            @Override
            public Loop of(Loop part) {
                found[0] |= part.equals(new Loop.GridDependency(Loop.GridAction.WAIT));
                return parts(part);
            }

            @Override
            public Expr of(Expr expr) {
                return expr;
            }
        }.of(loop);
        return found[0];
    }

    private void buffer(Buf buffer) {
        statement = () -> LoopPrinter.print(buffer);
        name(buffer.name());
        buffers.putIfAbsent(buffer.name(), buffer);
        require(buffer.extent().type().equals(Type.I32), "the extent is %s, not i32", buffer.extent().type());
        Exprs.walk(buffer.extent(), part -> {
            require(!(part instanceof Expr.Load), "the extent depends on memory");
            check(part);
        });
        Interval values = buffer.values();
        if (values != null) {
            require(buffer.element().isInteger(), "%s has no integer values", buffer.element());
            if (buffer.element().isInteger()) require(values.fits(buffer.element()), "%s does not fit %s", values, buffer.element());
        }
        List<Integer> data = buffer.data();
        if (buffer.scope() != Buf.Scope.CONSTANT) {
            require(data == null, "only a constant has data");
            return;
        }
        if (data == null || !buffer.extent().equals(Expr.i32(data.size())))
            problem("a constant has as many numbers as elements");
        else
            for (int number : data)
                if (!buffer.element().isInteger()
                        || !Interval.of(buffer.element()).contains(number)
                        || values != null && !values.contains(number)) {
                            problem("it cannot hold " + number);
                            break;
                        }
    }

    private void name(String name) {
        require(Words.isName(name), "'%s' is no name", name);
        require(names.add(name), "there is a '%s' already", name);
    }

    private void declare(Var var) {
        name(var.name());
        inScope.put(var, here);
        scopes.element().add(var);
    }

    /// A statement whose declarations end with it.
    private void scoped(Loop loop) {
        scopes.push(new ArrayList<>());
        check(loop);
        scopes.pop().forEach(inScope::remove);
    }

    private void check(Loop loop) {
        if (loop instanceof Loop.Block(var steps)) {
            scopes.push(new ArrayList<>());
            steps.forEach(this::check);
            scopes.pop().forEach(inScope::remove);
            return;
        }
        if (loop instanceof Loop.At(int number, Loop body)) {
            int outer = line;
            line = number;
            check(body);
            line = outer;
            return;
        }
        statement = () -> LoopPrinter.firstLine(loop);
        switch (loop) {
            case Loop.Block _, Loop.At _ -> throw new IllegalArgumentException("handled above");
            case Loop.For(Var index, var range, var binding, Loop body) -> {
                range(range, binding);
                loop(index, binding, body);
            }
            case Loop.Let(Var var, Expr value) -> {
                expr(value);
                same(var, value);
                declare(var);
            }
            case Loop.Set(Var var, Expr value) -> set(var, value);
            case Loop.Store(Buf buffer, Expr index, Expr value, var limit) -> {
                expr(value);
                access(buffer, index, limit, true);
                require(value.type().element() == buffer.element(),
                        "%s holds %s, the value is %s", buffer, buffer.element(), value.type());
            }
            case Loop.If(Expr condition, Loop then) -> {
                expr(condition);
                require(condition.type().equals(Type.BOOL), "the condition is %s", condition.type());
                conditions++;
                scoped(then);
                conditions--;
            }
            case Loop.Outline(_, Loop body) -> {
                Nesting outer = here;
                here = new Nesting(outer.outlines + 1, outer.parallel);
                scoped(body);
                here = outer;
            }
            case Loop.Barrier(var scope) -> {
                require(scope == Binding.CORES || scope == Binding.THREADS, "only cores and threads wait for each other");
                require(!loops.contains(scope), "stands inside a loop on %s", LoopPrinter.word(scope));
            }
            case Loop.CopyAsync(Buf to, Expr toIndex, Buf from, Expr fromIndex, int elements) -> {
                access(to, toIndex, null, true);
                access(from, fromIndex, null, false);
                require(to.element() == from.element(), "%s is copied to %s", from.element(), to.element());
                require(elements > 0, "copies %d elements", elements);
            }
            case Loop.TileProduct product -> {
                access(product.sums(), product.sumsIndex(), null, true);
                declared(product.sums(), false);
                access(product.a(), product.aIndex(), null, false);
                access(product.b(), product.bIndex(), null, false);
                require(product.sums().element() == Element.I32, "sums are i32, %s holds %s", product.sums(), product.sums().element());
                require(isInteger(product.a()) && isInteger(product.b()), "operands are integers");
            }
            case Loop.GridDependency(var action) -> {
                require(conditions == 0 && loops.stream().allMatch(Binding.BLOCKS::equals), "is not reached by every block, once");
                if (action == Loop.GridAction.WAIT) early = false;
            }
            case Loop.Prefetch(Buf buffer, Expr index, int elements) -> {
                require(isDeclared(buffer) && buffer.scope() == Buf.Scope.IN, "%s is no parameter that is only read", buffer);
                expr(index);
                require(index.type().equals(Type.I32), "the index is %s, not i32", index.type());
                require(elements > 0, "fetches %d elements", elements);
            }
            case Loop.Wait(int pending) -> require(pending >= 0, "waits for %d groups", pending);
            case Loop.Group group -> group(group);
        }
    }

    private void group(Loop.Group group) {
        switch (group) {
            case Loop.CopyBulk(Buf to, Expr toIndex, Buf from, Expr fromIndex, int elements, Buf signals, Expr signal) -> {
                access(to, toIndex, null, true);
                access(from, fromIndex, null, false);
                signal(signals, signal);
                require(to.element() == from.element(), "%s is copied to %s", from.element(), to.element());
                require(to.scope() == Buf.Scope.CORE && from.scope() != Buf.Scope.CORE, "copies %s to %s, not to core scratch", from, to);
                require(elements > 0, "copies %d elements", elements);
            }
            case Loop.Await(Buf signals, Expr signal, Expr phase) -> {
                signal(signals, signal);
                expr(phase);
                require(phase.type().equals(Type.I32), "the phase is %s, not i32", phase.type());
            }
            case Loop.GroupProduct product -> {
                access(product.b(), product.bIndex(), null, false);
                require(product.b().scope() == Buf.Scope.CORE && isInteger(product.b()), "%s is no core scratch of integers", product.b());
                require(product.sums().stream().distinct().count() == product.sums().size(), "adds twice to one sum");
                for (Var sum : product.sums())
                    set(sum, new Expr.Mma(Expr.ref(sum), product.a(), List.of(product.a().getFirst(), product.a().getFirst())));
            }
            case Loop.GroupWait(int pending) -> require(pending >= 0, "waits for %d batches", pending);
        }
    }

    private void signal(Buf signals, Expr signal) {
        access(signals, signal, null, true);
        require(signals.element() == Element.U64 && signals.scope() == Buf.Scope.CORE, "%s is no core scratch of u64", signals);
    }

    private static boolean isInteger(Buf buffer) {
        return !buffer.element().isFloat() && buffer.element() != Element.BOOL;
    }

    private void loop(Var index, Binding binding, Loop body) {
        require(index.type().equals(Type.I32) && !index.mutable(), "the index is %s, not an i32 that stays", index.type());
        require(binding != Binding.CORES || !loops.contains(Binding.CORES), "stands inside a loop on cores");
        boolean parallel = binding != Binding.SERIAL && binding != Binding.UNROLLED;
        Nesting outer = here;
        scopes.push(new ArrayList<>());
        here = new Nesting(outer.outlines, outer.parallel + (parallel ? 1 : 0));
        declare(index);
        loops.add(binding);
        scoped(body);
        loops.removeLast();
        here = outer;
        scopes.pop().forEach(inScope::remove);
    }

    private void range(Loop.Range range, Binding binding) {
        switch (range) {
            case Loop.Range.Steps(Expr from, Expr to, _) -> {
                expr(from);
                expr(to);
                require(from.type().equals(Type.I32) && to.type().equals(Type.I32), "runs from %s to %s", from.type(), to.type());
                require(binding != Binding.UNROLLED || from instanceof Expr.Int && to instanceof Expr.Int,
                        "is written out, but its range is no constant");
            }
            case Loop.Range.Listed(Buf list, Expr count) -> {
                expr(count);
                access(list, count, null, false);
                require(list.element() == Element.I32, "%s holds %s, not i32", list, list.element());
                require(binding != Binding.UNROLLED, "is written out, but its range is no constant");
            }
        }
    }

    private void set(Var var, Expr value) {
        expr(value);
        same(var, value);
        require(var.mutable(), "%s stays as it is", var);
        Nesting declared = visible(var);
        if (declared == null) return;
        require(declared.outlines == here.outlines, "changes %s, which is declared outside of the outline", var);
        require(declared.parallel == here.parallel, "changes %s, which is declared outside of the parallel loop", var);
    }

    private void same(Var var, Expr value) {
        require(var.type().equals(value.type()), "%s is %s, its value %s", var, var.type(), value.type());
    }

    private void access(Buf buffer, Expr index, @Nullable Expr limit, boolean write) {
        declared(buffer, write);
        expr(index);
        require(index.type().equals(Type.I32), "the index is %s, not i32", index.type());
        if (limit == null) return;
        expr(limit);
        require(limit.type().equals(Type.I32), "the limit is %s, not i32", limit.type());
    }

    private void declared(Buf buffer, boolean write) {
        require(isDeclared(buffer), "buffer %s is not declared", buffer);
        require(!early || !buffer.isParameter(), "touches %s before the launches that may write it are awaited", buffer);
        if (write) require(buffer.scope() != Buf.Scope.IN && buffer.scope() != Buf.Scope.CONSTANT, "%s is only read", buffer);
        else require(buffer.scope() != Buf.Scope.OUT, "%s is only written", buffer);
    }

    private boolean isDeclared(Buf buffer) {
        return buffer.equals(buffers.get(buffer.name()));
    }

    private void expr(Expr expr) {
        Exprs.walk(expr, this::check);
    }

    /// One expression, its operands being checked already.
    private void check(Expr expr) {
        typing.check(expr);
        if (expr instanceof Expr.Load load) declared(load.buffer(), false);
        if (!(expr instanceof Expr.Ref(Var var))) return;
        Nesting declared = visible(var);
        if (declared != null)
            require(declared.outlines == here.outlines || var.type().isScalar(),
                    "%s is %s, but only scalars flow into an outline", var, var.type());
    }

    private @Nullable Nesting visible(Var var) {
        Nesting declared = inScope.get(var);
        require(declared != null, "%s is not declared here", var);
        return declared;
    }
}
