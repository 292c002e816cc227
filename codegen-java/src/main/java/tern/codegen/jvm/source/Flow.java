package tern.codegen.jvm.source;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
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

    /// The steps of a block, the names that it declares, and the label that ends it.
    private static sealed class Scope permits Then, Else, Counting {
        final @Nullable Scope around;
        final @Nullable Label end;
        final List<Step> steps = new ArrayList<>();
        final Set<String> names = new HashSet<>();

        Scope(@Nullable Scope around, @Nullable Label end) {
            this.around = around;
            this.end = end;
        }
    }

    private static final class Then extends Scope {
        final int depth;
        Term condition;
        /// Where the other branch ends, if there is one.
        @Nullable
        Label join;
        @Nullable
        Term value;

        /// @param depth of the operand stack
        Then(Scope around, Label no, int depth, Term condition) {
            super(around, no);
            this.depth = depth;
            this.condition = condition;
        }
    }

    private static final class Else extends Scope {
        final Then then;

        Else(Then then) {
            super(then.around, then.join);
            this.then = then;
        }
    }

    private static final class Counting extends Scope {
        final Label head;
        final Variable counter;
        final Term limit;

        Counting(Scope around, Label head, Label exit, Variable counter, Term limit) {
            super(around, exit);
            this.head = head;
            this.counter = counter;
            this.limit = limit;
        }
    }

    private final List<Item> stack;
    private Scope scope = new Scope(null, null);
    private @Nullable Label head;

    /// @param stack where values wait to be used
    Flow(List<Item> stack) {
        this.stack = stack;
    }

    /// Operands that lie below the innermost branch.
    int depth() {
        return scope instanceof Then then ? then.depth : scope instanceof Else otherwise ? otherwise.then.depth : 0;
    }

    List<Step> steps() {
        if (scope.around != null) throw new IllegalStateException("a branch or loop has no end");
        return scope.steps;
    }

    void add(Step step) {
        scope.steps.add(step);
    }

    /// A new variable at this point; its value is null where branches give it one.
    Variable declare(String wish, String type, @Nullable Term value) {
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
        for (Scope one = scope; one != null; one = one.around) if (one.names.contains(name)) return true;
        return false;
    }

    // Jumps

    /// @param condition what holds where the jump is not taken
    /// @param counter   with `limit` what is compared, if that is a variable
    void unless(Label target, Term condition, @Nullable Variable counter, Term limit) {
        if (head != null && counter != null) scope = new Counting(scope, head, target, counter, limit);
        else if (scope instanceof Then then && target.equals(then.end)) {
            if (!then.steps.isEmpty()) holdApart(then);
            then.condition = Term.infix(then.condition, "&&", condition, Term.AND_ALSO, "boolean");
        } else scope = new Then(scope, target, stack.size(), condition);
        head = null;
    }

    /// Steps between two conditions that lead to the same label: the first condition goes to a variable, so that the second one's steps
    /// are done only if it holds.
    private void holdApart(Then then) {
        leave();
        Variable holds = declare("holds", "boolean", then.condition);
        var guarded = new ArrayList<Step>();
        for (Step step : then.steps) {
            if (!(step instanceof Step.Declare(Variable variable, Term value))) {
                guarded.add(step);
                continue;
            }
            scope.names.add(variable.name);
            String zero = switch (variable.type) {
                case "boolean" -> "false";
                case "int", "long", "float" -> "0";
                default -> "null";
            };
            add(new Step.Declare(variable, Term.of(zero, Term.PRIMARY, variable.type)));
            if (value != null) guarded.add(Step.assign(variable, value));
        }
        add(Step.branch(Term.of(holds), guarded, List.of()));
        then.condition = Term.of(holds);
        then.steps.clear();
        then.names.clear();
        scope = then;
    }

    void jump(Label target) {
        if (scope instanceof Then then) {
            then.join = target;
            if (stack.size() > then.depth) then.value = pop();
        } else if (!(scope instanceof Counting loop && loop.head.equals(target)))
            throw new IllegalStateException("a jump that is no part of a branch or loop");
        head = null;
    }

    private Term pop() {
        return (Term) stack.removeLast();
    }

    void label(Label label) {
        head = label;
        while (label.equals(scope.end)) {
            head = null;
            switch (scope) {
                case Then then when then.join != null -> {
                    scope = new Else(then);
                    return;
                }
                case Then then -> {
                    leave();
                    add(Step.branch(then.condition, then.steps, List.of()));
                }
                case Else otherwise -> close(otherwise);
                case Counting loop -> close(loop);
                case Scope outermost -> throw new IllegalStateException("a method ends");
            }
        }
    }

    /// The label stood for a line, not for the head of a loop.
    void line() {
        head = null;
    }

    private void leave() {
        scope = Objects.requireNonNull(scope.around);
    }

    private void close(Else otherwise) {
        Then branch = otherwise.then;
        Term value = branch.value;
        leave();
        if (value != null) {
            Term other = pop();
            if (branch.steps.isEmpty() && otherwise.steps.isEmpty()) {
                stack.add(Term.conditional(branch.condition, value, other));
                return;
            }
            String type = Names.declared(value.type());
            Variable either = declare(Names.usual(type), type, null);
            branch.steps.add(Step.assign(either, value));
            otherwise.steps.add(Step.assign(either, other));
            stack.add(Term.of(either));
        }
        add(Step.branch(branch.condition, branch.steps, otherwise.steps));
    }

    private void close(Counting loop) {
        leave();
        if (!(loop.steps.removeLast() instanceof Step.Increment(Variable counter, int by)) || counter != loop.counter)
            throw new IllegalStateException("a loop that does not count");
        List<Step> before = scope.steps;
        Term limit = loop.limit, first = null;
        // The counter is declared before the limit, if both are declared just before the loop.
        if (before.size() > 1 && before.getLast() instanceof Step.Declare(Variable end, Term value) && limit.reads().contains(end)
                && before.get(before.size() - 2) instanceof Step.Declare(Variable counted, Term start) && counted == counter) {
            first = start;
            before.remove(before.size() - 2);
            scope.names.remove(counter.name);
            if (value != null && value.stays()) {
                limit = value;
                before.removeLast();
                scope.names.remove(end.name);
            }
        }
        add(Step.count(counter, first, limit, by, loop.steps));
    }
}
