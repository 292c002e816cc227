package tern.codegen.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tern.codegen.machine.code.Condition;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.ir.Interval;
import tern.ir.loop.Buf;
import tern.ir.loop.Program;

/// What turns a function of C into one that finds everything in its frame: arguments are checked, then written there. The frame lies at the
/// beginning of the caller's memory.
///
/// @param by      of the processor
/// @param frame   of the program
/// @param refused label of the code for arguments that are out of range
/// @param scratch where buffers lie in the caller's memory
/// @param tables  among the constants
record CEntry(Program program, Convention by, FrameLayout frame, int refused, Map<Buf, Long> scratch, Map<Buf, Memory> tables) {

    /// More parts would overflow when they are shared out.
    private static final int MOST_PARTS = Integer.MAX_VALUE;

    /// How C's functions get arguments and give results on a processor, and the few instructions that look at them.
    interface Convention {

        /// Those that arguments come in, in order; the others lie on the stack.
        List<Register> arguments();

        /// One of three that hold no argument.
        Register free(int number);

        Register frame();

        Register result();

        /// An argument that lies on the stack, counted from the first one there.
        Memory onStack(int number);

        /// `to = from + constant`
        List<Instruction> add(Register to, Register from, long constant);

        List<Instruction> compare(Register a, long b);

        Instruction compare(Register a, Register b);

        Instruction load(Register to, Memory from);

        Instruction store(Memory to, Register from);

        List<Instruction> number(Register to, long value);

        Instruction move(Register to, Register from);

        /// The address of a place; of a constant too.
        List<Instruction> address(Register to, Memory place);

        Instruction end();
    }

    private Register work() {
        return by.free(0);
    }

    private Register spare() {
        return by.free(1);
    }

    private Register other() {
        return by.free(2);
    }

    List<Instruction> before() {
        List<Instruction> code = new ArrayList<>();
        List<Argument> arguments = Argument.of(program);
        for (Argument one : arguments)
            if (one instanceof Argument.Number(var scalar)) check(code, get(code, one, spare()), scalar.values());
        Register parts = get(code, Argument.Call.PARTS, spare()), last = get(code, Argument.Call.LAST, other());
        code.addAll(by.add(work(), parts, -1));
        code.addAll(by.compare(work(), MOST_PARTS - 1));
        code.add(new Instruction.Jump(Condition.ABOVE, refused));
        code.add(by.compare(last, parts));
        code.add(new Instruction.Jump(Condition.ABOVE, refused));
        code.add(by.compare(get(code, Argument.Call.FIRST, work()), last));
        code.add(new Instruction.Jump(Condition.ABOVE, refused));
        Register work = get(code, Argument.Call.WORK, work());
        if (!work.equals(work())) code.add(by.move(work(), work));
        for (Argument one : arguments)
            if (one != Argument.Call.WORK) code.add(by.store(place(one), get(code, one, spare())));
        for (Program.Scalar scalar : program.scalars())
            if (Argument.isConstant(scalar)) {
                code.addAll(by.number(spare(), scalar.values().low()));
                code.add(by.store(on(frame.scalar(scalar.var())), spare()));
            }
        for (Buf buffer : program.buffers()) {
            Long offset = scratch.get(buffer);
            Memory own = offset != null ? Memory.at(work(), Math.toIntExact(offset)) : tables.get(buffer);
            if (own == null) continue;
            code.addAll(by.address(spare(), own));
            code.add(by.store(on(frame.buffer(buffer)), spare()));
        }
        code.add(by.move(by.frame(), work()));
        return code;
    }

    /// The function's value.
    List<Instruction> behind() {
        return List.of(by.load(by.result(), frame.status()));
    }

    List<Instruction> refusal() {
        List<Instruction> code = new ArrayList<>(List.of(new Instruction.Label(refused, false)));
        code.addAll(by.number(by.result(), CFunction.REFUSED));
        code.add(by.end());
        return code;
    }

    private void check(List<Instruction> code, Register value, Interval allowed) {
        code.addAll(by.add(other(), value, -allowed.low()));
        code.addAll(by.compare(other(), allowed.high() - allowed.low()));
        code.add(new Instruction.Jump(Condition.ABOVE, refused));
    }

    /// The register that an argument is in, or now is.
    private Register get(List<Instruction> code, Argument argument, Register spare) {
        int number = Argument.of(program).indexOf(argument), inRegisters = by.arguments().size();
        if (number < inRegisters) return by.arguments().get(number);
        code.add(by.load(spare, by.onStack(number - inRegisters)));
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
    private Memory on(Memory place) {
        return Memory.at(work(), place.displacement());
    }
}
