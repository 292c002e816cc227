package tern.codegen.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import tern.codegen.machine.code.Condition;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Loop;
import tern.ir.loop.Type;
import tern.ir.loop.Var;

/// Writes loops. Of those on cores a call does some parts of so many, as its frame says: those that a worker claimed.
final class Loops {

    private final Selection at;
    private final Code code;
    private final Consumer<Loop> body;
    private final List<Binding> around = new ArrayList<>();

    Loops(Selection at, Consumer<Loop> body) {
        this.at = at;
        this.code = at.code;
        this.body = body;
    }

    void each(Loop.For loop) {
        boolean cores = loop.binding() == Binding.CORES || loop.binding() == Binding.BLOCKS;
        if (cores && (around.contains(Binding.CORES) || around.contains(Binding.BLOCKS)))
            throw at.refuse("loop on cores inside of another: " + loop.index());
        around.add(loop.binding());
        switch (loop.range()) {
            case Loop.Range.Steps(Expr from, Expr to, int step) -> {
                if (loop.binding() == Binding.UNROLLED) unrolled(loop, from, to, step);
                else steps(loop, from, to, step, cores);
            }
            case Loop.Range.Listed(var list, Expr count) -> listed(loop, list, count, cores);
        }
        around.removeLast();
    }

    void barrier(Binding scope) {
        boolean cores = scope == Binding.CORES || scope == Binding.BLOCKS;
        if (cores || around.contains(Binding.WARPS) || around.contains(Binding.THREADS))
            throw at.refuse("waiting for " + scope + " inside of other statements");
    }

    private void unrolled(Loop.For loop, Expr from, Expr to, int step) {
        Terms first = at.addresses.terms(from), last = at.addresses.terms(to);
        if (!first.isConstant() || !last.isConstant()) throw at.refuse("loop written out whose range is no constant: " + loop.index());
        for (long i = first.constant(); i < last.constant(); i += step) {
            long value = i;
            at.scoped(() -> {
                at.bind(loop.index(), new Home.Sum(Terms.constant(value)));
                body.accept(loop.body());
            });
        }
    }

    private void steps(Loop.For loop, Expr from, Expr to, int step, boolean cores) {
        Register first = code.copy(at.scalars.general(from)), end = code.copy(at.scalars.general(to));
        if (cores) {
            Register trips = trips(first, end, step);
            end = share(trips, at.frame.end(), step, first);
            first = share(trips, at.frame.part(), step, first);
        }
        count(loop, first, end, step, counter -> {
            at.bind(loop.index(), new Home.Sum(Terms.of(counter)));
            body.accept(loop.body());
        });
    }

    private void listed(Loop.For loop, tern.ir.loop.Buf list, Expr count, boolean cores) {
        Register zero = at.general.number(0), first = zero, end = code.copy(at.scalars.general(count));
        if (cores) {
            Register trips = trips(zero, end, 1);
            end = share(trips, at.frame.end(), 1, zero);
            first = share(trips, at.frame.part(), 1, zero);
        }
        count(loop, first, end, 1, counter -> {
            Var position = Var.value("$" + loop.index(), Type.I32);
            at.bind(position, new Home.Sum(Terms.of(counter)));
            Expr entry = Expr.load(list, Expr.ref(position), 1);
            at.bind(loop.index(), new Home.Sum(Terms.of(at.addresses.settled(at.scalars.general(entry)))));
            body.accept(loop.body());
        });
    }

    /// `for (counter = first; counter < end; counter += step)`, the condition below the body.
    private void count(Loop.For loop, Register first, Register end, int step, Consumer<Register> iteration) {
        Register counter = code.copy(first);
        Nest nest = new Nest(counter, first, step);
        List<Instruction> whole = new ArrayList<>();
        int behind = code.label();
        code.aside(whole, () -> {
            at.general.compare(counter, end);
            code.jump(Condition.GREATER_OR_EQUAL, behind);
            Code.Range range = code.head(loop);
            at.addresses.enter(nest);
            at.scoped(() -> iteration.accept(counter));
            at.addresses.leave();
            code.append(nest.latch());
            at.general.increase(counter, step);
            at.general.compare(counter, end);
            code.jump(Condition.LESS, range.head());
            code.place(range.end());
            code.place(behind);
        });
        code.append(nest.before());
        code.append(whole);
    }

    /// A loop whose body is no statement: `index` from 0 on.
    void times(Var index, int count, Runnable iteration) {
        var loop = new Loop.For(index, new Loop.Range.Steps(Expr.i32(0), Expr.i32(count), 1), Binding.SERIAL, Loop.block());
        count(loop, at.general.number(0), at.general.number(count), 1, counter -> {
            at.bind(index, new Home.Sum(Terms.of(counter)));
            iteration.run();
        });
    }

    /// Iterations of a loop, 0 if it is empty.
    private Register trips(Register first, Register end, int step) {
        Register span = at.general.compute(Operation.ADD, at.general.compute(Operation.SUBTRACT, end, first), step - 1L);
        Register trips = step == 1 ? span : divide(span, at.general.number(step));
        Register zero = at.general.number(0), result = code.copy(trips);
        at.general.compareWithZero(trips);
        at.general.replace(Condition.LESS, result, zero);
        return result;
    }

    private Register divide(Register a, Register b) {
        return code.copy(at.general.divide(true, false, a, b));
    }

    /// The iteration at which a part begins: `first + trips * part / parts * step`.
    private Register share(Register trips, Memory part, int step, Register first) {
        Register parts = at.general.load(64, true, at.frame.parts());
        Register iteration = divide(at.general.compute(Operation.MULTIPLY, trips, at.general.load(64, true, part)), parts);
        return at.general.compute(Operation.ADD, step == 1 ? iteration : at.general.compute(Operation.MULTIPLY, iteration, step), first);
    }
}
