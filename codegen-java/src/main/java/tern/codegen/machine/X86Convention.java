package tern.codegen.machine;

import static tern.codegen.machine.X86.machine;
import static tern.codegen.machine.X86.plain;
import static tern.codegen.machine.x86.Integers.*;

import java.util.List;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;

/// Source: System V Application Binary Interface, AMD64 Architecture Processor Supplement, section 3.2.3: six numbers come in registers, the
/// others above the return address.
final class X86Convention implements CEntry.Convention {

    private static final List<Register> ARGUMENTS = List.of(machine(7), machine(6), machine(2), machine(1), machine(8), machine(9));
    private static final List<Register> FREE = List.of(machine(0), machine(10), machine(11));
    private static final Register STACK = machine(4);

    @Override
    public List<Register> arguments() {
        return ARGUMENTS;
    }

    @Override
    public Register free(int number) {
        return FREE.get(number);
    }

    @Override
    public Register frame() {
        return machine(7);
    }

    @Override
    public Register result() {
        return machine(0);
    }

    @Override
    public Memory onStack(int number) {
        return Memory.at(STACK, (number + 1) * Long.BYTES);
    }

    @Override
    public List<Instruction> add(Register to, Register from, long constant) {
        return List.of(plain(LEA, to, Memory.at(from, Math.toIntExact(constant))));
    }

    @Override
    public List<Instruction> compare(Register a, long b) {
        return List.of(plain(CMP_I, a, new Immediate(b)));
    }

    @Override
    public Instruction compare(Register a, Register b) {
        return plain(CMP, a, b);
    }

    @Override
    public Instruction load(Register to, Memory from) {
        return plain(MOV, to, from);
    }

    @Override
    public Instruction store(Memory to, Register from) {
        return plain(STORE64, to, from);
    }

    @Override
    public List<Instruction> number(Register to, long value) {
        return List.of(plain(MOV_I, to, new Immediate(value)));
    }

    @Override
    public Instruction move(Register to, Register from) {
        return plain(MOV, to, from);
    }

    @Override
    public List<Instruction> address(Register to, Memory place) {
        return List.of(plain(LEA, to, place));
    }

    @Override
    public Instruction end() {
        return plain(RET);
    }
}
