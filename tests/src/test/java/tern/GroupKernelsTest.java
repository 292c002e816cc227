package tern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tern.autotune.verify.ExactnessProof;
import tern.autotune.verify.RandomPackings;
import tern.autotune.verify.Verdict;
import tern.codegen.cuda.device.GpuDevice;
import tern.codegen.cuda.ptx.PtxEmitter;
import tern.codegen.cuda.ptx.PtxKernel;
import tern.codegen.cuda.simulate.Simulator;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.device.Buffer;
import tern.ir.device.CompileException;
import tern.ir.device.Device;
import tern.ir.loop.LoopChecker;
import tern.ir.loop.LoopParser;
import tern.ir.loop.Program;
import tern.ir.target.Target;
import tern.ir.target.Targets;
import tern.ir.text.Source;
import tern.ir.text.Tir;
import tern.scheduler.Candidates;
import tern.scheduler.Lowering;
import tern.scheduler.problem.InapplicableException;
import tern.scheduler.problem.Problem;

/// Prompts on sm_90a: groups of four warps, bulk copies.
class GroupKernelsTest {

    private static final Tir LIBRARY = Tir.library();

    /// Random packings of each kind.
    private static final int RANDOM = 32;

    private static Schedule.Warpgroups schedule(String packing, int rowTiles, int tokens, int warps, int stages) {
        return new Schedule.Warpgroups("bitlinear", packing, rowTiles, tokens, warps, stages);
    }

    // What the instructions mean

    /// Two products of all four warps with 16 columns, which come as two pieces.
    private static final String PRODUCTS = """
            program products source "test"
              in a: i8[2048]
              in x: i32[256]
              out y: i32[1024]
              core b: i32[256]
              core ready: u64[2]
            {
              for block in 0..1 on blocks {
                for copier in 0..4 on warps {
                  if copier == 0 {
                    bulkcopy b[0 +: 128] = x[0 +: 128] on ready[0]
                    bulkcopy b[128 +: 128] = x[128 +: 128] on ready[1]
                  }
                }
                barrier threads
                for warp in 0..4 on warps {
                  let a0: i8x128 = a[warp * 512 +: 128]
                  let a1: i8x128 = a[warp * 512 + 128 +: 128]
                  let a2: i8x128 = a[warp * 512 + 256 +: 128]
                  let a3: i8x128 = a[warp * 512 + 384 +: 128]
                  var even: i32x128 = 0:i32x128
                  var odd: i32x128 = 1:i32x128
                  await ready[0] phase 0
                  groupproduct even, odd += (a0, a1, a2, a3) * b[0 +: 64] apart 64
                  groupwait 1
                  await ready[1] phase 0
                  groupproduct even, odd += (a3, a1, a2, a0) * b[128 +: 64] apart 64
                  groupwait 0
                  y[warp * 256 +: 128] = even
                  y[warp * 256 + 128 +: 128] = odd
                }
              }
            }
            """;

    private static Program parse(String text) {
        return LoopParser.parse(new Source("test", text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"i8", "u8"})
    void aCardDoesWhatTheReferenceSays(String element) {
        Program program = parse(PRODUCTS.replace("a: i8", "a: " + element).replace("i8x", element + "x"));
        assertThat(LoopChecker.check(program)).isEmpty();
        int[] expected, found;
        try (Device reference = Devices.open("reference", 1)) {
            expected = run(reference, program);
        }
        try (Device card = new GpuDevice(new Simulator(Targets.H200), Targets.H200)) {
            found = run(card, program);
        }
        assertThat(found).isEqualTo(expected);
    }

    private static int[] run(Device device, Program program) {
        var random = new SplittableRandom(7);
        byte[] a = new byte[2048], x = new byte[1024];
        random.nextBytes(a);
        random.nextBytes(x);
        List<Buffer> buffers = List.of(device.allocate(a.length), device.allocate(x.length), device.allocate(4096));
        buffers.get(0).write(0, MemorySegment.ofArray(a));
        buffers.get(1).write(0, MemorySegment.ofArray(x));
        device.compile(program).launch(buffers, 1, 0);
        int[] y = new int[1024];
        buffers.get(2).read(0, MemorySegment.ofArray(y));
        return y;
    }

    @Test
    void onlyOneArchitectureHasThem() {
        assertThatThrownBy(() -> PtxEmitter.emit(parse(PRODUCTS), 89))
                .isInstanceOf(CompileException.class)
                .hasMessageContaining("need sm_90a");
        assertThat(PtxEmitter.emit(parse(PRODUCTS), 90).architecture()).isEqualTo("sm_90a");
    }

    // Exact sums

    /// Odd sizes, two matrices, more tokens than a block has, pipelines shorter and longer than the steps.
    @Test
    void theLibraryIsExact() {
        var held = new ArrayList<String>();
        try (var card = new GpuDevice(new Simulator(Targets.H200), Targets.H200)) {
            var proof = new ExactnessProof(card);
            for (Packing packing : LIBRARY.allPackings()) {
                int m = Math.min(packing.rows() + 3, 70), k = packing.columns() == 1 ? 20 : Math.min(9 * packing.columns() + 1, 400);
                Verdict one = proof.prove(new Problem(LIBRARY.kernel("bitlinear"), m, k, 11), packing, schedule(packing.name(), rowTiles(packing), 8, 4, 2), 5);
                if (one instanceof Verdict.Refused) continue;
                assertThat(one).as(packing.name()).isInstanceOf(Verdict.Exact.class);
                held.add(packing.name());
                if (packing.rows() > 1) continue;
                var two = new Schedule.Warpgroups("gate_up", packing.name(), rowTiles(packing), 16, 8, 3);
                assertThat(proof.prove(new Problem(LIBRARY.kernel("gate_up"), m, k, 19), packing, two, 6)).as("%s", two).isNotInstanceOf(Verdict.Wrong.class);
            }
        }
        assertThat(held).contains("i2_s", "i2_s_arm", "hf", "msgpu_int2", "tl1", "dense", "tri5r32", "tri5r16", "tri5r8", "base3x5", "sherry5",
                "planes", "two_r256");
    }

    private static int rowTiles(Packing packing) {
        return packing.rows() == 1 ? 2 : 1;
    }

    @Test
    void randomPackingsAreExact() {
        int exact = 0;
        try (var card = new GpuDevice(new Simulator(Targets.H200), Targets.H200)) {
            var proof = new ExactnessProof(card);
            for (long seed = 0; exact < 2 * RANDOM; seed++) {
                var random = new Random(seed);
                Packing packing = seed % 2 == 0 ? RandomPackings.ofTrits(random) : RandomPackings.any(random);
                int m = Math.min(packing.rows() + 1, 20), k = Math.min(3 * packing.columns() + 1, 60);
                KernelDef kernel = LIBRARY.kernel("bitlinear");
                Verdict verdict = proof.prove(new Problem(kernel, m, k, 9), packing, schedule(packing.name(), 2, 8, 4, 2), seed);
                if (verdict instanceof Verdict.Refused) continue;
                assertThat(verdict).as("%d: %s", seed, packing).isInstanceOf(Verdict.Exact.class);
                exact++;
            }
        }
    }

    // What is emitted

    private static Lowering lowering(String kernel, Schedule schedule, int m, int k) {
        return Lowering.of(new Problem(LIBRARY.kernel(kernel), m, k, 512), LIBRARY.packing(schedule.packing()), schedule);
    }

    @Test
    void isAsItWas() {
        Lowering lowering = lowering("bitlinear", schedule("i2_s", 2, 16, 4, 2), 64, 512);
        Golden.assertMatches("kernels/i2_s_groups.prepare.ptx", PtxEmitter.emit(lowering.prepare(), 90).ptx());
        Golden.assertMatches("kernels/i2_s_groups.ptx", PtxEmitter.emit(lowering.multiply(), 90).ptx());
    }

    /// No spills, and no product that waits for the one before it: of that the assembler warns (C7510 to C7514).
    @ParameterizedTest
    @CsvSource({
        "i2_s, 4, 128, 8, 4, 255", "i2_s, 2, 64, 4, 3, 168", "hf, 1, 96, 8, 4, 255", "tri5r8, 1, 32, 8, 4, 255", "msgpu_int2, 2, 64, 8, 4, 255",
    })
    void hotKernelsStayInRegisters(String packing, int rowTiles, int tokens, int warps, int stages, int most) throws Exception {
        var ptxas = Ptxas.find();
        assumeThat(ptxas).as("ptxas is on this machine").isPresent();
        PtxKernel kernel = PtxEmitter.emit(lowering("bitlinear", schedule(packing, rowTiles, tokens, warps, stages), 2560, 2560).multiply(), 90);
        Ptxas.Report report = ptxas.get().assemble(kernel.ptx(), kernel.architecture());
        assertThat(report.local()).isZero();
        assertThat(report.registers()).isLessThanOrEqualTo(most);
        assertThat(report.said()).doesNotContain("C75");
    }

    /// As candidates would have it first, with shifts and with tables.
    @Test
    void whatIsChosenAssembles() throws Exception {
        var ptxas = Ptxas.find();
        assumeThat(ptxas).as("ptxas is on this machine").isPresent();
        for (String name : List.of("i2_s", "hf", "tri5r32", "base3x5")) {
            Packing packing = LIBRARY.packing(name);
            var first = Candidates.of(new Problem(LIBRARY.kernel("gate_up"), 6912, 2560, 512), List.of(packing), (Target) Targets.H200).ranked().stream()
                    .filter(ranked -> ranked.schedule() instanceof Schedule.Warpgroups).findFirst();
            assertThat(first).as(name).isPresent();
            Lowering lowering = lowering("gate_up", first.orElseThrow().schedule(), 6912, 2560);
            PtxKernel kernel = PtxEmitter.emit(lowering.multiply(), 90);
            Ptxas.Report report = ptxas.get().assemble(kernel.ptx(), kernel.architecture());
            assertThat(report.local()).as(kernel.name()).isZero();
            assertThat(report.said()).as(kernel.name()).doesNotContain("C75");
        }
    }

    // Who chooses it

    @ParameterizedTest
    @CsvSource({"13824, 2560", "2560, 6912", "2560, 2560"})
    void promptsAreGivenToGroups(int m, int k) {
        List<Candidates.Ranked> ranked = Candidates.of(
                new Problem(LIBRARY.kernel("bitlinear"), m, k, 512), List.of(LIBRARY.packing("i2_s")), (Target) Targets.H200).ranked();
        assertThat(ranked.getFirst().schedule()).isInstanceOf(Schedule.Warpgroups.class);
        assertThat(Candidates.of(new Problem(LIBRARY.kernel("bitlinear"), m, k, 512), List.of(LIBRARY.packing("i2_s")), (Target) Targets.A100).ranked())
                .noneMatch(one -> one.schedule() instanceof Schedule.Warpgroups);
    }

    @Test
    void whatDoesNotApplyIsRefused() {
        assertThatThrownBy(() -> lowering("bitlinear", schedule("i2_s", 2, 40, 4, 2), 64, 512))
                .isInstanceOf(InapplicableException.class)
                .hasMessage("groups multiply no 40 tokens at once");
        assertThatThrownBy(() -> lowering("bitlinear", schedule("i2_s", 2, 16, 6, 2), 64, 512))
                .isInstanceOf(InapplicableException.class)
                .hasMessage("groups are of four warps, of which 6 are none");
    }
}
