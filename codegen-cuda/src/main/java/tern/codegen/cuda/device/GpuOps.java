package tern.codegen.cuda.device;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tern.codegen.cuda.device.OpKernel.Stage;
import tern.codegen.cuda.ops.OpPrograms;
import tern.ir.Op;
import tern.ir.RopeTable;
import tern.ir.device.Buffer;
import tern.ir.loop.Program;

/// Operations as the programs that compute them, and the memory that these need beside the arguments.
final class GpuOps {

    /// Compiles one program.
    interface Compiler {
        ProgramKernel compile(Program program);
    }

    private record Angles(int context, int headDim, float theta) {}

    private final GpuDevice device;
    private final Compiler compiler;
    /// Cosines and sines, shared by all layers.
    private final Map<Angles, List<Buffer>> angles = new HashMap<>();

    GpuOps(GpuDevice device, Compiler compiler) {
        this.device = device;
        this.compiler = compiler;
    }

    List<Stage> stages(Op op) {
        return switch (op) {
            case Op.Embed embed -> as(OpPrograms.embed(embed));
            case Op.Norm norm -> as(OpPrograms.norm(norm));
            case Op.NormQuantise norm -> as(OpPrograms.normQuantise(norm));
            case Op.Quantise quantise -> as(OpPrograms.quantise(quantise));
            case Op.Attention attention -> as(OpPrograms.attention(attention));
            case Op.Head head -> as(OpPrograms.head(head));
            case Op.RopeAppend rope -> {
                List<Buffer> table = table(new Angles(rope.context(), rope.headDim(), rope.theta()));
                yield List.of(new Stage(compiler.compile(OpPrograms.ropeAppend(rope)), arguments -> {
                    var all = new ArrayList<>(arguments);
                    all.addAll(table);
                    return all;
                }));
            }
            case Op.TopLogits top -> top(top);
        };
    }

    private List<Stage> as(Program program) {
        return List.of(new Stage(compiler.compile(program), arguments -> arguments));
    }

    private List<Buffer> table(Angles of) {
        return angles.computeIfAbsent(of, key -> {
            RopeTable table = RopeTable.of(key.context, key.headDim, key.theta);
            return List.of(upload(table.cos()), upload(table.sin()));
        });
    }

    private Buffer upload(float[] numbers) {
        Buffer buffer = device.allocate(4L * numbers.length);
        buffer.write(0, MemorySegment.ofArray(numbers));
        return buffer;
    }

    /// All logits, from the table itself, then the largest of them; the screen is not looked at.
    private List<Stage> top(Op.TopLogits op) {
        Buffer logits = device.allocate(4L * op.vocabulary());
        var head = new Op.Head(op.vocabulary(), op.width(), op.element(), true);
        return List.of(
                new Stage(compiler.compile(OpPrograms.head(head)), a -> List.of(a.get(0), a.get(1), logits)),
                new Stage(compiler.compile(OpPrograms.top(op)), a -> List.of(logits, a.get(3), a.get(4))));
    }
}
