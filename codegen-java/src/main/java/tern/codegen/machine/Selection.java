package tern.codegen.machine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tern.codegen.machine.code.Instruction;
import tern.ir.device.CompileException;
import tern.ir.loop.Program;
import tern.ir.loop.Type;
import tern.ir.loop.Var;

/// What all who select instructions for a procedure share: the code, and where everything is.
final class Selection {

    final Program program;
    final InstructionSet set;
    final Code code;
    final FrameLayout frame;
    /// Runs before all else: what the frame holds comes into registers there.
    final List<Instruction> entry = new ArrayList<>();
    final General general;
    final Addresses addresses;
    final Scalars scalars;
    final Values values;
    final Statements statements;
    /// Where to go after the frame has been told what went wrong.
    final int exit;

    private final Map<Var, Home> homes = new HashMap<>();
    private final Deque<List<Var>> scopes = new ArrayDeque<>();

    Selection(Program program, InstructionSet set, FrameLayout frame) {
        this.program = program;
        this.set = set;
        this.frame = frame;
        this.code = new Code(set, frame.bytes());
        this.exit = code.label();
        this.general = set.general(code);
        this.addresses = new Addresses(this);
        this.scalars = new Scalars(this);
        this.values = new Values(this);
        this.statements = new Statements(this);
    }

    // Parts of values

    int registerBytes() {
        return set.vectorBits() / 8;
    }

    int parts(int lanes, int laneBits) {
        return Math.max(1, lanes * laneBits / set.vectorBits());
    }

    int partBits(Type type) {
        return Math.min(set.vectorBits(), type.bits());
    }

    CompileException refuse(String what) {
        return new CompileException(program.name(), "machine code has no " + what);
    }

    Home home(Var var) {
        Home home = homes.get(var);
        if (home == null) throw new CompileException(program.name(), "variable " + var + " is not declared");
        return home;
    }

    void bind(Var var, Home home) {
        homes.put(var, home);
        if (!scopes.isEmpty()) scopes.element().add(var);
    }

    /// What is bound meanwhile is forgotten.
    void scoped(Runnable writing) {
        scopes.push(new ArrayList<>());
        addresses.open();
        values.lanes.open();
        writing.run();
        values.lanes.close();
        addresses.close();
        scopes.pop().forEach(homes::remove);
    }
}
