package tern.codegen.machine;

import static tern.codegen.machine.arm64.Integers.*;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import tern.codegen.machine.arm64.Opcode;
import tern.codegen.machine.code.Bank;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.code.Operand;

/// Source: Procedure Call Standard for the Arm 64-bit Architecture (AAPCS64), section 6.8: eight numbers come in registers, the others on the stack.
final class Arm64Convention implements CEntry.Convention {

    private static final int LARGE = 4096;
    private static final List<Register> ARGUMENTS = IntStream.range(0, 8).mapToObj(Arm64Convention::machine).toList();
    private static final Register STACK = machine(31), NUMBER = machine(17);

    private static Register machine(int number) {
        return new Register(Bank.GENERAL, -1 - number, number);
    }

    private static Instruction plain(Opcode opcode, Operand... operands) {
        return new Instruction.Plain(opcode, 128, List.of(operands), 0);
    }

    @Override
    public List<Register> arguments() {
        return ARGUMENTS;
    }

    @Override
    public Register free(int number) {
        return machine(9 + number);
    }

    @Override
    public Register frame() {
        return machine(0);
    }

    @Override
    public Register result() {
        return machine(0);
    }

    @Override
    public Memory onStack(int number) {
        return Memory.at(STACK, number * Long.BYTES);
    }

    @Override
    public List<Instruction> add(Register to, Register from, long constant) {
        if (constant > -LARGE && constant < LARGE) return List.of(plain(constant < 0 ? SUB_I : ADD_I, to, from, new Immediate(Math.abs(constant))));
        return with(constant, plain(ADD, to, from, NUMBER));
    }

    @Override
    public List<Instruction> compare(Register a, long b) {
        return b >= 0 && b < LARGE ? List.of(plain(CMP_I, a, new Immediate(b))) : with(b, compare(a, NUMBER));
    }

    private static List<Instruction> with(long number, Instruction last) {
        List<Instruction> all = new ArrayList<>(Arm64.number(NUMBER, number, 0));
        all.add(last);
        return all;
    }

    @Override
    public Instruction compare(Register a, Register b) {
        return plain(CMP, a, b);
    }

    @Override
    public Instruction load(Register to, Memory from) {
        return plain(LDR, to, from);
    }

    @Override
    public Instruction store(Memory to, Register from) {
        return plain(STR, from, to);
    }

    @Override
    public List<Instruction> number(Register to, long value) {
        return Arm64.number(to, value, 0);
    }

    @Override
    public Instruction move(Register to, Register from) {
        return plain(MOV, to, from);
    }

    @Override
    public List<Instruction> address(Register to, Memory place) {
        Register base = place.base();
        return base == null ? List.of(plain(ADR, to, place)) : add(to, base, place.displacement());
    }

    @Override
    public Instruction end() {
        return plain(RET);
    }
}
