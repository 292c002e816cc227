package tern.codegen.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import tern.codegen.machine.arm64.Integers;
import tern.codegen.machine.arm64.Opcode;
import tern.codegen.machine.arm64.Text;
import tern.codegen.machine.arm64.Vectors;
import tern.codegen.machine.arm64.Works;
import tern.codegen.machine.code.Bank;
import tern.codegen.machine.code.Encoder;
import tern.codegen.machine.code.Feature;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Labels;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.code.Operand;
import tern.ir.target.Core.Work;

/// AArch64 with NEON, by its procedure call standard (AAPCS64): the frame comes in x0, which stays. Only registers that a called function may use
/// are used, so that none is saved: x16 is for addresses out of reach, x18 the system's, and v8 to v15 are the caller's in part.
record Arm64(Set<Feature> features) implements InstructionSet {

    private static final int[] GENERAL = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17};
    private static final int[] VECTOR = {0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
    private static final Register DISTANCE = new Register(Bank.GENERAL, -1, 16);

    @Override
    public int vectorBits() {
        return 128;
    }

    @Override
    public int frame() {
        return 0;
    }

    @Override
    public int[] registers(Bank bank) {
        return bank == Bank.GENERAL ? GENERAL : VECTOR;
    }

    @Override
    public Set<Integer> kept() {
        return Set.of();
    }

    @Override
    public General general(Code code) {
        return new Arm64General(code);
    }

    @Override
    public Lanes lanes(Selection at, Values values) {
        return new NeonLanes(at, values, features);
    }

    @Override
    public TileProducts tiles(Selection at, Loops loops) {
        if (!features.contains(Feature.I8MM)) throw at.refuse("products of tiles without i8mm");
        return new SmmlaProducts(at, loops);
    }

    @Override
    public Instruction.Plain move(Register to, Register from, int line) {
        return to.bank() == Bank.GENERAL ? plain(Integers.MOV, line, to, from) : plain(Vectors.MOV, line, to, from);
    }

    @Override
    public Instruction.Plain load(Register to, Memory from, int line) {
        return plain(to.bank() == Bank.GENERAL ? Integers.LDR : Vectors.LDR_Q, line, to, from);
    }

    @Override
    public Instruction.Plain store(Memory to, Register from, int line) {
        return plain(from.bank() == Bank.GENERAL ? Integers.STR : Vectors.STR_Q, line, from, to);
    }

    @Override
    public boolean isCopy(Instruction.Plain one) {
        return one.opcode().equals(Integers.MOV) || one.opcode().equals(Vectors.MOV);
    }

    @Override
    public int folds(Instruction.Plain one, Register register) {
        return -1;
    }

    @Override
    public List<Instruction> function(List<Instruction> code, List<Integer> kept, FrameLayout frame, ToIntFunction<Register> numbers) {
        return function(code, kept, frame, List.of(), List.of());
    }

    @Override
    public List<Instruction> function(List<Instruction> code, List<Integer> kept, FrameLayout frame, List<Instruction> entry, List<Instruction> exit) {
        List<Instruction> all = new ArrayList<>();
        for (List<Instruction> part : List.of(entry, code, exit))
            for (Instruction instruction : part)
                if (instruction instanceof Instruction.Plain one) all.addAll(reaching(one));
                else all.add(instruction);
        all.add(plain(Integers.RET, 0));
        return all;
    }

    @Override
    public CEntry.Convention convention() {
        return new Arm64Convention();
    }

    @Override
    public boolean constantsFollow() {
        return true;
    }

    /// An instruction that cannot reach its place in memory, with the distance in a register.
    private static List<Instruction> reaching(Instruction.Plain one) {
        List<Operand> operands = new ArrayList<>(one.operands());
        List<Instruction> all = new ArrayList<>();
        for (int o = 0; o < operands.size(); o++)
            if (operands.get(o) instanceof Memory m && !tern.codegen.machine.arm64.Encoder.reaches((Opcode) one.opcode(), m)) {
                if (m.index() != null) throw new IllegalStateException("an address of three parts");
                all.addAll(number(DISTANCE, m.displacement(), one.line()));
                operands.set(o, new Memory(m.base(), DISTANCE, 1, 0, -1));
            }
        all.add(new Instruction.Plain(one.opcode(), one.bits(), operands, one.line()));
        return all;
    }

    /// A number by its parts of 16 bits: those that are not as the others.
    static List<Instruction> number(Register to, long value, int line) {
        long fill = value < 0 ? 0xffff : 0;
        List<Instruction> all = new ArrayList<>();
        for (long up = 0; up < 64; up += 16) {
            long part = value >>> up & 0xffff;
            if (part == fill) continue;
            boolean first = all.isEmpty(), ones = first && fill != 0;
            all.add(plain(ones ? Integers.MOVN : first ? Integers.MOVZ : Integers.MOVK, line, to, new Immediate(ones ? ~part & 0xffff : part),
                    new Immediate(up)));
        }
        if (all.isEmpty()) all.add(plain(fill != 0 ? Integers.MOVN : Integers.MOVZ, line, to, new Immediate(0), new Immediate(0)));
        return all;
    }

    private static Instruction.Plain plain(Opcode opcode, int line, Operand... operands) {
        return new Instruction.Plain(opcode, 128, List.of(operands), line);
    }

    @Override
    public List<Instruction> stepLoop() {
        return Arm64StepLoop.code();
    }

    @Override
    public Encoder encoder(ToIntFunction<Register> numbers, ToIntFunction<Memory> constants) {
        return new tern.codegen.machine.arm64.Encoder(numbers, constants);
    }

    @Override
    public Function<Instruction, String> text(ToIntFunction<Register> numbers) {
        return new Text(numbers)::of;
    }

    @Override
    public Function<Instruction, String> exactly(ToIntFunction<Register> numbers, Labels labels) {
        return new Text(numbers, labels)::of;
    }

    @Override
    public String comment() {
        return "//";
    }

    @Override
    public List<Work> works(Instruction.Plain one) {
        return Works.of(one);
    }
}
