package tern.codegen.jvm.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tern.codegen.jvm.probe.CpuProbe;
import tern.codegen.machine.MachineCode;
import tern.codegen.machine.MachineEmitter;
import tern.codegen.machine.code.Feature;
import tern.ir.Element;
import tern.ir.Op;
import tern.ir.device.LoweredOp;
import tern.ir.device.OpLowering;
import tern.ir.device.Proved;
import tern.ir.loop.Program;
import tern.ir.target.Target;

/// What is kept of an operation is all that a launch asks for, under its own sizes, processor and build alone.
class KeptOperationTest {

    private static final Target.Cpu TARGET = CpuProbe.target(2, CpuProbe.isa(), 256);

    private static final Set<Feature> FEATURES = EnumSet.copyOf(Feature.NEEDED);

    @TempDir
    Path cache;

    static List<Op> ops() {
        return List.of(
                new Op.Embed(300, 128, Element.F16),
                new Op.NormQuantise(256, 1e-5f),
                new Op.Norm(128, 1e-5f, true),
                new Op.RopeAppend(8, 2, 64, 200, 10_000, Op.RopePairs.HALVES, Element.BF16),
                new Op.Attention(8, 2, 64, 200, Element.BF16),
                new Op.RaggedBatch(new Op.Attention(8, 2, 64, 200, Element.I8), 5, 20),
                new Op.Head(300, 128, Element.F16, false),
                new Op.TopLogits(300, 128, Element.F16, 4),
                new Op.RaggedBatch(new Op.TopLogits(300, 128, Element.BF16, 4), 3));
    }

    @ParameterizedTest
    @MethodSource("ops")
    void isAllThatALaunchAsksFor(Op op) {
        LoweredOp lowered = ServiceLoader.load(OpLowering.class).findFirst().orElseThrow().lower(op, TARGET);
        MachineCode code = MachineEmitter.emit(Proved.of(lowered.program()), FEATURES);
        store("a").keep(op, TARGET, FEATURES, new KeptOperation(lowered, code));
        KeptOperation kept = store("a").find(op, TARGET, FEATURES, () -> "text").orElseThrow();

        assertThat(kept.lowered().schedule()).isEqualTo(lowered.schedule());
        assertThat(kept.lowered().tables()).usingElementComparator(Arrays::compare).isEqualTo(lowered.tables());
        assertThat(kept.code().bytes()).isEqualTo(code.bytes());
        assertThat(kept.code().frame()).isEqualTo(code.frame());
        assertThat(kept.code().phases()).hasSameSizeAs(code.phases());
        assertThat(kept.code().listing()).isEqualTo("text");
        Program program = kept.code().program();
        assertThat(program.name()).isEqualTo(lowered.program().name());
        assertThat(program.scalars()).isEqualTo(lowered.program().scalars());
        assertThat(program.buffers()).isEqualTo(lowered.program().buffers());
        for (int p = 0; p < code.phases().size(); p++) same(program, kept.code().phases().get(p), code.phases().get(p));
    }

    private static void same(Program program, MachineCode.Phase kept, MachineCode.Phase made) {
        assertThat(kept.entry()).isEqualTo(made.entry());
        Trips found = Trips.of(program.name(), kept.loops()), expected = Trips.of(program.name(), made.loops());
        assertThat(found == null).isEqualTo(expected == null);
        if (found == null || expected == null) return;
        assertThat(found.varies()).isEqualTo(expected.varies());
        for (int n : new int[] {1, 3})
            for (int position : new int[] {0, 70}) assertThat(found.at(n, position)).isEqualTo(expected.at(n, position));
    }

    @ParameterizedTest
    @MethodSource("ops")
    void servesItsOwnAlone(Op op) {
        LoweredOp lowered = ServiceLoader.load(OpLowering.class).findFirst().orElseThrow().lower(op, TARGET);
        store("a").keep(op, TARGET, FEATURES, new KeptOperation(lowered, MachineEmitter.emit(Proved.of(lowered.program()), FEATURES)));
        for (Op other : ops()) assertThat(store("a").find(other, TARGET, FEATURES, () -> "").isPresent()).isEqualTo(other.equals(op));
        assertThat(store("b").find(op, TARGET, FEATURES, () -> "")).isEmpty();
        assertThat(store("a").find(op, CpuProbe.target(3, CpuProbe.isa(), 256), FEATURES, () -> "")).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("ops")
    void bytesThatNobodyWroteAreNone(Op op) {
        LoweredOp lowered = ServiceLoader.load(OpLowering.class).findFirst().orElseThrow().lower(op, TARGET);
        byte[] bytes = new KeptOperation(lowered, MachineEmitter.emit(Proved.of(lowered.program()), FEATURES)).bytes();
        for (int length : List.of(0, 3, 20)) assertThat(KeptOperation.read(Arrays.copyOf(bytes, length), () -> "")).isEmpty();
        byte[] shifted = new byte[bytes.length];
        System.arraycopy(bytes, 0, shifted, 1, bytes.length - 1);
        assertThat(KeptOperation.read(shifted, () -> "")).isEmpty();
    }

    private CodeStore store(String generation) {
        return CodeStore.in(cache, generation).orElseThrow();
    }
}
