package tern.codegen.machine;

import static tern.codegen.machine.X86.machine;
import static tern.codegen.machine.X86.plain;
import static tern.codegen.machine.x86.Integers.*;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tern.codegen.machine.code.Condition;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.ir.Interval;
import tern.ir.loop.Buf;
import tern.ir.loop.Program;

/// What turns a function of C into one that finds everything in its frame: arguments are checked, then written there. The frame lies at the
/// beginning of the caller's memory.
///
/// Source: System V Application Binary Interface, AMD64 Architecture Processor Supplement, section 3.2.3: six numbers come in registers, the
/// others above the return address.
///
/// @param frame   of the program
/// @param refused label of the code for arguments that are out of range
/// @param scratch where buffers lie in the caller's memory
/// @param tables  among the constants
record CEntry(Program program, FrameLayout frame, int refused, Map<Buf, Long> scratch, Map<Buf, Memory> tables) {

    private static final int[] ARGUMENTS = {7, 6, 2, 1, 8, 9};
    /// Registers that hold no argument.
    private static final Register WORK = machine(0), SPARE = machine(10), OTHER = machine(11);
    private static final Register STACK = machine(4), FRAME = machine(7);

    /// More parts would overflow when they are shared out.
    private static final int MOST_PARTS = Integer.MAX_VALUE;

    List<Instruction> before() {
        List<Instruction> code = new ArrayList<>();
        List<Argument> arguments = Argument.of(program);
        for (Argument one : arguments)
            if (one instanceof Argument.Number(var scalar)) check(code, get(code, one, SPARE), scalar.values());
        Register parts = get(code, Argument.Call.PARTS, SPARE), last = get(code, Argument.Call.LAST, OTHER);
        code.add(plain(LEA, WORK, Memory.at(parts, -1)));
        code.add(plain(CMP_I, WORK, new Immediate(MOST_PARTS - 1)));
        code.add(new Instruction.Jump(Condition.ABOVE, refused));
        code.add(plain(CMP, last, parts));
        code.add(new Instruction.Jump(Condition.ABOVE, refused));
        code.add(plain(CMP, get(code, Argument.Call.FIRST, WORK), last));
        code.add(new Instruction.Jump(Condition.ABOVE, refused));
        Register work = get(code, Argument.Call.WORK, WORK);
        if (!work.equals(WORK)) code.add(plain(MOV, WORK, work));
        for (Argument one : arguments)
            if (one != Argument.Call.WORK) code.add(plain(STORE64, place(one), get(code, one, SPARE)));
        for (Program.Scalar scalar : program.scalars())
            if (Argument.isConstant(scalar)) code.add(plain(MOV_I, on(frame.scalar(scalar.var())), new Immediate(scalar.values().low())));
        for (Buf buffer : program.buffers()) {
            Long offset = scratch.get(buffer);
            Memory own = offset != null ? Memory.at(WORK, Math.toIntExact(offset)) : tables.get(buffer);
            if (own == null) continue;
            code.add(plain(LEA, SPARE, own));
            code.add(plain(STORE64, on(frame.buffer(buffer)), SPARE));
        }
        code.add(plain(MOV, FRAME, WORK));
        return code;
    }

    /// The function's value.
    List<Instruction> behind() {
        return List.of(plain(MOV, machine(0), frame.status()));
    }

    List<Instruction> refusal() {
        return List.of(new Instruction.Label(refused, false), plain(MOV_I, machine(0), new Immediate(CFunction.REFUSED)), plain(RET));
    }

    private void check(List<Instruction> code, Register value, Interval allowed) {
        code.add(plain(LEA, OTHER, Memory.at(value, Math.toIntExact(-allowed.low()))));
        code.add(plain(CMP_I, OTHER, new Immediate(allowed.high() - allowed.low())));
        code.add(new Instruction.Jump(Condition.ABOVE, refused));
    }

    /// The register that an argument is in, or now is.
    private Register get(List<Instruction> code, Argument argument, Register spare) {
        int number = Argument.of(program).indexOf(argument);
        if (number < ARGUMENTS.length) return machine(ARGUMENTS[number]);
        code.add(plain(MOV, spare, Memory.at(STACK, (number - ARGUMENTS.length + 1) * Long.BYTES)));
        return spare;
    }

    private Memory place(Argument argument) {
        return on(switch (argument) {
            case Argument.Address(Buf buffer) -> frame.buffer(buffer);
            case Argument.Number(var scalar) -> frame.scalar(scalar.var());
            case Argument.Call.FIRST -> frame.part();
            case Argument.Call.LAST -> frame.end();
            case Argument.Call.PARTS -> frame.parts();
            case Argument.Call.WORK -> throw new IllegalArgumentException("the frame lies there");
        });
    }

    /// The same place before the frame's own register holds its address.
    private static Memory on(Memory place) {
        return Memory.at(WORK, place.displacement());
    }
}
