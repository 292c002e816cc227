package tern.codegen.machine;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import tern.codegen.machine.x86.Encoder;
import tern.codegen.machine.x86.Encoder.Reference;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Feature;
import tern.codegen.machine.code.Labels;
import tern.codegen.machine.code.Operand.Memory;
import tern.ir.device.CompileException;
import tern.ir.device.Proved;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Program;

/// A program as a function of C, `int name(arguments)`, that needs nothing besides its own constants. It returns [#DONE] or [#REFUSED].
///
/// @param arguments  in C's order
/// @param code       in which fields that refer to constants are 0
/// @param references those fields
/// @param constants  of the code, and the program's tables: [Code#CONSTANT] bytes by [Code#CONSTANT] bytes, in the order of their numbers
/// @param constantsFollow whether constants must lie right after the code
/// @param workBytes  that each thread must bring along
/// @param labels     numbers of labels are below this
/// @param printed    the code as text
public record CFunction(
        String name, Program program, List<Argument> arguments, byte[] code, List<Reference> references, byte[] constants, boolean constantsFollow,
        long workBytes, int labels, Printed printed) {

    /// What a function returns: all parts are done; or arguments are out of range, and nothing was touched.
    public static final int DONE = 0, REFUSED = -1;

    /// Of code and constants, and of memory that a caller brings along.
    public static final int ALIGNMENT = 64;

    /// Instructions as text.
    @FunctionalInterface
    public interface Printed {
        String with(Labels labels);
    }

    /// @throws CompileException if the program cannot be expressed, or waits for other threads
    public static CFunction of(String name, Proved proved, Set<Feature> features) {
        Program program = proved.program();
        List<Loop> phases = Phases.of(program);
        if (phases.size() > 1) throw new CompileException(program.name(), "waits for other threads, which a function of C cannot");
        if (Phases.loops(phases.getFirst()).isEmpty())
            throw new CompileException(program.name(), "does more than loops on cores, which threads could not share");
        InstructionSet set = InstructionSet.of(program.name(), features);
        var frame = new FrameLayout(program, set);
        Code code = MachineEmitter.select(program, set, frame, phases.getFirst());
        Allocation registers = Allocation.of(program.name(), code);
        var scratch = new Scratch(program, aligned(registers.frame()));
        Map<Buf, Memory> tables = tables(program, code.constants());
        var entry = new CEntry(program, set.convention(), frame, code.label(), scratch.places, tables);
        List<Instruction> all = new ArrayList<>(set.function(registers.code(), registers.kept(), frame, entry.before(), entry.behind()));
        all.addAll(entry.refusal());
        var assembly = new Assembly(all, code.loops(), set, registers::number, code.constants());
        var constants = new ByteArrayOutputStream();
        code.constants().forEach(constants::writeBytes);
        Printed printed = labels -> Listing.assembler(program, all, registers, assembly, labels);
        if (set.constantsFollow()) {
            byte[] whole = assembly.bytes();
            return new CFunction(name, program, Argument.of(program), Arrays.copyOf(whole, whole.length - constants.size()), List.of(),
                    constants.toByteArray(), true, scratch.end, code.label(), printed);
        }
        var encoded = (Encoder) assembly.code();
        byte[] bytes = encoded.bytes();
        for (Reference one : encoded.references()) Arrays.fill(bytes, one.at(), one.at() + 4, (byte) 0);
        return new CFunction(name, program, Argument.of(program), bytes, encoded.references(), constants.toByteArray(), false, scratch.end,
                code.label(), printed);
    }

    /// Where a thread's own buffers lie in its memory, after the frame.
    private static final class Scratch {
        final Map<Buf, Long> places = new HashMap<>();
        long end;

        Scratch(Program program, long from) {
            end = from;
            for (Buf buffer : program.buffers()) {
                if (buffer.scope() == Buf.Scope.TEAM)
                    throw new CompileException(program.name(), "scratch " + buffer + " is shared by all threads, and nobody makes it for them");
                if (buffer.scope() != Buf.Scope.CORE) continue;
                if (!(buffer.extent() instanceof Expr.Int(_, long elements)))
                    throw new CompileException(program.name(), "the size of scratch buffer " + buffer + " is not constant");
                places.put(buffer, end);
                end = aligned(end + elements * buffer.element().bytes() + Buf.SLACK);
            }
        }
    }

    private static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /// Adds the program's tables to the constants, each with the bytes past its end that may be read.
    private static Map<Buf, Memory> tables(Program program, List<byte[]> constants) {
        Map<Buf, Memory> tables = new HashMap<>();
        for (Buf buffer : program.buffers()) {
            if (buffer.scope() != Buf.Scope.CONSTANT) continue;
            tables.put(buffer, Memory.constant(constants.size()));
            List<Integer> data = Objects.requireNonNull(buffer.data(), buffer.name());
            int each = buffer.element().bytes();
            ByteBuffer bytes = ByteBuffer.allocate(data.size() * each + Buf.SLACK + Code.CONSTANT).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < data.size(); i++)
                switch (each) {
                case 1 -> bytes.put(i, data.get(i).byteValue());
                case 2 -> bytes.putShort(2 * i, data.get(i).shortValue());
                case 4 -> bytes.putInt(4 * i, data.get(i));
                default -> bytes.putLong(8 * i, data.get(i));
                }
            for (int at = 0; at + Code.CONSTANT <= bytes.capacity(); at += Code.CONSTANT)
                constants.add(Arrays.copyOfRange(bytes.array(), at, at + Code.CONSTANT));
        }
        return tables;
    }

    /// More parts than this have nothing to do: iterations of the longest loop on cores, for n tokens.
    public long parts(int n) {
        return mostTrips(program.body(), Counts.of(program, n));
    }

    private static long mostTrips(Loop loop, Counts counts) {
        return switch (loop) {
            case Loop.Block(var steps) -> steps.stream().mapToLong(step -> mostTrips(step, counts)).max().orElse(1);
            case Loop.At(_, Loop body) -> mostTrips(body, counts);
            case Loop.Outline(_, Loop body) -> mostTrips(body, counts);
            case Loop.For each -> counts.of(each);
            case Loop.Let _, Loop.Set _, Loop.Store _, Loop.If _, Loop.Barrier _, Loop.CopyAsync _, Loop.Prefetch _, Loop.Wait _, Loop.GridDependency _,
                    Loop.TileProduct _, Loop.Group _ ->
                1;
        };
    }

    /// Numbers of constants of this size.
    public int constantCount() {
        return constants.length / Code.CONSTANT;
    }

    /// Where a reference leads, counted from the end of its instruction's field as relocations do.
    public int addend(Reference reference) {
        return Assembly.at(reference.to()) - (reference.end() - reference.at());
    }

    public static int constantBytes() {
        return Code.CONSTANT;
    }
}
