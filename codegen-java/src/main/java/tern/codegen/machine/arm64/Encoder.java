package tern.codegen.machine.arm64;

import java.io.ByteArrayOutputStream;
import java.util.function.ToIntFunction;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;

/// Writes instructions as words, little endian.
public final class Encoder implements tern.codegen.machine.code.Encoder {

    private static final int NO_OPERATION = 0xd503201f, JUMP = 0x14000000, JUMP_IF = 0x54000000, SCALED = 1 << 24;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final ToIntFunction<Register> numbers;
    private final ToIntFunction<Memory> constants;

    public Encoder(ToIntFunction<Register> numbers, ToIntFunction<Memory> constants) {
        this.numbers = numbers;
        this.constants = constants;
    }

    @Override
    public int size() {
        return bytes.size();
    }

    @Override
    public byte[] bytes() {
        return bytes.toByteArray();
    }

    @Override
    public void put(Instruction.Plain one) {
        Opcode opcode = (Opcode) one.opcode();
        int word = opcode.code();
        for (int i = 0; i < opcode.operands().size(); i++) {
            Field field = opcode.field(i);
            word = switch (one.operands().get(i)) {
                case Register register -> word | field.register(numbers.applyAsInt(register));
                case Immediate(long value) -> word | field.bits(value);
                case Memory memory -> place(opcode, word, memory);
            };
        }
        put(word);
    }

    /// Whether an instruction has a form for such a place.
    public static boolean reaches(Opcode opcode, Memory memory) {
        if (memory.constant() >= 0) return true;
        int displacement = memory.displacement(), scale = opcode.scale();
        if (memory.index() != null) return displacement == 0 && memory.scale() == 1;
        return isScaled(displacement, scale) || displacement >= -256 && displacement < 256;
    }

    private static boolean isScaled(int displacement, int scale) {
        return displacement >= 0 && displacement >> scale < 4096 && displacement >> scale << scale == displacement;
    }

    private int place(Opcode opcode, int word, Memory memory) {
        if (memory.constant() >= 0) {
            int distance = constants.applyAsInt(memory) - bytes.size();
            if (opcode.equals(Integers.ADR)) return word | (distance & 3) << 29 | (distance >> 2 & 0x7ffff) << 5;
            if (opcode.scale() != 4) throw new IllegalArgumentException("a constant fills a register");
            return 0x9c000000 | word & 31 | (distance >> 2 & 0x7ffff) << 5;
        }
        Register base = memory.base(), index = memory.index();
        if (base == null || !reaches(opcode, memory)) throw new IllegalArgumentException("no such address: " + memory);
        int with = word | numbers.applyAsInt(base) << Field.N.number, displacement = memory.displacement();
        if (index != null) return with & ~SCALED | 1 << 21 | 0b011010 << 10 | numbers.applyAsInt(index) << 16;
        return isScaled(displacement, opcode.scale())
                ? with | displacement >> opcode.scale() << 10
                : with & ~SCALED | (displacement & 0x1ff) << 12;
    }

    @Override
    public int size(Instruction.Jump jump, boolean far) {
        return Integer.BYTES;
    }

    @Override
    public boolean reaches(int distance) {
        return distance >> 20 == distance >> 31;
    }

    @Override
    public void jump(Instruction.Jump jump, int distance, boolean far) {
        int words = distance + Integer.BYTES >> 2;
        if (far) throw new IllegalArgumentException("a jump of a megabyte");
        put(jump.condition() == null ? JUMP | words & 0x3ffffff : JUMP_IF | (words & 0x7ffff) << 5 | Conditions.number(jump.condition()));
    }

    @Override
    public void pad(int count) {
        for (int left = count; left > 0; left -= Integer.BYTES) put(NO_OPERATION);
    }

    private void put(int word) {
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) bytes.write(word >> shift);
    }
}
