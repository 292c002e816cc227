package tern.codegen.jvm.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tern.codegen.machine.ExecutableMemory;
import tern.codegen.machine.x86.Opcode;
import tern.codegen.machine.x86.Vectors;
import tern.ir.device.Device;
import tern.ir.device.Proved;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Program;
import tern.ir.loop.Var;
import tern.ir.reference.ReferenceDevice;

/// Machine code against the interpreter, byte for byte.
class MachineCodeTest {

    @BeforeEach
    void needsMachineCode() {
        String obstacle = ExecutableMemory.obstacle();
        Assumptions.assumeTrue(obstacle == null, obstacle);
    }

    @Test
    void agreesWithTheReferenceOnRandomPrograms() {
        check(Long.getLong("seed", 1), Integer.getInteger("programs", 400));
    }

    @Test
    void agreesWithTheReferenceOnALoopOverWeights() {
        try (Device reference = new ReferenceDevice(); Device one = device(1); Device three = device(3)) {
            for (int blocksAtOnce : new int[] {1, 4, 8}) {
                Program program = new Gemv(8, 57, blocksAtOnce).program();
                compare(reference, program, new Random(1), one, three);
            }
        }
    }

    /// Each vector instruction that means something in Loop IR is what that becomes, and does what the interpreter does.
    @Test
    void instructionsDoWhatTheyMean() {
        int meant = 0;
        try (Device reference = new ReferenceDevice(); CpuDevice one = device(1)) {
            for (Opcode opcode : Vectors.ALL)
                for (Expr meaning : opcode.meanings()) {
                    Program program = only(meaning);
                    assertThat(one.compile(Proved.wrapping(program)).listing()).as("%s", meaning).contains(opcode.name() + " ");
                    for (int seed = 0; seed < 5; seed++) compare(reference, program, new Random(seed), one);
                    meant++;
                }
        }
        assertThat(meant).isGreaterThan(100);
    }

    /// Loads what the expression names, and stores it.
    private static Program only(Expr meaning) {
        List<Expr> operands = switch (meaning) {
            case Expr.Binary(_, Expr a, Expr b) -> List.of(a, b);
            case Expr.Compare(_, Expr a, Expr b) -> List.of(a, b);
            case Expr.Unary(_, Expr a) -> List.of(a);
            case Expr.Convert(_, Expr a) -> List.of(a);
            default -> throw new AssertionError("no meaning of one instruction: " + meaning);
        };
        List<Buf> buffers = new ArrayList<>();
        List<Loop> steps = new ArrayList<>();
        for (Expr operand : operands) {
            if (!(operand instanceof Expr.Ref(Var var))) throw new AssertionError("no operand: " + operand);
            Buf buffer = Buf.in("in_" + var, var.type().element(), Expr.i32(var.type().lanes()), null);
            buffers.add(buffer);
            steps.add(new Loop.Let(var, Expr.load(buffer, Expr.i32(0), var.type().lanes())));
        }
        Buf out = Buf.out("result", meaning.type().element(), Expr.i32(meaning.type().lanes()));
        buffers.add(out);
        steps.add(new Loop.Store(out, Expr.i32(0), meaning, null));
        return new Program("meaning", "meaning.tir", List.of(), buffers, new Loop.At(1, Loop.block(steps)));
    }

    private static CpuDevice device(int threads) {
        return new CpuDevice(threads, CodeChoice.MACHINE);
    }

    private static void check(long seed, int count) {
        try (Device reference = new ReferenceDevice(); Device one = device(1); Device three = device(3)) {
            int first = Integer.getInteger("first", 0);
            for (int i = first; i < first + count; i++) {
                Random random = new Random(seed * 1_000_003 + i);
                compare(reference, new RandomPrograms(random).program(i), random, i % 4 == 0 ? three : one);
            }
        }
    }

    private static void compare(Device reference, Program program, Random random, Device... devices) {
        List<byte[]> inputs = Differential.inputs(program, 1, 0, random);
        List<byte[]> expected = Differential.run(reference, program, inputs, 1, 0, 1);
        for (Device device : devices) {
            List<byte[]> actual = Differential.run(device, program, inputs, 1, 0, 1);
            assertThat(actual).hasSameSizeAs(expected);
            for (int i = 0; i < expected.size(); i++)
                Differential.compare(program, "machine code", program.parameters().get(i), expected.get(i), actual.get(i));
        }
    }
}
