package tern.codegen.machine;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tern.codegen.machine.code.Bank;
import tern.codegen.machine.code.Condition;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Opcode;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.code.Operand;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Type;

/// A procedure being written, on virtual registers.
final class Code {

    /// Bytes of a constant, which any instruction may read whole.
    static final int CONSTANT = 64;

    /// From the label at its head to the label after its end.
    ///
    /// @param loop that it is; null where it is of the code's own making
    record Range(int head, int end, Loop.@Nullable For loop) {}

    final InstructionSet set;
    /// Where the frame lies, throughout.
    final Register base;
    private final List<Instruction> main = new ArrayList<>();
    private List<Instruction> current = main;
    private final List<Range> loops = new ArrayList<>();
    private final List<byte[]> constants = new ArrayList<>();
    private final Map<ByteBuffer, Integer> numbers = new HashMap<>();
    private int registers = 1;
    private int labels;
    private int frame;
    private int line;

    /// @param frame bytes of the frame that are taken
    Code(InstructionSet set, int frame) {
        this.set = set;
        this.base = new Register(Bank.GENERAL, FrameLayout.REGISTER, set.frame());
        this.frame = frame;
    }

    List<Instruction> instructions() {
        return main;
    }

    List<Range> loops() {
        return loops;
    }

    List<byte[]> constants() {
        return constants;
    }

    int frame() {
        return frame;
    }

    int registers() {
        return registers;
    }

    void line(int number) {
        line = number;
    }

    int line() {
        return line;
    }

    // Registers and memory

    Register general() {
        return new Register(Bank.GENERAL, registers++, -1);
    }

    Register vector() {
        return new Register(Bank.VECTOR, registers++, -1);
    }

    Register fixed(int number) {
        return new Register(Bank.GENERAL, registers++, number);
    }

    /// Bytes of the frame for passing lanes through memory.
    Memory area(int bytes) {
        frame = (frame + CONSTANT - 1) / CONSTANT * CONSTANT;
        Memory area = Memory.at(base, frame);
        frame += bytes;
        return area;
    }

    /// A vector whose lanes repeat `value`.
    Memory constant(int laneBits, long value) {
        byte[] all = new byte[CONSTANT];
        for (int i = 0; i < CONSTANT; i++) all[i] = (byte) (value >> 8 * (i % (laneBits / 8)));
        return constant(all);
    }

    Memory constant(byte[] bytes) {
        byte[] all = Arrays.copyOf(bytes, CONSTANT);
        Integer known = numbers.get(ByteBuffer.wrap(all));
        if (known == null) {
            known = constants.size();
            constants.add(all);
            numbers.put(ByteBuffer.wrap(all), known);
        }
        return Memory.constant(known);
    }

    /// Of [Expr.Int] or [Expr.Real], in every lane.
    Memory constant(Expr expr) {
        return constant(expr.type().element().bits(), bits(expr));
    }

    /// Of a lane of [Expr.Int] or [Expr.Real].
    static long bits(Expr expr) {
        return switch (expr) {
            case Expr.Int(_, long value) -> value;
            case Expr.Real(Type type, float value) -> switch (type.element()) {
                case F16 -> Float.floatToFloat16(value);
                case BF16 -> Avx2Conversions.bf16(value);
                default -> Float.floatToRawIntBits(value);
            };
            default -> throw new IllegalArgumentException("no constant: " + expr);
        };
    }

    // Instructions

    void put(Instruction instruction) {
        current.add(instruction);
    }

    void put(Opcode opcode, boolean wide, Operand... operands) {
        put(opcode, wide ? set.vectorBits() : 128, operands);
    }

    /// @param bits of its vectors
    void put(Opcode opcode, int bits, Operand... operands) {
        current.add(new Instruction.Plain(opcode, bits, List.of(operands), line));
    }

    void put(Opcode opcode, Operand... operands) {
        put(opcode, false, operands);
    }

    /// A vector instruction that writes a new register, its first operand.
    Register vector(Opcode opcode, boolean wide, Operand... sources) {
        return into(vector(), opcode, wide, sources);
    }

    /// An integer instruction that writes a new register, its first operand.
    Register general(Opcode opcode, Operand... sources) {
        return into(general(), opcode, false, sources);
    }

    private Register into(Register target, Opcode opcode, boolean wide, Operand... sources) {
        Operand[] all = new Operand[sources.length + 1];
        all[0] = target;
        System.arraycopy(sources, 0, all, 1, sources.length);
        put(opcode, wide, all);
        return target;
    }

    /// An instruction on a copy of its first operand.
    Register modify(Opcode opcode, Register a, Operand... others) {
        return into(copy(a), opcode, false, others);
    }

    Register copy(Register from) {
        Register to = from.bank() == Bank.GENERAL ? general() : vector();
        move(to, from);
        return to;
    }

    void move(Register to, Register from) {
        current.add(set.move(to, from, line));
    }

    void load(Register to, Memory from) {
        current.add(set.load(to, from, line));
    }

    /// `to = from`, by letting the instructions just written that compute `from` compute `to`, if they allow it.
    void assign(Register to, Register from) {
        int first = current.size();
        boolean found = false;
        while (first > 0 && !found && current.get(first - 1) instanceof Instruction.Plain one) {
            first--;
            found = defines(one, from);
            if (!found && mentions(one, to)) break;
        }
        if (!found || !(current.get(first) instanceof Instruction.Plain start) || writes(start, to)) {
            move(to, from);
            return;
        }
        for (int i = first; i < current.size(); i++)
            if (current.get(i) instanceof Instruction.Plain one) current.set(i, Rename.of(one, r -> r.equals(from) ? to : r));
    }

    private static boolean defines(Instruction.Plain one, Register register) {
        return !one.operands().isEmpty() && one.operands().getFirst().equals(register) && one.opcode().writes(0) && !one.opcode().reads(0);
    }

    private static boolean writes(Instruction.Plain one, Register register) {
        for (int i = 0; i < one.operands().size(); i++)
            if (one.opcode().writes(i) && one.operands().get(i).equals(register)) return true;
        return false;
    }

    private static boolean mentions(Instruction.Plain one, Register register) {
        boolean[] found = {false};
        Rename.of(one, r -> {
            found[0] |= r.equals(register);
            return r;
        });
        return found[0];
    }

    // Flow

    int label() {
        return labels++;
    }

    void place(int label) {
        current.add(new Instruction.Label(label, false));
    }

    void jump(@Nullable Condition condition, int label) {
        current.add(new Instruction.Jump(condition, label));
    }

    /// Begins a loop, of which its end is placed later.
    Range head(Loop.@Nullable For loop) {
        Range range = new Range(label(), label(), loop);
        current.add(new Instruction.Label(range.head(), true));
        loops.add(range);
        return range;
    }

    /// Writes to another list meanwhile.
    void aside(List<Instruction> list, Runnable writing) {
        List<Instruction> before = current;
        current = list;
        writing.run();
        current = before;
    }

    void append(List<Instruction> list) {
        current.addAll(list);
    }
}
