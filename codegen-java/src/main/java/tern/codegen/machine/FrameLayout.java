package tern.codegen.machine;

import java.util.List;
import tern.codegen.machine.code.Bank;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.ir.device.CompileException;
import tern.ir.loop.Buf;
import tern.ir.loop.Program;
import tern.ir.loop.Var;

/// Where a call's numbers lie in its frame, in longs. After the addresses of the buffers comes what the code keeps there.
public final class FrameLayout {

    /// A call does the parts from [#PART] to before [#END], of [#PARTS] in which loops on cores are cut.
    public static final int STATUS = 0, N = 1, POSITION = 2, PART = 3, END = 4, PARTS = 5, SAVED = 6, BUFFERS = 12;

    /// What the code writes to [#STATUS].
    public static final long DONE = 0, DIVIDED_BY_ZERO = 1;

    /// Number of the virtual register that holds the frame's address.
    static final int REGISTER = 0;

    private final Program program;
    private final List<Buf> buffers;
    private final Register base;

    FrameLayout(Program program, InstructionSet set) {
        this.base = new Register(Bank.GENERAL, REGISTER, set.frame());
        this.program = program;
        this.buffers = program.buffers();
    }

    int bytes() {
        return (BUFFERS + buffers.size()) * Long.BYTES;
    }

    private Memory at(int number) {
        return Memory.at(base, number * Long.BYTES);
    }

    Memory status() {
        return at(STATUS);
    }

    Memory part() {
        return at(PART);
    }

    /// The part after the last.
    Memory end() {
        return at(END);
    }

    Memory parts() {
        return at(PARTS);
    }

    /// Where one of the caller's registers waits.
    Memory saved(int slot) {
        return at(SAVED + slot);
    }

    Memory buffer(Buf buffer) {
        int number = buffers.indexOf(buffer);
        if (number < 0) throw new CompileException(program.name(), "buffer " + buffer + " is not declared");
        return at(BUFFERS + number);
    }

    Memory scalar(Var var) {
        return at(var.equals(Program.N) ? N : POSITION);
    }
}
