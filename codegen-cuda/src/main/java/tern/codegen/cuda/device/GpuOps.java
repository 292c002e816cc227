package tern.codegen.cuda.device;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import tern.codegen.cuda.device.OpKernel.Stage;
import tern.codegen.cuda.ops.AttentionPrograms;
import tern.codegen.cuda.ops.Int8HeadPrograms;
import tern.codegen.cuda.ops.MatrixAttention;
import tern.codegen.cuda.ops.OpPrograms;
import tern.codegen.cuda.ops.RopePrograms;
import tern.ir.Op;
import tern.ir.RopeAngles;
import tern.ir.RopeTable;
import tern.ir.device.Buffer;
import tern.ir.device.CompileException;
import tern.ir.device.OpSignature;
import tern.ir.loop.Program;

/// Operations as the programs that compute them, and the memory that these need in addition to the arguments.
final class GpuOps {

    /// Compiles one program.
    interface Compiler {
        ProgramKernel compile(Program program);
    }

    private record Angles(int context, int headDim, RopeAngles angles) {}

    private final GpuDevice device;
    private final Compiler compiler;
    /// Cosines and sines, shared by all layers.
    private final Map<Angles, List<Buffer>> angles = new HashMap<>();
    private final Map<Op, List<Stage>> known = new HashMap<>();

    GpuOps(GpuDevice device, Compiler compiler) {
        this.device = device;
        this.compiler = compiler;
    }

    /// The same for equal operations: layers take turns with their memory.
    List<Stage> stages(Op op) {
        List<Stage> before = known.get(op);
        List<Stage> stages = before == null ? compile(op) : before;
        known.put(op, stages);
        return stages;
    }

    private List<Stage> compile(Op op) {
        if (isMissing(op)) throw new CompileException(OpSignature.name(op), "no program of it for GPUs");
        return switch (op) {
            case Op.NormAdd _, Op.HeadNorm _, Op.Gate _, Op.Join _ -> throw new AssertionError(op);
            case Op.Embed embed -> as(OpPrograms.embed(embed));
            case Op.Norm norm -> as(OpPrograms.norm(norm));
            case Op.NormQuantise norm -> as(OpPrograms.normQuantise(norm));
            case Op.Quantise quantise -> as(OpPrograms.quantise(quantise));
            case Op.Attention attention -> attention(attention);
            case Op.Head head -> as(OpPrograms.head(head));
            case Op.RopeAppend rope -> {
                List<Buffer> table = table(rope);
                boolean scaled = rope.layout().isScaled();
                yield List.of(new Stage(compiler.compile(RopePrograms.ropeAppend(rope)), arguments -> {
                    var all = new ArrayList<>(arguments);
                    if (scaled) all.addAll(arguments.subList(1, 3));
                    all.addAll(table);
                    return all;
                }));
            }
            case Op.TopLogits top -> top(top);
            case Op.RaggedBatch batch -> new GpuRaggedBatch(device, compiler, this::table).stages(batch);
        };
    }

    /// What Qwen3, Gemma 3 and scales of groups need beyond BitNet b1.58.
    private static boolean isMissing(Op op) {
        return switch (op) {
            case Op.NormAdd _, Op.HeadNorm _, Op.Gate _, Op.Join _ -> true;
            case Op.Embed embed -> embed.factor() != 1;
            case Op.Attention a -> !a.equals(new Op.Attention(a.heads(), a.kvHeads(), a.headDim(), a.context(), a.cache()));
            case Op.RaggedBatch(Op of, _, _) -> isMissing(of);
            case Op.NormQuantise norm -> norm.group() != 0;
            case Op.Quantise quantise -> quantise.group() != 0;
            case Op.Norm _, Op.Head _, Op.RopeAppend _, Op.TopLogits _ -> false;
        };
    }

    private List<Stage> as(Program program) {
        return List.of(new Stage(compiler.compile(program), arguments -> arguments));
    }

    /// Few tokens by parts of the context, more by tiles, many by products of matrices where the cache is of bf16: over an f32 cache attention stays
    /// f32.
    private List<Stage> attention(Op.Attention op) {
        if (!AttentionPrograms.hasTiles(op)) return as(OpPrograms.attention(op));
        List<Buffer> between = AttentionPrograms.scratch(op).stream().map(floats -> device.allocate(4 * floats)).toList();
        IntPredicate few = n -> n <= AttentionPrograms.FEW;
        boolean matrices = MatrixAttention.takes(op);
        IntPredicate many = n -> matrices && n >= MatrixAttention.MANY;
        var stages = new ArrayList<>(List.of(
                new Stage(compiler.compile(AttentionPrograms.parts(op, AttentionPrograms.name(op, "parts"))),
                        a -> attended(op, a, between), few),
                new Stage(compiler.compile(AttentionPrograms.merge(op, AttentionPrograms.name(op, "merge"))), a -> {
                    var all = new ArrayList<>(between);
                    all.add(a.get(3));
                    return all;
                }, few),
                new Stage(compiler.compile(AttentionPrograms.tiles(op, AttentionPrograms.name(op, "tiles"))),
                        a -> attended(op, a, a.subList(3, 4)), few.or(many).negate())));
        if (matrices)
            stages.add(new Stage(compiler.compile(MatrixAttention.program(op, AttentionPrograms.name(op, "matrix"))), a -> a, many));
        return stages;
    }

    /// Queries and cache, a cache of bytes once more as its scales, then results.
    private static List<Buffer> attended(Op.Attention op, List<Buffer> arguments, List<Buffer> results) {
        var all = new ArrayList<>(arguments.subList(0, 3));
        if (op.layout().isScaled()) all.addAll(arguments.subList(1, 3));
        all.addAll(results);
        return all;
    }

    private List<Buffer> table(Op.RopeAppend rope) {
        return angles.computeIfAbsent(new Angles(rope.context(), rope.headDim(), rope.angles()), key -> {
            RopeTable table = RopeTable.of(key.context, key.headDim, key.angles);
            return List.of(upload(table.cos()), upload(table.sin()));
        });
    }

    private Buffer upload(float[] numbers) {
        Buffer buffer = device.allocate(4L * numbers.length);
        buffer.write(0, MemorySegment.ofArray(numbers));
        return buffer;
    }

    /// The largest logits, of those that the screen lets through.
    private List<Stage> top(Op.TopLogits op) {
        if (!Int8HeadPrograms.applies(op)) return topOfAll(op);
        String name = OpSignature.name(op);
        Buffer high = device.allocate(Int8HeadPrograms.bytes(op)), low = device.allocate(Int8HeadPrograms.bytes(op)), facts = device.allocate(16);
        Buffer least = device.allocate(4L * op.vocabulary()), most = device.allocate(4L * op.vocabulary());
        long found = 4L * OpPrograms.slices(op) * op.count();
        Buffer rows = device.allocate(found), largest = device.allocate(found);
        Buffer floorRows = device.allocate(4L * op.count()), floors = device.allocate(4L * op.count());
        ProgramKernel slices = compiler.compile(OpPrograms.slices(op, name + "_slices")), top = compiler.compile(OpPrograms.top(op, name));
        return List.of(
                new Stage(compiler.compile(Int8HeadPrograms.split(op, name + "_split")), a -> List.of(a.get(0), high, low, facts)),
                new Stage(compiler.compile(Int8HeadPrograms.near(op, name + "_near")),
                        a -> List.of(high, low, facts, a.get(2), a.get(2), least, most)),
                new Stage(slices, _ -> List.of(least, rows, largest)),
                new Stage(top, _ -> List.of(largest, rows, floorRows, floors)),
                // The least are not looked at any more: logits take their place.
                new Stage(compiler.compile(Int8HeadPrograms.exact(op, name + "_exact")), a -> List.of(a.get(0), a.get(1), most, floors, least)),
                new Stage(slices, _ -> List.of(least, rows, largest)),
                new Stage(top, a -> List.of(largest, rows, a.get(3), a.get(4))));
    }

    /// All logits, from the table itself, then the largest of them; the screen is not looked at.
    private List<Stage> topOfAll(Op.TopLogits op) {
        Buffer logits = device.allocate(4L * op.vocabulary());
        long found = 4L * OpPrograms.slices(op) * op.count();
        Buffer rows = device.allocate(found), largest = device.allocate(found);
        String name = OpSignature.name(op);
        var head = new Op.Head(op.vocabulary(), op.width(), op.element(), true);
        return List.of(
                new Stage(compiler.compile(OpPrograms.head(head)), a -> List.of(a.get(0), a.get(1), logits)),
                new Stage(compiler.compile(OpPrograms.slices(op, name + "_slices")), _ -> List.of(logits, rows, largest)),
                new Stage(compiler.compile(OpPrograms.top(op, name)), a -> List.of(largest, rows, a.get(3), a.get(4))));
    }
}
