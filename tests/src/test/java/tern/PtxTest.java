package tern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tern.codegen.cuda.ops.AttentionPrograms;
import tern.codegen.cuda.ops.BatchedInt8Head;
import tern.codegen.cuda.ops.Int8HeadPrograms;
import tern.codegen.cuda.ops.MatrixAttention;
import tern.codegen.cuda.ops.OpPrograms;
import tern.codegen.cuda.ops.RaggedBatchRewriter;
import tern.codegen.cuda.ops.RaggedBatchRewriter.TokenStride;
import tern.codegen.cuda.ops.RopePrograms;
import tern.codegen.cuda.ptx.PtxEmitter;
import tern.codegen.cuda.ptx.PtxKernel;
import tern.ir.Element;
import tern.ir.Op;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.loop.Program;
import tern.ir.text.Tir;
import tern.scheduler.Lowering;
import tern.scheduler.problem.InapplicableException;
import tern.scheduler.problem.Problem;

/// PTX as emitted, and what NVIDIA's assembler makes of it.
class PtxTest {

    private static final int[] OLDER = {80, 89};
    private static final Tir LIBRARY = Tir.library();

    private enum Unit {
        LANES,
        DP4A,
        MMA,
        TILES
    }

    private static Lowering lowering(String packing, Unit unit, int lanes, int rowTiles, int tokens, int m, int k) {
        Schedule schedule = switch (unit) {
            case LANES -> new Schedule.Lanes("bitlinear", packing);
            case DP4A -> new Schedule.Dp4a("bitlinear", packing, lanes, rowTiles, tokens, 4, 2, 2);
            case MMA -> new Schedule.Mma("bitlinear", packing, rowTiles, tokens, 4, 2, 2);
            case TILES -> new Schedule.Tiles("bitlinear", packing, rowTiles, tokens, 4, 3);
        };
        return Lowering.of(new Problem(LIBRARY.kernel("bitlinear"), m, k, tokens), LIBRARY.packing(packing), schedule);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "i2_s_gemv, i2_s, DP4A, 8, 1, 1, 16, 1024",
        "tri5r8_gemv, tri5r8, DP4A, 32, 1, 1, 16, 576",
        "i2_s_gemm, i2_s, MMA, 4, 2, 8, 64, 512",
        "i2_s_tiles, i2_s, TILES, 4, 2, 16, 64, 1024",
    })
    void isAsItWas(String name, String packing, Unit unit, int lanes, int rowTiles, int tokens, int m, int k) {
        Lowering lowering = lowering(packing, unit, lanes, rowTiles, tokens, m, k);
        Golden.assertMatches("kernels/" + name + ".prepare.ptx", PtxEmitter.emit(lowering.prepare(), 90).ptx());
        Golden.assertMatches("kernels/" + name + ".ptx", PtxEmitter.emit(lowering.multiply(), 90).ptx());
    }

    /// The operations that are no product, in small sizes.
    @Test
    void operationsAreAsTheyWere() {
        List<Program> programs = List.of(
                OpPrograms.embed(new Op.Embed(50, 64, Element.BF16)),
                OpPrograms.norm(new Op.Norm(128, 1e-5f, true)),
                OpPrograms.normQuantise(new Op.NormQuantise(128, 1e-5f)),
                RopePrograms.ropeAppend(new Op.RopeAppend(4, 2, 64, 32, 500000f, Op.RopePairs.HALVES, Element.BF16)),
                OpPrograms.attention(new Op.Attention(4, 2, 48, 64, Element.BF16)),
                AttentionPrograms.parts(new Op.Attention(4, 2, 32, 128, Element.BF16), "attention_parts"),
                AttentionPrograms.merge(new Op.Attention(4, 2, 32, 128, Element.BF16), "attention_merge"),
                AttentionPrograms.tiles(new Op.Attention(4, 2, 32, 128, Element.I8), "attention_tiles"),
                MatrixAttention.program(new Op.Attention(4, 2, 32, 128, Element.BF16), "attention_matrix"),
                RaggedBatchRewriter.of(RopePrograms.ropeAppend(new Op.RopeAppend(4, 2, 64, 32, 500000f, Op.RopePairs.HALVES, Element.BF16)),
                        List.of(TokenStride.token(512), TokenStride.slot(4096, 3), TokenStride.slot(4096, 3), TokenStride.all(), TokenStride.all()), 3,
                        "rope_each"),
                BatchedInt8Head.of(new Op.TopLogits(300, 64, Element.BF16, 1), 8).vectors("head_vectors"),
                BatchedInt8Head.of(new Op.TopLogits(300, 64, Element.BF16, 1), 8).bounds("head_reaches"),
                BatchedInt8Head.of(new Op.TopLogits(300, 64, Element.BF16, 1), 8).exact("head_exact"),
                OpPrograms.head(new Op.Head(300, 64, Element.BF16, true)),
                OpPrograms.slices(new Op.TopLogits(300, 64, Element.BF16, 4), "top_slices"),
                OpPrograms.top(new Op.TopLogits(300, 64, Element.BF16, 4), "top"),
                Int8HeadPrograms.split(new Op.TopLogits(300, 64, Element.BF16, 4), "top_split"),
                Int8HeadPrograms.near(new Op.TopLogits(300, 64, Element.BF16, 4), "top_near"),
                Int8HeadPrograms.exact(new Op.TopLogits(300, 64, Element.BF16, 4), "top_exact"));
        for (Program program : programs)
            Golden.assertMatches("kernels/" + program.name() + ".ptx", PtxEmitter.emit(program, 90).ptx());
    }

    @Test
    void everyPackingAssemblesForEveryTarget() throws Exception {
        var ptxas = Ptxas.find();
        assumeThat(ptxas).as("ptxas is on this machine").isPresent();
        int hot = 0, number = 0;
        for (Packing packing : LIBRARY.allPackings()) {
            number++;
            for (Unit unit : Unit.values()) {
                // In a build, every unit of a quarter of the packings, one unit of each.
                if (!Breadth.ALL && (number + unit.ordinal()) % Unit.values().length != 0) continue;
                boolean tensor = unit == Unit.MMA || unit == Unit.TILES;
                Lowering lowering;
                try {
                    lowering = lowering(packing.name(), unit, tensor ? 4 : 32, tensor ? 2 : 1, tensor ? 16 : 1, 640, 2560);
                } catch (InapplicableException e) {
                    continue;
                }
                // The newest, and the others in turn: what differs between them is decided by the unit.
                int[] targets = unit == Unit.LANES ? new int[] {90} : new int[] {90, OLDER[hot % OLDER.length]};
                for (int sm : targets)
                    for (var program : sm == 90 ? List.of(lowering.prepare(), lowering.multiply()) : List.of(lowering.multiply())) {
                        PtxKernel kernel = PtxEmitter.emit(program, sm);
                        Ptxas.Report report = ptxas.get().assemble(kernel.ptx(), sm);
                        assertThat(report.local()).as(kernel.name()).isZero();
                        if (unit != Unit.LANES) assertThat(report.registers()).as(kernel.name()).isLessThanOrEqualTo(168);
                        hot++;
                    }
            }
        }
        assertThat(hot).isGreaterThan(Breadth.ALL ? 100 : 25);
    }

    /// The pipeline of a prompt.
    @ParameterizedTest
    @CsvSource({"i2_s, 4, 64", "tri5r8, 1, 32", "msgpu_int2, 2, 32"})
    void tilesStayInRegisters(String packing, int rowTiles, int tokens) throws Exception {
        var ptxas = Ptxas.find();
        assumeThat(ptxas).as("ptxas is on this machine").isPresent();
        PtxKernel kernel = PtxEmitter.emit(lowering(packing, Unit.TILES, 4, rowTiles, tokens, 2560, 2560).multiply(), 90);
        Ptxas.Report report = ptxas.get().assemble(kernel.ptx(), 90);
        assertThat(report.local()).isZero();
        assertThat(report.registers()).isLessThanOrEqualTo(168);
        assertThat(kernel.ptx()).contains("cp.async.cg.shared.global", "mma.sync.aligned.m16n8k32");
    }

    /// The shapes of a 2.4 B model, as a card would run them.
    @ParameterizedTest
    @CsvSource({"i2_s, 8, 4, 1, 2560, 2560", "i2_s, 8, 2, 1, 2560, 6912", "tri5r8, 32, 2, 1, 13824, 2560", "i2_s, 8, 2, 4, 640, 2560"})
    void hotKernelsStayInRegisters(String packing, int lanes, int rowTiles, int tokens, int m, int k) throws Exception {
        var ptxas = Ptxas.find();
        assumeThat(ptxas).as("ptxas is on this machine").isPresent();
        Lowering lowering = lowering(packing, Unit.DP4A, lanes, rowTiles, tokens, m, k);
        PtxKernel kernel = PtxEmitter.emit(lowering.multiply(), 90);
        Ptxas.Report report = ptxas.get().assemble(kernel.ptx(), 90);
        assertThat(report.local()).isZero();
        // Three blocks of 128 threads on a multiprocessor.
        assertThat(report.registers()).isLessThanOrEqualTo(168);
        assertThat(kernel.ptx()).contains("ld.global.nc.L1::no_allocate.L2::256B.v4.b32");
        // Before it waits for what it multiplies, its weights are on their way, where they lie together.
        assertThat(kernel.ptx()).contains("griddepcontrol.wait");
        String before = kernel.ptx().substring(0, kernel.ptx().indexOf("griddepcontrol.wait"));
        if (LIBRARY.packing(packing).order() == Packing.Order.K_INNERMOST && tokens == 1)
            assertThat(before).contains("griddepcontrol.launch_dependents", "cp.async.bulk.prefetch.L2.global");
        assertThat(before).doesNotContain("ld.global");
        assertThat(PtxEmitter.emit(lowering.multiply(), 89).ptx()).doesNotContain("griddepcontrol", "cp.async.bulk");
    }
}
