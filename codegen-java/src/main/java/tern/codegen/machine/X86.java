package tern.codegen.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import tern.codegen.machine.code.Bank;
import tern.codegen.machine.code.Encoder;
import tern.codegen.machine.code.Feature;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Labels;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.code.Operand;
import tern.codegen.machine.x86.Form;
import tern.codegen.machine.x86.Integers;
import tern.codegen.machine.x86.Opcode;
import tern.codegen.machine.x86.Text;
import tern.codegen.machine.x86.Tiles;
import tern.codegen.machine.x86.Vectors;
import tern.codegen.machine.x86.Works;
import tern.ir.target.Core.Work;

/// x86-64 with AVX2 or AVX-512, by the System V calling convention: the frame comes in rdi, which stays.
record X86(Set<Feature> features) implements InstructionSet {

    static final int RAX = 0, RDX = 2;
    private static final int RDI = 7;

    /// Registers that a called function may use come first. The stack's and the frame's are nobody's.
    private static final int[] GENERAL = {0, 2, 1, 6, 8, 9, 10, 11, 3, 5, 12, 13, 14, 15};
    private static final int[] VECTOR = IntStream.range(0, 16).toArray(), VECTOR_OF_32 = IntStream.range(0, 32).toArray();
    /// Of the registers that are the caller's, the slot in the frame.
    private static final Map<Integer, Integer> SAVED = Map.of(3, 0, 5, 1, 12, 2, 13, 3, 14, 4, 15, 5);

    @Override
    public int vectorBits() {
        return features.contains(Feature.AVX512) ? 512 : 256;
    }

    @Override
    public int frame() {
        return RDI;
    }

    @Override
    public int[] registers(Bank bank) {
        return bank == Bank.GENERAL ? GENERAL : features.contains(Feature.AVX512) ? VECTOR_OF_32 : VECTOR;
    }

    @Override
    public Set<Integer> kept() {
        return SAVED.keySet();
    }

    @Override
    public General general(Code code) {
        return new X86General(code);
    }

    @Override
    public Lanes lanes(Selection at, Values values) {
        return features.contains(Feature.AVX512) ? new Avx512Lanes(at, values, features) : new Avx2Lanes(at, values, features);
    }

    @Override
    public TileProducts tiles(Selection at, Loops loops) {
        if (!features.contains(Feature.AMX)) throw at.refuse("products of tiles without AMX");
        return new AmxProducts(at, loops);
    }

    @Override
    public Instruction.Plain move(Register to, Register from, int line) {
        return new Instruction.Plain(to.bank() == Bank.GENERAL ? Integers.MOV : Vectors.LOAD, vectorBits(), List.of(to, from), line);
    }

    @Override
    public Instruction.Plain load(Register to, Memory from, int line) {
        return new Instruction.Plain(to.bank() == Bank.GENERAL ? Integers.MOV : Vectors.LOAD, vectorBits(), List.of(to, from), line);
    }

    @Override
    public Instruction.Plain store(Memory to, Register from, int line) {
        return new Instruction.Plain(from.bank() == Bank.GENERAL ? Integers.STORE64 : Vectors.STORE, vectorBits(), List.of(to, from), line);
    }

    @Override
    public boolean isCopy(Instruction.Plain one) {
        return (one.opcode().equals(Integers.MOV) || one.opcode().equals(Vectors.LOAD)) && one.operands().get(1) instanceof Register;
    }

    @Override
    public int folds(Instruction.Plain one, Register register) {
        Opcode opcode = (Opcode) one.opcode();
        int m = opcode.form().memory();
        if (!opcode.form().takesMemory() || !one.operands().get(m).equals(register)) return -1;
        boolean once = one.operands().stream().filter(register::equals).count() == 1;
        boolean whole = opcode.size(m) == 'q' || !opcode.writes(m) && opcode.form() != Form.M;
        return once && opcode.reads(m) && whole ? m : -1;
    }

    @Override
    public List<Instruction> function(List<Instruction> code, List<Integer> kept, FrameLayout frame, ToIntFunction<Register> numbers) {
        return function(code, kept, frame, List.of(), List.of());
    }

    /// @param entry comes before it, but for the mark of an entry
    @Override
    public List<Instruction> function(List<Instruction> code, List<Integer> kept, FrameLayout frame, List<Instruction> entry, List<Instruction> exit) {
        List<Instruction> all = new ArrayList<>();
        all.add(plain(Integers.ENDBR64));
        all.addAll(entry);
        for (int one : kept) all.add(store(frame.saved(SAVED.getOrDefault(one, 0)), machine(one), 0));
        all.addAll(code);
        for (int one : kept) all.add(load(machine(one), frame.saved(SAVED.getOrDefault(one, 0)), 0));
        if (code.stream().anyMatch(X86::configures)) all.add(plain(Tiles.RELEASE));
        all.add(plain(Vectors.ZERO_UPPER));
        all.addAll(exit);
        all.add(plain(Integers.RET));
        return all;
    }

    private static boolean configures(Instruction instruction) {
        return instruction instanceof Instruction.Plain one && one.opcode().equals(Tiles.CONFIGURE);
    }

    static Instruction plain(Opcode opcode, Operand... operands) {
        return new Instruction.Plain(opcode, 128, List.of(operands), 0);
    }

    static Register machine(int number) {
        return new Register(Bank.GENERAL, -1 - number, number);
    }

    @Override
    public CEntry.Convention convention() {
        return new X86Convention();
    }

    @Override
    public boolean constantsFollow() {
        return false;
    }

    @Override
    public List<Instruction> stepLoop() {
        return X86StepLoop.code();
    }

    @Override
    public Encoder encoder(ToIntFunction<Register> numbers, ToIntFunction<Memory> constants) {
        return new tern.codegen.machine.x86.Encoder(numbers, constants);
    }

    @Override
    public Function<Instruction, String> text(ToIntFunction<Register> numbers) {
        return new Text(numbers)::of;
    }

    @Override
    public Function<Instruction, String> exactly(ToIntFunction<Register> numbers, Labels labels) {
        return new Text(numbers, labels)::exactly;
    }

    @Override
    public String comment() {
        return ";";
    }

    @Override
    public List<Work> works(Instruction.Plain one) {
        return Works.of(one);
    }
}
