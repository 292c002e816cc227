package tern.codegen.machine;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import tern.codegen.machine.code.Feature;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Operand.Register;
import tern.ir.device.CodePricer.Price;
import tern.ir.device.CompileException;
import tern.ir.device.Proved;
import tern.ir.loop.Loop;
import tern.ir.loop.Program;
import tern.ir.target.Core;

/// Turns a program into machine code: the entry to this back end's compiler.
///
/// Each phase between two barriers is a function `void phase(long *frame)` by the System V calling convention, with numbers and addresses
/// in the frame as [FrameLayout] says. It calls nothing and never moves the stack pointer.
public final class MachineEmitter {

    private static final int ALIGNMENT = 64;

    private final Program program;
    private final InstructionSet set;
    private final FrameLayout frame;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final List<MachineCode.Phase> phases = new ArrayList<>();
    private final Map<Integer, Integer> spills = new TreeMap<>();
    private final List<Consumer<StringBuilder>> listings = new ArrayList<>();
    private final UnaryOperator<Instruction> last;
    private int frameBytes;

    private MachineEmitter(Program program, Set<Feature> features, UnaryOperator<Instruction> last) {
        this.program = program;
        this.set = InstructionSet.of(program.name(), features);
        this.last = last;
        this.frame = new FrameLayout(program, set);
    }

    /// @param features that the processor has, [Feature#NEEDED] among them
    /// @throws CompileException if the program holds what machine code cannot express, or a procedure what registers do not suffice for
    public static MachineCode emit(Proved proved, Set<Feature> features) {
        return emit(proved, features, UnaryOperator.identity());
    }

    /// @param last changes instructions before they are encoded: tests plant errors so
    static MachineCode emit(Proved proved, Set<Feature> features, UnaryOperator<Instruction> last) {
        Program program = proved.program();
        var emitter = new MachineEmitter(program, features, last);
        for (Loop phase : Phases.of(program)) emitter.phase(phase);
        return new MachineCode(program, emitter.bytes.toByteArray(), emitter.phases, emitter.frameBytes, emitter.spills, emitter::listing);
    }

    /// What the code would take on a core; none is made, so that nothing need be proved.
    ///
    /// @throws CompileException as above
    static Price price(Program program, Set<Feature> features, Core core, int n) {
        var emitter = new MachineEmitter(program, features, UnaryOperator.identity());
        Counts counts = Counts.of(program, n);
        double cycles = 0;
        int spills = 0;
        for (Loop phase : Phases.of(program)) {
            Code code = emitter.select(phase);
            Allocation registers = Allocation.of(program.name(), code);
            cycles += Pricing.cycles(registers, code.loops(), range -> counts.of(range.loop()), core);
            spills += registers.spills().values().stream().mapToInt(count -> count).sum();
        }
        return new Price(cycles, spills);
    }

    private void phase(Loop body) {
        Code code = select(body);
        Allocation registers = Allocation.of(program.name(), code);
        List<Instruction> all = set.function(registers.code(), registers.kept(), frame, registers::number).stream().map(last).toList();
        finish(body, new Assembly(all, code.loops(), set, registers::number, code.constants()), all, registers);
    }

    /// Instructions with virtual registers.
    private Code select(Loop body) {
        return select(program, set, frame, body);
    }

    static Code select(Program program, InstructionSet set, FrameLayout frame, Loop body) {
        var selection = new Selection(program, set, frame);
        Code code = selection.code;
        for (Program.Scalar scalar : program.scalars()) {
            Register register = selection.addresses.outermost(code.general());
            code.aside(selection.entry, () -> code.load(register, frame.scalar(scalar.var())));
            selection.bind(scalar.var(), new Home.Sum(Terms.of(register)));
        }
        List<Instruction> statements = new ArrayList<>();
        code.aside(statements, () -> {
            selection.statements.emit(body);
            code.place(selection.exit);
        });
        selection.general.storeNumber(frame.status(), FrameLayout.DONE);
        code.append(selection.entry);
        code.append(statements);
        return code;
    }

    private void finish(Loop body, Assembly assembly, List<Instruction> all, Allocation registers) {
        while (bytes.size() % ALIGNMENT != 0) bytes.write(0xcc); // no instruction
        phases.add(new MachineCode.Phase(bytes.size(), Phases.loops(body)));
        bytes.writeBytes(assembly.bytes());
        registers.spills().forEach((line, count) -> spills.merge(line, count, Integer::sum));
        frameBytes = Math.max(frameBytes, registers.frame());
        listings.add(into -> Listing.print(program.name(), all, registers, into));
    }

    private String listing() {
        var text = new StringBuilder();
        listings.forEach(one -> one.accept(text));
        return text.toString();
    }
}
