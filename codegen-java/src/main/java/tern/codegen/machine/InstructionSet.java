package tern.codegen.machine;

import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import tern.codegen.machine.code.Bank;
import tern.codegen.machine.code.Encoder;
import tern.codegen.machine.code.Feature;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Labels;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.ir.device.CompileException;
import tern.ir.target.Core.Work;

/// What a processor's instructions are, for those who give out registers, lay out code and print it. [General] and [Lanes] select them.
sealed interface InstructionSet permits X86, Arm64 {

    /// The set that features belong to.
    ///
    /// @throws CompileException if they lack what all code relies on
    static InstructionSet of(String program, Set<Feature> features) {
        if (features.contains(Feature.ASIMD)) return new Arm64(features);

        if (!features.containsAll(Feature.NEEDED)) throw new CompileException(program, "machine code needs AVX2, FMA, F16C and BMI2");
        return new X86(features);
    }

    int vectorBits();

    /// Number of the register that holds the frame's address, throughout.
    int frame();

    /// Those that values may be in, in the order in which they are given out.
    int[] registers(Bank bank);

    /// Those of the caller's, which are saved before they are used.
    Set<Integer> kept();

    General general(Code code);

    Lanes lanes(Selection at, Values values);

    /// @throws CompileException if it has no products of tiles
    TileProducts tiles(Selection at, Loops loops);

    // Moves of whole registers

    Instruction.Plain move(Register to, Register from, int line);

    Instruction.Plain load(Register to, Memory from, int line);

    Instruction.Plain store(Memory to, Register from, int line);

    boolean isCopy(Instruction.Plain one);

    /// Which operand, being this register, may be its place in memory instead; -1 if none.
    int folds(Instruction.Plain one, Register register);

    // Functions

    /// Code as it is run: what saves the caller's registers before it, what brings them back after it, and addresses that instructions can reach.
    List<Instruction> function(List<Instruction> code, List<Integer> kept, FrameLayout frame, ToIntFunction<Register> numbers);

    /// The same as a function of C.
    ///
    /// @param entry comes before it
    /// @param exit  comes after it
    List<Instruction> function(List<Instruction> code, List<Integer> kept, FrameLayout frame, List<Instruction> entry, List<Instruction> exit);

    CEntry.Convention convention();

    /// Whether constants lie after the code that reads them; else they may lie anywhere.
    boolean constantsFollow();

    /// The code of a [StepLoop], whose block's address comes where a frame's does.
    List<Instruction> stepLoop();

    /// @param numbers   of the machine's registers
    /// @param constants where a constant lies, counted as [Encoder#size] counts
    Encoder encoder(ToIntFunction<Register> numbers, ToIntFunction<Memory> constants);

    /// As assemblers write it.
    Function<Instruction, String> text(ToIntFunction<Register> numbers);

    /// The same, so that an assembler with a choice between encodings takes ours.
    Function<Instruction, String> exactly(ToIntFunction<Register> numbers, Labels labels);

    /// What begins a comment in such text.
    String comment();

    List<Work> works(Instruction.Plain one);
}
