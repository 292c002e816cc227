package tern;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tern.codegen.cuda.device.GpuDevice;
import tern.codegen.cuda.ptx.Instruction;
import tern.codegen.cuda.simulate.Simulator;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.Kernel;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Program;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.ir.target.Targets;

/// An instruction of the hardware does what its meaning in Loop IR says: the simulator runs the instruction, the reference the meaning.
class InstructionTest {

    static List<Instruction> instructions() {
        return Instruction.all();
    }

    @ParameterizedTest
    @MethodSource("instructions")
    void doesWhatItMeans(Instruction instruction) {
        Program program = program(instruction);
        List<byte[]> operands = operands(instruction);
        int[] expected, found;
        try (Device reference = Devices.open("reference", 1)) {
            expected = run(reference, reference.compile(program), operands, instruction);
        }
        try (Device card = new GpuDevice(new Simulator(Targets.H200), Targets.H200)) {
            Kernel kernel = card.compile(program);
            assertThat(kernel.listing()).contains(instruction.opcode() + " ");
            found = run(card, kernel, operands, instruction);
        }
        assertThat(found).isEqualTo(expected);
    }

    private static Program program(Instruction instruction) {
        var buffers = new ArrayList<Buf>();
        var steps = new ArrayList<Loop>();
        for (Var operand : instruction.operands()) {
            Buf buffer = Buf.in("of_" + operand, operand.type().element(), Expr.i32(operand.type().lanes()), null);
            buffers.add(buffer);
            steps.add(new Loop.Let(operand, Expr.load(buffer, Expr.i32(0), operand.type().lanes())));
        }
        Type type = instruction.meaning().type();
        Buf result = Buf.out("result", type.element(), Expr.i32(type.lanes()));
        buffers.add(result);
        steps.add(new Loop.Store(result, Expr.i32(0), instruction.meaning(), null));
        Var block = Var.value("block", Type.I32);
        return new Program("instruction", "test", List.of(), buffers, Loop.loop(block, 1, Binding.BLOCKS, Loop.block(steps)));
    }

    private static List<byte[]> operands(Instruction instruction) {
        var random = new SplittableRandom(9);
        var operands = new ArrayList<byte[]>();
        for (Var operand : instruction.operands()) {
            byte[] bytes = new byte[operand.type().bits() / 8];
            random.nextBytes(bytes);
            // Floats between 1/2 and 8 in size: no NaN, no infinity.
            int size = operand.type().element().bytes();
            if (operand.type().element().isFloat())
                for (int at = size - 1; at < bytes.length; at += size)
                    bytes[at] = (byte) (random.nextInt(2) << 7 | (random.nextBoolean() ? 0x3f : 0x40));
            operands.add(bytes);
        }
        return operands;
    }

    private static int[] run(Device device, Kernel kernel, List<byte[]> operands, Instruction instruction) {
        var buffers = new ArrayList<Buffer>();
        for (byte[] operand : operands) {
            Buffer buffer = device.allocate(operand.length);
            buffer.write(0, MemorySegment.ofArray(operand));
            buffers.add(buffer);
        }
        int[] result = new int[instruction.meaning().type().lanes()];
        Buffer out = device.allocate(4L * result.length);
        buffers.add(out);
        kernel.launch(buffers, 1, 0);
        out.read(0, MemorySegment.ofArray(result));
        return result;
    }
}
