package tern.codegen.machine.x86;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import tern.codegen.machine.code.Condition;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.code.Operand;

/// Writes instructions as bytes.
///
/// Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, chapter 2: REX, VEX, EVEX, ModRM, SIB.
public final class Encoder implements tern.codegen.machine.code.Encoder {

    private static final int STACK = 4, BASE_WITH_DISPLACEMENT = 5, SIB = 4, RIP = 5;

    /// A field of four bytes that holds the distance to a constant.
    ///
    /// @param at  its first byte
    /// @param end of its instruction, which the distance counts from
    public record Reference(int at, int end, Memory to) {}

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final List<Reference> references = new ArrayList<>();
    private final ToIntFunction<Register> numbers;
    private final ToIntFunction<Memory> constants;
    /// What short displacements count, in bytes.
    private int unit = 1;

    /// @param numbers   of the machine's registers, 0 to 31
    /// @param constants where a constant lies, counted as [#size] counts
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

    public List<Reference> references() {
        return references;
    }

    @Override
    public void put(Instruction.Plain one) {
        Opcode opcode = (Opcode) one.opcode();
        Form form = opcode.form();
        int register = form.register() < 0 ? Math.max(0, opcode.digit()) : number(one, form.register());
        Operand memory = form.memory() < 0 ? new Immediate(0) : one.operands().get(form.memory());
        int third = form.third() < 0 ? 0 : number(one, form.third());
        int index = memory instanceof Memory m && m.index() != null ? numbers.applyAsInt(m.index()) : 0;
        int base = memory instanceof Memory m && m.base() != null ? numbers.applyAsInt(m.base())
                : memory instanceof Register r ? numbers.applyAsInt(r)
                : form == Form.O_I64 ? number(one, 0) : 0;
        boolean small = form == Form.M_I && opcode.code() == 0x81 || form == Form.R_M_I;
        long immediate = form.immediate() >= 0 && one.operands().get(form.immediate()) instanceof Immediate(long value) ? value : 0;
        int immediateBytes = switch (form) {
            case M_I, R_M_I -> small && immediate == (byte) immediate ? 1 : 4;
            case M_I8, R_M_I8, M_R_I8, R_V_M_I8, V_M_I8, R_V_M_R -> 1;
            case O_I64 -> 8;
            case NONE, R_M, R_R, M_R, M, R_V_M, R_M_V -> 0;
        };
        if (isShort(one, base, immediate)) {
            // Of rax, and by one bit: as assemblers write them.
            boolean shift = form == Form.M_I8;
            legacy(one, shift ? opcode.code() | 0x10 : opcode.digit() << 3 | 5, 0, 0, base);
            if (shift) modRm(opcode.digit(), memory, 0);
            else number(immediate, 4);
            return;
        }
        if (form == Form.R_V_M_R) immediate = (long) number(one, 3) << 4;
        int code = opcode.code();
        if (small && immediateBytes == 1) code |= 2;
        if (form == Form.O_I64) code |= base & 7;
        Opcode.Evex evex = opcode.vex() ? opcode.evex(one, numbers) : null;
        unit = evex == null ? 1 : unit(opcode, evex, one.bits());
        if (evex != null) evex(opcode, evex, opcode.bits(one), register, third, memory instanceof Register ? base >> 1 : index, base);
        else if (opcode.vex()) vex(opcode, code, opcode.bits(one), register, third, index, base);
        else legacy(one, code, register, index, base);
        if (form.memory() >= 0) modRm(register, memory, immediateBytes);
        else if (opcode.equals(Integers.ENDBR64)) put(0xfa);
        else if (opcode.equals(Tiles.RELEASE)) put(0xc0);
        number(immediate, immediateBytes);
    }

    private static boolean isShort(Instruction.Plain one, int base, long immediate) {
        Opcode opcode = (Opcode) one.opcode();
        if (one.operands().isEmpty() || !(one.operands().getFirst() instanceof Register)) return false;
        if (opcode.form() == Form.M_I8) return opcode.code() == 0xc1 && immediate == 1;
        return opcode.form() == Form.M_I && opcode.code() == 0x81 && base == 0 && immediate != (byte) immediate;
    }

    private int number(Instruction.Plain one, int operand) {
        return numbers.applyAsInt((Register) one.operands().get(operand));
    }

    private static int prefix(int prefix) {
        return switch (prefix) {
            case 0x66 -> 1;
            case 0xf3 -> 2;
            case 0xf2 -> 3;
            default -> 0;
        };
    }

    private static int unit(Opcode opcode, Opcode.Evex evex, int bits) {
        int m = opcode.form().memory();
        if (evex.unit() > 0 || m < 0) return Math.max(1, evex.unit());
        return switch (opcode.size(m)) {
            case 'w' -> 2;
            case 'd' -> 4;
            case 'q' -> 8;
            default -> Math.max(1, Opcode.bits(opcode.size(m), bits) / 8);
        };
    }

    /// @param index its bit 3 is bit X: that of the index, or bit 4 of the register in the place of memory
    private void evex(Opcode opcode, Opcode.Evex evex, int bits, int register, int third, int index, int base) {
        put(0x62);
        put((register & 8) << 4 ^ 0x80 | (index & 8) << 3 ^ 0x40 | (base & 8) << 2 ^ 0x20 | register & 16 ^ 0x10 | opcode.map());
        put((evex.wide() ? 0x80 : 0) | (~third & 15) << 3 | 4 | prefix(evex.prefix()));
        put((evex.zeroes() ? 0x80 : 0) | bits / 256 << 5 | (third & 16) >> 1 ^ 8 | (evex.masked() ? 1 : 0));
        put(evex.code());
    }

    private void vex(Opcode opcode, int code, int bits, int register, int third, int index, int base) {
        int prefix = prefix(opcode.prefix());
        int length = bits / 256 << 2, last = (~third & 15) << 3 | length | prefix;
        if (opcode.map() == 1 && !opcode.wide() && index < 8 && base < 8) {
            put(0xc5, (register < 8 ? 0x80 : 0) | last);
        } else {
            put(0xc4, (register < 8 ? 0x80 : 0) | (index < 8 ? 0x40 : 0) | (base < 8 ? 0x20 : 0) | opcode.map());
            put((opcode.wide() ? 0x80 : 0) | last);
        }
        put(code);
    }

    private void legacy(Instruction.Plain one, int code, int register, int index, int base) {
        Opcode opcode = (Opcode) one.opcode();
        if (opcode.prefix() != 0) put(opcode.prefix());
        int rex = (opcode.wide() ? 8 : 0) | (register < 8 ? 0 : 4) | (index < 8 ? 0 : 2) | (base < 8 ? 0 : 1);
        // Without a prefix, numbers 4 to 7 are the second bytes of the first four registers.
        boolean lowByte = false;
        for (int i = 0; i < one.operands().size() && i < opcode.operands().size(); i++)
            lowByte |= opcode.size(i) == 'b' && one.operands().get(i) instanceof Register r && numbers.applyAsInt(r) >= 4;
        if (rex != 0 || lowByte) put(0x40 | rex);
        if (opcode.map() > 0) put(0x0f);
        put(code);
    }

    private void modRm(int register, Operand operand, int bytesBehind) {
        int field = (register & 7) << 3;
        switch (operand) {
            case Register r -> put(0xc0 | field | numbers.applyAsInt(r) & 7);
            case Memory m when m.constant() >= 0 -> {
                put(field | RIP);
                int end = bytes.size() + 4 + bytesBehind;
                references.add(new Reference(bytes.size(), end, m));
                number(constants.applyAsInt(m) - end, 4);
            }
            case Memory m -> address(field, m);
            case Immediate _ -> throw new IllegalArgumentException("an immediate has no place in ModRM");
        }
    }

    private void address(int field, Memory m) {
        if (m.base() == null) throw new IllegalArgumentException("an address without a base");
        int base = numbers.applyAsInt(m.base()) & 7, displacement = m.displacement();
        boolean none = displacement == 0 && base != BASE_WITH_DISPLACEMENT,
                small = displacement % unit == 0 && displacement / unit == (byte) (displacement / unit);
        int mode = none ? 0 : small ? 0x40 : 0x80;
        if (m.index() == null && base != STACK) {
            put(mode | field | base);
        } else {
            int index = m.index() == null ? STACK : numbers.applyAsInt(m.index()) & 7;
            put(mode | field | SIB, Integer.numberOfTrailingZeros(m.scale()) << 6 | index << 3 | base);
        }
        if (!none) number(small ? displacement / unit : displacement, small ? 1 : 4);
    }

    @Override
    public int size(Instruction.Jump jump, boolean far) {
        return !far ? 2 : jump.condition() == null ? 5 : 6;
    }

    @Override
    public boolean reaches(int distance) {
        return distance == (byte) distance;
    }

    @Override
    public void jump(Instruction.Jump jump, int distance, boolean far) {
        Condition condition = jump.condition();
        if (!far) put(condition == null ? 0xeb : 0x70 | Conditions.number(condition));
        else if (condition == null) put(0xe9);
        else put(0x0f, 0x80 | Conditions.number(condition));
        number(distance, far ? 4 : 1);
    }

    /// Does nothing, in up to nine bytes an instruction.
    @Override
    public void pad(int count) {
        String[] noOperations = {
            "90", "6690", "0f1f00", "0f1f4000", "0f1f440000", "660f1f440000", "0f1f8000000000", "0f1f840000000000", "660f1f840000000000"};
        for (int left = count; left > 0;) {
            int now = Math.min(left, noOperations.length);
            bytes.writeBytes(java.util.HexFormat.of().parseHex(noOperations[now - 1]));
            left -= now;
        }
    }

    public void put(int... values) {
        for (int value : values) bytes.write(value);
    }

    private void number(long value, int count) {
        for (int i = 0; i < count; i++) bytes.write((int) (value >> 8 * i));
    }
}
