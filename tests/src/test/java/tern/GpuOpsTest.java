package tern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tern.autotune.verify.OpTrial;
import tern.codegen.cuda.CardNumbers;
import tern.codegen.cuda.device.GpuDevice;
import tern.codegen.cuda.ops.AttentionPrograms;
import tern.codegen.cuda.ops.Int8HeadPrograms;
import tern.codegen.cuda.ops.MatrixAttention;
import tern.codegen.cuda.ops.OpPrograms;
import tern.codegen.cuda.ops.RopePrograms;
import tern.codegen.cuda.ptx.PtxEmitter;
import tern.codegen.cuda.simulate.Simulator;
import tern.ir.Element;
import tern.ir.Op;
import tern.ir.Op.RopePairs;
import tern.ir.device.Device;
import tern.ir.device.DeviceException;
import tern.ir.loop.Program;
import tern.ir.target.Target;
import tern.ir.target.Targets;

/// The operations of a transformer on a simulated card give the bits of the reference.
class GpuOpsTest {

    /// @param n        tokens
    /// @param position tokens before them
    record Case(Op op, int n, int position) {
        OpTrial trial() {
            return new OpTrial(op, n, position);
        }

        @Override
        public String toString() {
            return trial().toString();
        }
    }

    static List<Case> cases() {
        return List.of(
                new Case(new Op.Embed(50, 100, Element.BF16), 3, 0),
                new Case(new Op.Embed(50, 64, Element.F16), 2, 0),
                new Case(new Op.Embed(9, 33, Element.F32), 1, 0),
                new Case(new Op.Norm(127, 1e-5f, true), 2, 0),
                new Case(new Op.Norm(512, 1e-5f, false), 3, 0),
                new Case(new Op.NormQuantise(17, 1e-5f), 2, 0),
                new Case(new Op.NormQuantise(640, 1e-5f), 2, 0),
                new Case(new Op.Quantise(17), 2, 0),
                new Case(new Op.Quantise(640), 2, 0),
                new Case(new Op.RopeAppend(4, 2, 32, 24, 10000f, RopePairs.HALVES, Element.BF16), 3, 5),
                new Case(new Op.RopeAppend(4, 1, 128, 24, 500000f, RopePairs.HALVES, Element.F32), 1, 7),
                new Case(new Op.RopeAppend(2, 2, 48, 24, 10000f, RopePairs.NEIGHBOURS, Element.F32), 2, 0),
                new Case(new Op.RopeAppend(4, 2, 128, 24, 10000f, RopePairs.HALVES, Element.I8), 2, 5),
                new Case(new Op.RopeAppend(2, 2, 48, 24, 10000f, RopePairs.NEIGHBOURS, Element.I8), 2, 3),
                // One part of the context: the bits of the reference.
                new Case(new Op.Attention(4, 2, 32, 80, Element.BF16), 2, 50),
                new Case(new Op.Attention(3, 1, 64, 80, Element.I8), 2, 37),
                new Case(new Op.Attention(2, 1, 128, 300, Element.F32), 1, 0),
                new Case(new Op.Attention(2, 2, 16, 80, Element.F32), 9, 52),
                new Case(new Op.Head(300, 48, Element.BF16, true), 2, 0),
                new Case(new Op.Head(70, 32, Element.F32, false), 2, 0),
                new Case(new Op.TopLogits(700, 32, Element.BF16, 5), 1, 0),
                new Case(new Op.TopLogits(2050, 16, Element.BF16, 4), 1, 0),
                new Case(new Op.TopLogits(20, 16, Element.F32, 20), 1, 0),
                new Case(new Op.TopLogits(300, 640, Element.F16, 1), 1, 0),
                new Case(new Op.TopLogits(70, 3600, Element.BF16, 3), 1, 0));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void givesTheBitsOfTheReference(Case one) {
        List<byte[]> arguments = arguments(one);
        List<byte[]> expected, found;
        try (Device reference = Devices.open("reference", 1)) {
            expected = run(reference, one, arguments);
        }
        try (Device card = new GpuDevice(new Simulator(Targets.H200), Targets.H200)) {
            found = run(card, one, arguments);
        }
        for (int i = 0; i < expected.size(); i++)
            assertThat(found.get(i)).as("argument " + i).isEqualTo(expected.get(i));
    }

    /// A card that Tern has no preset of describes itself, and runs the newest text that it can.
    @ParameterizedTest(name = "compute capability {0}")
    @ValueSource(ints = {80, 86, 87, 89, 90, 100, 103, 120})
    void everyCardSinceAmpereRunsThem(int capability) {
        Case one = new Case(new Op.Quantise(640), 2, 0);
        List<byte[]> arguments = arguments(one);
        try (Device reference = Devices.open("reference", 1); Device card = new GpuDevice(new Simulator(numbers(capability)))) {
            assertThat(run(card, one, arguments)).containsExactlyElementsOf(run(reference, one, arguments));
            assertThat(card.target()).isInstanceOfSatisfying(Target.Gpu.class, gpu -> {
                assertThat(gpu.sm()).isEqualTo(capability);
                assertThat(gpu.multiprocessors()).isEqualTo(77);
                assertThat(gpu.sharedBytes()).isEqualTo(99 << 10);
                assertThat(gpu.l2()).isEqualTo(33 << 20);
                assertThat(gpu.hertz()).isEqualTo(1.2e9);
                assertThat(gpu.memoryBytesPerSecond()).isEqualTo(2.0 * 1e9 * 512 / 8 * 0.85);
            });
        }
    }

    @Test
    void anOlderCardIsRefusedInOneLine() {
        assertThatThrownBy(() -> new GpuDevice(new Simulator(numbers(75))))
                .isInstanceOf(DeviceException.class)
                .hasMessage("Some Card has compute capability 7.5; the kernels need 8.0 or later");
    }

    private static CardNumbers numbers(int capability) {
        return new CardNumbers("Some Card", capability, 77, 99 << 10, 100 << 10, 65536, 1536, 1024, 33 << 20, 1L << 30, 1_200_000_000L,
                1_000_000_000L, 512, 0);
    }

    static List<byte[]> run(Device device, Case one, List<byte[]> arguments) {
        return one.trial().run(device, arguments);
    }

    static List<byte[]> arguments(Case one) {
        return one.trial().arguments();
    }

    /// Most of the table is not there any more, only its int8 copy: what is left of it are the rows that may win.
    @Test
    void rowsThatCannotWinAreNotRead() {
        var op = new Op.TopLogits(500, 96, Element.F32, 2);
        var one = new Case(op, 1, 0);
        List<byte[]> arguments = arguments(one);
        MemorySegment table = MemorySegment.ofArray(arguments.get(1)), x = MemorySegment.ofArray(arguments.get(0));
        for (int v : new int[] {77, 300})
            for (int i = 0; i < op.width(); i++)
                table.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * (v * op.width() + i),
                        (v == 77 ? 3 : 2.9f) * x.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i));
        arguments.set(2, OpTrial.int8Head(op, arguments.get(1)));
        List<byte[]> expected, found;
        try (Device reference = Devices.open("reference", 1)) {
            expected = run(reference, one, arguments);
        }
        for (int v = 0; v < op.vocabulary(); v++)
            if (v != 77 && v != 300)
                for (int i = 0; i < op.width(); i++) table.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * (v * op.width() + i), 1e30f);
        try (Device card = new GpuDevice(new Simulator(Targets.H200), Targets.H200)) {
            found = run(card, one, arguments);
        }
        assertThat(found.get(3)).isEqualTo(expected.get(3));
        assertThat(found.get(4)).isEqualTo(expected.get(4));
    }

    /// In the sizes of a 2.4 B model, for every target.
    @Test
    void allAssembleAndStayInRegisters() throws Exception {
        var ptxas = Ptxas.find();
        assumeThat(ptxas).as("ptxas is on this machine").isPresent();
        List<Program> programs = List.of(
                OpPrograms.embed(new Op.Embed(128256, 2560, Element.BF16)),
                OpPrograms.norm(new Op.Norm(2560, 1e-5f, true)),
                OpPrograms.normQuantise(new Op.NormQuantise(6912, 1e-5f)),
                OpPrograms.quantise(new Op.Quantise(6912)),
                RopePrograms.ropeAppend(new Op.RopeAppend(20, 5, 128, 4096, 500000f, RopePairs.HALVES, Element.BF16)),
                RopePrograms.ropeAppend(new Op.RopeAppend(20, 5, 128, 4096, 500000f, RopePairs.NEIGHBOURS, Element.F32)),
                RopePrograms.ropeAppend(new Op.RopeAppend(20, 5, 128, 4096, 500000f, RopePairs.HALVES, Element.I8)),
                OpPrograms.attention(new Op.Attention(20, 5, 48, 4096, Element.BF16)),
                AttentionPrograms.parts(new Op.Attention(20, 5, 128, 4096, Element.BF16), "parts"),
                AttentionPrograms.parts(new Op.Attention(20, 5, 128, 4096, Element.I8), "parts"),
                AttentionPrograms.merge(new Op.Attention(20, 5, 128, 4096, Element.BF16), "merge"),
                AttentionPrograms.tiles(new Op.Attention(20, 5, 128, 4096, Element.BF16), "tiles"),
                AttentionPrograms.tiles(new Op.Attention(20, 5, 128, 4096, Element.I8), "tiles"),
                MatrixAttention.program(new Op.Attention(20, 5, 128, 4096, Element.BF16), "matrix"),
                MatrixAttention.program(new Op.Attention(20, 5, 128, 2049, Element.BF16), "matrix_odd"),
                MatrixAttention.program(new Op.Attention(12, 4, 64, 4096, Element.BF16), "matrix_64"),
                OpPrograms.head(new Op.Head(128256, 2560, Element.BF16, true)),
                OpPrograms.slices(new Op.TopLogits(128256, 2560, Element.BF16, 40), "slices"),
                OpPrograms.top(new Op.TopLogits(128256, 2560, Element.BF16, 40), "top"),
                Int8HeadPrograms.split(new Op.TopLogits(128256, 2560, Element.F16, 1), "split"),
                Int8HeadPrograms.near(new Op.TopLogits(128256, 2560, Element.F16, 1), "near"),
                Int8HeadPrograms.near(new Op.TopLogits(32000, 5120, Element.F16, 1), "near_wide"),
                Int8HeadPrograms.exact(new Op.TopLogits(128256, 2560, Element.F16, 1), "exact"));
        for (Program program : programs)
            // In a build, the newest, and the others in turn.
            for (int sm : Breadth.ALL ? new int[] {80, 89, 90} : new int[] {90, programs.indexOf(program) % 2 == 0 ? 80 : 89})
                assertThat(ptxas.get().assemble(PtxEmitter.emit(program, sm).ptx(), sm).local()).as(program.name()).isZero();
    }
}
