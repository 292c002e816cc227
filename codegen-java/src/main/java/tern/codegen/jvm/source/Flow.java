package tern.codegen.jvm.source;

import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.TypeName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Label;

/// Jumps and labels back to branches and loops. It knows the few patterns that the emitter writes:
///
///     jump unless .. no; then; no:                                    if
///     jump unless .. no; then; goto end; no: otherwise; end:          if, else; with a value on the stack: a conditional expression
///     head: jump if counter >= limit exit; body; goto head; exit:     for
///
/// Several jumps to one label that follow each other are conditions that must hold together.
final class Flow {

    private final Scope outermost = new Scope(new ArrayList<>());
    private final Deque<Open> open = new ArrayDeque<>();
    private Scope scope = outermost;
    private @Nullable Label head;

    /// The steps of a block, and the names that it declares.
    private record Scope(List<Step> steps, Set<String> names) {
        Scope(List<Step> steps) {
            this(steps, new HashSet<>());
        }
    }

    /// What has begun and has not ended.
    private sealed interface Open {
        Scope around();
    }

    private static final class Branch implements Open {
        final Scope around;
        final Label no;
        final int depth;
        Term condition;
        Scope then = new Scope(new ArrayList<>());
        final Scope otherwise = new Scope(new ArrayList<>());
        @Nullable Label end;
        @Nullable Term value;
        boolean inElse;

        /// @param depth of the operand stack
        Branch(Scope around, Label no, int depth, Term condition) {
            this.around = around;
            this.no = no;
            this.depth = depth;
            this.condition = condition;
        }

        @Override
        public Scope around() {
            return around;
        }
    }

    private record Counting(Scope around, Label head, Label exit, Variable counter, Term limit, Scope body) implements Open {}

    /// Where values wait to be used.
    interface Stack {
        int depth();

        Term pop();

        void push(Term value);
    }

    private final Stack stack;

    Flow(Stack stack) {
        this.stack = stack;
    }

    /// Operands that lie below the innermost branch.
    int depth() {
        return open.peek() instanceof Branch branch ? branch.depth : 0;
    }

    List<Step> steps() {
        if (!open.isEmpty()) throw new IllegalStateException("a branch or loop has no end");
        return outermost.steps;
    }

    void add(Step step) {
        scope.steps.add(step);
    }

    /// A new variable at this point, with a value.
    Variable declare(String wish, TypeName type, Term value) {
        var variable = new Variable(name(wish), type);
        add(new Step.Declare(variable, value));
        return variable;
    }

    /// Takes the name that is wished for, or the nearest one that is free here.
    String name(String wish) {
        String stem = Names.variable(wish), name = stem;
        for (int count = 2; isTaken(name); count++) name = stem + "_" + count;
        scope.names.add(name);
        return name;
    }

    private boolean isTaken(String name) {
        return scope.names.contains(name) || open.stream().anyMatch(one -> one.around().names.contains(name));
    }

    // Jumps

    /// @param condition what holds where the jump is not taken
    /// @param counter   with `limit` what is compared, if that is a variable
    void unless(Label target, Term condition, @Nullable Variable counter, Term limit) {
        if (head != null && counter != null) {
            var loop = new Counting(scope, head, target, counter, limit, new Scope(new ArrayList<>()));
            open.push(loop);
            scope = loop.body;
        } else if (open.peek() instanceof Branch branch && branch.no.equals(target) && !branch.inElse) {
            if (!branch.then.steps.isEmpty()) holdApart(branch);
            branch.condition = Term.infix(branch.condition, "&&", condition, Term.Binding.AND_ALSO, TypeName.BOOLEAN);
        } else {
            var branch = new Branch(scope, target, stack.depth(), condition);
            open.push(branch);
            scope = branch.then;
        }
        head = null;
    }

    /// Steps between two conditions that lead to the same label: the first condition goes to a variable, so that the second one's steps
    /// are done only if it holds.
    private void holdApart(Branch branch) {
        Scope then = branch.then;
        scope = branch.around;
        open.pop();
        Variable holds = declare("holds", TypeName.BOOLEAN, branch.condition);
        var guarded = new ArrayList<Step>();
        for (Step step : then.steps) {
            if (step instanceof Step.Declare(Variable variable, Term value)) {
                scope.names.add(variable.name);
                add(new Step.Declare(variable, zero(variable.type)));
                if (value != null) guarded.add(new Step.Assign(variable, value));
            } else guarded.add(step);
        }
        add(new Step.If(Term.of(holds), guarded, List.of()));
        branch.condition = Term.of(holds);
        branch.then = new Scope(new ArrayList<>());
        open.push(branch);
        scope = branch.then;
    }

    private static Term zero(TypeName type) {
        String text = type.equals(TypeName.BOOLEAN) ? "false" : type.isPrimitive() ? "0" : "null";
        return Term.of(CodeBlock.of("$L", text), text.length(), type);
    }

    void jump(Label target) {
        switch (open.peek()) {
            case Counting loop when loop.head.equals(target) -> {}
            case Branch branch when !branch.inElse -> {
                branch.end = target;
                if (stack.depth() > branch.depth) branch.value = stack.pop();
            }
            case null, default -> throw new IllegalStateException("a jump that is no part of a branch or loop");
        }
        head = null;
    }

    void label(Label label) {
        boolean closed = false;
        while (true) {
            switch (open.peek()) {
                case Branch branch when !branch.inElse && branch.no.equals(label) -> {
                    if (branch.end != null) {
                        branch.inElse = true;
                        scope = branch.otherwise;
                        return;
                    }
                    close();
                    add(new Step.If(branch.condition, branch.then.steps, List.of()));
                }
                case Branch branch when branch.inElse && label.equals(branch.end) -> close(branch);
                case Counting loop when loop.exit.equals(label) -> close(loop);
                case null, default -> {
                    head = closed ? null : label;
                    return;
                }
            }
            closed = true;
        }
    }

    /// The label stood for a line, not for the head of a loop.
    void line() {
        head = null;
    }

    private void close() {
        scope = open.pop().around();
    }

    private void close(Branch branch) {
        Term then = branch.value;
        if (then == null) {
            close();
            add(new Step.If(branch.condition, branch.then.steps, branch.otherwise.steps));
            return;
        }
        Term otherwise = stack.pop();
        close();
        if (branch.then.steps.isEmpty() && branch.otherwise.steps.isEmpty()) {
            stack.push(Term.conditional(branch.condition, then, otherwise));
            return;
        }
        TypeName type = Names.declared(then.type());
        var value = new Variable(name(Names.usual(type)), type);
        add(new Step.Declare(value, null));
        branch.then.steps.add(new Step.Assign(value, then));
        branch.otherwise.steps.add(new Step.Assign(value, otherwise));
        add(new Step.If(branch.condition, branch.then.steps, branch.otherwise.steps));
        stack.push(Term.of(value));
    }

    private void close(Counting loop) {
        close();
        List<Step> body = loop.body.steps, before = scope.steps;
        if (!(body.removeLast() instanceof Step.Increment(Variable counter, int by)) || counter != loop.counter)
            throw new IllegalStateException("a loop that does not count");
        Term limit = loop.limit, first = null;
        // The counter is declared before the limit, if both are declared just before the loop.
        Step.Declare last = declaration(before, 1), other = declaration(before, 2);
        if (last != null && limit.reads().contains(last.variable()) && other != null && other.variable() == counter) {
            first = other.value();
            before.remove(before.size() - 2);
            scope.names.remove(counter.name);
            Term value = last.value();
            if (value != null && staysTheSame(value, body)) {
                limit = value;
                before.removeLast();
                scope.names.remove(last.variable().name);
            }
        }
        add(new Step.Count(counter, first, limit, by, body));
    }

    /// Whether a value is a number, or a variable that the steps do not change.
    private static boolean staysTheSame(Term value, List<Step> steps) {
        if (value.constant() != null) return true;
        return value.reads().stream().anyMatch(one -> Term.of(one).equals(value) && steps.stream().noneMatch(s -> changes(s, one)));
    }

    private static boolean changes(Step step, Variable variable) {
        return switch (step) {
            case Step.Assign(Variable assigned, _) -> assigned == variable;
            case Step.If(_, var then, var otherwise) ->
                then.stream().anyMatch(s -> changes(s, variable)) || otherwise.stream().anyMatch(s -> changes(s, variable));
            case Step.Count count -> count.body().stream().anyMatch(s -> changes(s, variable));
            case Step.Increment(Variable counter, _) -> counter == variable;
            case Step.Declare _, Step.SetField _, Step.Call _, Step.Return _, Step.Throw _, Step.Comment _ -> false;
        };
    }

    private static Step.@Nullable Declare declaration(List<Step> steps, int fromEnd) {
        return steps.size() >= fromEnd && steps.get(steps.size() - fromEnd) instanceof Step.Declare declare ? declare : null;
    }
}
