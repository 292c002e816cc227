package tern.codegen.machine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tern.codegen.machine.x86.Instruction;
import tern.codegen.machine.x86.Opcode.Feature;
import tern.ir.device.CompileException;
import tern.ir.loop.Program;
import tern.ir.loop.Var;

/// What all who select instructions for a procedure share: the code, and where everything is.
final class Selection {

    final Program program;
    final Set<Feature> features;
    final Code code;
    final FrameLayout frame;
    /// Runs before all else: what the frame holds comes into registers there.
    final List<Instruction> entry = new ArrayList<>();
    final Addresses addresses;
    final Scalars scalars;
    final Values values;
    final Statements statements;
    /// Where to go after the frame has been told what went wrong.
    final int exit;

    private final Map<Var, Home> homes = new HashMap<>();
    private final Deque<List<Var>> scopes = new ArrayDeque<>();

    Selection(Program program, Set<Feature> features, FrameLayout frame) {
        this.program = program;
        this.features = features;
        this.frame = frame;
        this.code = new Code(frame.bytes());
        this.exit = code.label();
        this.addresses = new Addresses(this);
        this.scalars = new Scalars(this);
        this.values = new Values(this);
        this.statements = new Statements(this);
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
        values.lookups.open();
        writing.run();
        values.lookups.close();
        addresses.close();
        scopes.pop().forEach(homes::remove);
    }
}
