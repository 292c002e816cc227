package tern.codegen.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand;
import tern.codegen.machine.x86.Form;
import tern.codegen.machine.x86.Integers;
import tern.codegen.machine.x86.Opcode;
import tern.codegen.machine.x86.Vectors;
import tern.ir.device.Buffer;
import tern.ir.device.Proved;
import tern.ir.loop.Buf;
import tern.ir.loop.LoopParser;
import tern.ir.loop.Program;
import tern.ir.reference.ReferenceDevice;
import tern.ir.text.Source;

/// Machine code with one kind of error in it differs from the interpreter; without, it does not. So the comparison would find such an error
/// in the emitter.
class MutantsTest {

    private static final Program PROGRAM = LoopParser.parse(new Source("mutants.tir", """
            program mutants source "mutants.tir"
              in w: u8[256]
              in x: i8[256]
              in s: i32[256]
              in t: i16[16]
              out y: i16[128]
            {
              for i in 0..8 {
                let digits: u8x32 = w[i * 32 +: 32] >>> 2 & 3:u8x32
                let narrow: i16x16 = s[i * 32 +: 16] as i16x16
                y[i * 16 +: 16] = dot(0:i16x16, digits, x[i * 32 +: 32]) ^ narrow ^ lookup(t[0 +: 16], w[i * 32 +: 16] as i16x16)
              }
            }
            """));

    /// Errors to plant.
    enum Mutant {
        SHIFT {
            @Override
            Instruction.Plain of(Instruction.Plain one) {
                if (((Opcode) one.opcode()).form() != Form.V_M_I8 || !(one.operands().get(2) instanceof Immediate(long count))) return one;
                return with(one, one.opcode(), 2, new Immediate(count + 1));
            }
        },
        MASK {
            @Override
            Instruction.Plain of(Instruction.Plain one) {
                return one.opcode().equals(Vectors.AND) ? with(one, Vectors.OR, 0, one.operands().getFirst()) : one;
            }
        },
        SATURATION {
            @Override
            Instruction.Plain of(Instruction.Plain one) {
                return one.opcode().equals(Vectors.PACKUSDW) ? with(one, Vectors.PACKSSDW, 0, one.operands().getFirst()) : one;
            }
        },
        DISPLACEMENT {
            @Override
            Instruction.Plain of(Instruction.Plain one) {
                return one.opcode().equals(Vectors.MADDUBSW) && one.operands().get(2) instanceof Memory place
                        ? with(one, one.opcode(), 2, place.plus(1))
                        : one;
            }
        },
        STRIDE {
            @Override
            Instruction.Plain of(Instruction.Plain one) {
                boolean grows = one.opcode().equals(Integers.ADD_I) && one.operands().get(1) instanceof Immediate(long bytes) && bytes == 32;
                return grows ? with(one, one.opcode(), 1, new Immediate(16)) : one;
            }
        },
        OPERANDS {
            @Override
            Instruction.Plain of(Instruction.Plain one) {
                return one.opcode().equals(Vectors.BLENDV) ? with(one, one.opcode(), 1, one.operands().get(2)) : one;
            }
        };

        abstract Instruction.Plain of(Instruction.Plain one);

        static Instruction.Plain with(Instruction.Plain one, tern.codegen.machine.code.Opcode opcode, int operand, Operand other) {
            List<Operand> operands = new ArrayList<>(one.operands());
            operands.set(operand, other);
            return new Instruction.Plain(opcode, one.bits(), operands, one.line());
        }
    }

    @BeforeEach
    void needsMachineCode() {
        String obstacle = ExecutableMemory.obstacle();
        Assumptions.assumeTrue(obstacle == null, obstacle);
    }

    @Test
    void withoutAnErrorAllIsTheSame() {
        byte[][] inputs = inputs();
        assertThat(machine(inputs, UnaryOperator.identity())).isEqualTo(reference(inputs));
    }

    @ParameterizedTest
    @EnumSource
    void isCaught(Mutant mutant) {
        byte[][] inputs = inputs();
        int[] planted = {0};
        byte[] result = machine(inputs, instruction -> {
            if (!(instruction instanceof Instruction.Plain one)) return instruction;
            Instruction.Plain changed = mutant.of(one);
            if (!changed.equals(one)) planted[0]++;
            return changed;
        });
        assertThat(planted[0]).as("errors planted").isPositive();
        assertThat(result).isNotEqualTo(reference(inputs));
    }

    private static byte[][] inputs() {
        Random random = new Random(5);
        return PROGRAM.parameters().stream().map(buffer -> {
            byte[] bytes = new byte[elements(buffer) * buffer.element().bytes()];
            if (buffer.scope() == Buf.Scope.IN) random.nextBytes(bytes);
            return bytes;
        }).toArray(byte[][]::new);
    }

    private static int elements(Buf buffer) {
        return switch (buffer.name()) {
            case "t" -> 16;
            case "y" -> 128;
            default -> 256;
        };
    }

    private static byte[] reference(byte[][] inputs) {
        try (var device = new ReferenceDevice()) {
            List<Buffer> arguments = new ArrayList<>();
            for (byte[] input : inputs) {
                Buffer buffer = device.allocate(input.length);
                buffer.write(0, MemorySegment.ofArray(input));
                arguments.add(buffer);
            }
            device.compile(PROGRAM).launch(arguments, 1, 0);
            byte[] result = new byte[inputs[inputs.length - 1].length];
            arguments.getLast().read(0, MemorySegment.ofArray(result));
            return result;
        }
    }

    private static byte[] machine(byte[][] inputs, UnaryOperator<Instruction> last) {
        MachineCode emitted = MachineEmitter.emit(Proved.of(PROGRAM), ExecutableMemory.features(), last);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment code = ExecutableMemory.of(emitted.bytes(), "mutant", arena), frame = arena.allocate(emitted.frame(), 64);
            List<MemorySegment> memory = Arrays.stream(inputs).map(input -> {
                // Room on both sides for what an error reads or writes out of bounds.
                MemorySegment whole = arena.allocate(input.length + 2048L, 64);
                MemorySegment.copy(MemorySegment.ofArray(input), 0, whole, 1024, input.length);
                return whole.asSlice(1024, input.length);
            }).toList();
            for (int i = 0; i < memory.size(); i++)
                frame.setAtIndex(ValueLayout.JAVA_LONG, FrameLayout.BUFFERS + i, memory.get(i).address());
            frame.setAtIndex(ValueLayout.JAVA_LONG, FrameLayout.END, 1);
            frame.setAtIndex(ValueLayout.JAVA_LONG, FrameLayout.PARTS, 1);
            ExecutableMemory.call(code.address() + emitted.phases().getFirst().entry(), frame.address());
            return memory.getLast().toArray(ValueLayout.JAVA_BYTE);
        }
    }
}
