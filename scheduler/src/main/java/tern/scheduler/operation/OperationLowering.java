package tern.scheduler.operation;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tern.ir.Interval;
import tern.ir.Op;
import tern.ir.device.CompileException;
import tern.ir.device.LoweredOp;
import tern.ir.device.OpLowering;
import tern.ir.device.OpSignature;
import tern.ir.loop.Buf;
import tern.ir.loop.Loop;
import tern.ir.loop.Expr;
import tern.ir.loop.Program;
import tern.ir.loop.Rewriter;
import tern.ir.loop.Var;
import tern.ir.target.Target;
import tern.ir.tensor.Operations;
import tern.ir.tensor.TensorProgram;
import tern.scheduler.program.Names;

/// Programs for the parts of a transformer that are no products with packed weights.
public final class OperationLowering implements OpLowering {

    /// Names of schedules: loops as the operation's text has them; blocks of positions, split among the cores for few tokens and in tiles for many; the
    /// head by way of its int8 copy.
    private static final String NESTS = "nests", BLOCKS = "blocks", SCREEN = "screen";

    /// For the service loader.
    public OperationLowering() {}

    @Override
    public LoweredOp lower(Op op, Target.Cpu target) {
        String name = OpSignature.name(op);
        try {
            return switch (op) {
                case Op.TopLogits top -> screened(top, 0, name, target);
                case Op.RaggedBatch(Op.TopLogits top, int slots, _) -> screened(top, slots, name, target);
                case Op.Attention attention when BlockedAttention.applies(attention, 1, 0) ->
                    new LoweredOp(BlockedAttention.of(attention, 0, 0, name, target), List.of(), BLOCKS);
                case Op.RaggedBatch(Op.Attention attention, int slots, int pages) when BlockedAttention.applies(attention, slots, pages) ->
                    new LoweredOp(BlockedAttention.of(attention, slots, pages, name, target), List.of(), BLOCKS);
                default -> {
                    Operations.Operation operation = Operations.of(op);
                    yield new LoweredOp(lower(name, operation.program(), target), operation.tables(), NESTS);
                }
            };
        } catch (ArithmeticException e) {
            throw new CompileException(name, "a tensor has more elements than an index can count", e);
        }
    }

    private static LoweredOp screened(Op.TopLogits op, int slots, String name, Target.Cpu target) {
        if (!Int8HeadProgram.applies(op, Math.max(1, slots))) throw new CompileException(name, "a table has more elements than an index can count");
        return new LoweredOp(slots == 0 ? Int8HeadProgram.of(op, target) : Int8HeadProgram.of(op, slots, name, target), List.of(), SCREEN);
    }

    /// A program for any tensor program.
    ///
    /// @throws IllegalArgumentException if no schedule is known for one of its statements
    public static Program lower(String name, TensorProgram tensors, Target.Cpu target) {
        var names = new Names();
        var memory = new TensorMemory(tensors, names);
        var regions = new RegionLowering(memory, names, registers(target));
        List<Loop> body = new ArrayList<>();
        for (var region : tensors.regions()) body.add(regions.of(region));
        Loop all = Loop.block(body);
        var uses = new Uses();
        uses.of(all);
        List<Buf> buffers = new ArrayList<>(memory.all());
        if (uses.buffers.contains(LanesNest.NUMBERS)) buffers.add(LanesNest.NUMBERS);
        List<Program.Scalar> scalars = new ArrayList<>(List.of(new Program.Scalar(Program.N, Interval.of(1, memory.mostTokens()))));
        if (uses.variables.contains(Program.POSITION))
            scalars.add(new Program.Scalar(Program.POSITION, Interval.of(0, Integer.MAX_VALUE / 2)));
        return new Program(name, "", scalars, buffers, all);
    }

    /// What a body speaks of.
    private static final class Uses extends Rewriter {
        final Set<Buf> buffers = new HashSet<>();
        final Set<Var> variables = new HashSet<>();

        @Override
        protected Buf of(Buf buffer) {
            buffers.add(buffer);
            return buffer;
        }

        @Override
        public Expr of(Expr expr) {
            if (expr instanceof Expr.Ref(Var var)) variables.add(var);
            return parts(expr);
        }
    }

    /// Sums of a tile that leaves a rest. With vectors of 128 bits a tile and its rest, each with whole and masked lanes, are more than HotSpot
    /// takes in a method.
    static int withRest(int registers) {
        return registers > 2 ? registers : 1;
    }

    /// Values of 16 floats that fit half of the registers.
    static int registers(Target.Cpu target) {
        return Math.max(1, Math.min(8, target.vectorRegisters() / 2 * target.vectorBits() / (32 * Op.LANES)));
    }
}
