package tern.codegen.machine;

import java.util.ArrayList;
import java.util.List;
import tern.ir.device.CompileException;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Loop;
import tern.ir.loop.Program;

/// A program cut at its barriers, which are between its outermost statements: what waits for other threads is no machine code's business.
/// What a phase names, those after it name anew.
final class Phases {

    private final Program program;
    private final List<Loop> phases = new ArrayList<>();
    private final List<Loop> names = new ArrayList<>();
    private final List<Loop.Let> changing = new ArrayList<>();
    private List<Loop> current = new ArrayList<>();

    private Phases(Program program) {
        this.program = program;
    }

    static List<Loop> of(Program program) {
        var phases = new Phases(program);
        phases.walk(program.body(), 0);
        phases.phases.add(new Loop.Block(phases.current));
        return phases.phases;
    }

    private void walk(Loop loop, int line) {
        switch (loop) {
            case Loop.Block(var steps) -> steps.forEach(step -> walk(step, line));
            case Loop.At(int number, Loop body) -> walk(body, number);
            case Loop.Barrier(var scope) when scope == Binding.CORES || scope == Binding.BLOCKS -> {
                if (!changing.isEmpty())
                    throw new CompileException(program.name(), "machine code cannot keep " + changing.getFirst().var() + " over a barrier");
                phases.add(new Loop.Block(current));
                current = new ArrayList<>(names);
            }
            case Loop.Let let -> {
                Loop placed = line == 0 ? let : new Loop.At(line, let);
                current.add(placed);
                if (stays(let)) names.add(placed);
                else changing.add(let);
            }
            default -> current.add(line == 0 ? loop : new Loop.At(line, loop));
        }
    }

    /// Ranges of the loops on cores of a phase that is nothing else; else of none. Names are computed anew in each call.
    static List<Loop.Range> loops(Loop phase) {
        List<Loop.Range> ranges = new ArrayList<>();
        return areLoops(phase, ranges) ? ranges : List.of();
    }

    private static boolean areLoops(Loop loop, List<Loop.Range> ranges) {
        return switch (loop) {
            case Loop.Block(var steps) -> steps.stream().allMatch(step -> areLoops(step, ranges));
            case Loop.At(_, Loop body) -> areLoops(body, ranges);
            case Loop.Outline(_, Loop body) -> areLoops(body, ranges);
            case Loop.For each -> {
                ranges.add(each.range());
                yield each.binding() == Binding.CORES || each.binding() == Binding.BLOCKS;
            }
            case Loop.Let let -> stays(let);
            case Loop.Set _, Loop.Store _, Loop.If _, Loop.Barrier _, Loop.CopyAsync _, Loop.Prefetch _, Loop.Wait _, Loop.GridDependency _, Loop.TileProduct _,
                    Loop.Group _ ->
                false;
        };
    }

    private static boolean stays(Loop.Let let) {
        return !let.var().mutable() && !Uses.any(let.value(),
                part -> part instanceof Expr.Load load && load.buffer().scope() != Buf.Scope.IN && load.buffer().scope() != Buf.Scope.CONSTANT);
    }
}
