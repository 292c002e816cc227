package tern.codegen.cuda.ptx;

import java.util.List;
import tern.ir.loop.Expr;
import tern.ir.loop.Program;

/// PTX text of a program and what its launch needs.
///
/// @param program  what it was made from; its parameters, then its scalars, are the parameters of the entry
/// @param ptx      one module with one entry, named as the program
/// @param grid     blocks along x, y and z: the largest of each list, expressions of the program's scalars
/// @param warps    of a block
/// @param shared  bytes of dynamic shared memory of a block
/// @param hot      whether a lane's work lies in registers alone: no local memory is expected
public record PtxKernel(Program program, String ptx, List<List<Expr>> grid, int warps, int shared, boolean hot) {

    public PtxKernel {
        grid = grid.stream().map(List::copyOf).toList();
    }

    public String name() {
        return program.name();
    }

    /// What it is made for, as the assembler wants to be told: `sm_90a`.
    public String architecture() {
        return ptx.lines().filter(line -> line.startsWith(".target ")).findFirst().orElseThrow().substring(".target ".length());
    }

    /// Blocks along an axis.
    ///
    /// @param axis    0 for x, 1 for y, 2 for z
    /// @param scalars of the program, in order
    public int blocks(int axis, int... scalars) {
        int blocks = 1;
        for (Expr extent : grid.get(axis)) blocks = Math.max(blocks, value(extent, scalars));
        return blocks;
    }

    /// A number that depends on the scalars: the size of a buffer.
    public int value(Expr expr, int... scalars) {
        return switch (expr) {
            case Expr.Int(_, long value) -> (int) value;
            case Expr.Ref(var var) -> {
                for (int i = 0; i < scalars.length; i++) if (program.scalars().get(i).var().equals(var)) yield scalars[i];
                throw new IllegalArgumentException("the grid depends on " + var);
            }
            case Expr.Binary(var op, Expr a, Expr b) -> {
                int x = value(a, scalars), y = value(b, scalars);
                yield switch (op) {
                    case ADD -> x + y;
                    case SUBTRACT -> x - y;
                    case MULTIPLY -> x * y;
                    case DIVIDE -> x / y;
                    case REMAINDER -> x % y;
                    case MIN -> Math.min(x, y);
                    case MAX -> Math.max(x, y);
                    case AND, OR, XOR, MULTIPLY_HIGH, SHIFT_LEFT, SHIFT_RIGHT, SHIFT_RIGHT_LOGICAL ->
                        throw new IllegalArgumentException("the grid is a " + op);
                };
            }
            case Expr.Real _, Expr.Load _, Expr.Unary _, Expr.Fma _, Expr.Compare _, Expr.Select _, Expr.Convert _, Expr.Bitcast _, Expr.Broadcast _,
                    Expr.Lookup _, Expr.Shuffle _, Expr.Reduce _, Expr.Dot _, Expr.Warp _ ->
                throw new IllegalArgumentException("the grid is no arithmetic: " + expr);
        };
    }
}
