package tern.codegen.cuda.device;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Program;

/// Two programs as one of a single block, the second after the first: for one token, where launching costs more than what they do.
///
///     body of the first
///     barrier of the block
///     body of the second, whose blocks come one after the other
///
/// @param program its parameters are those of the first, then those of the second that are other memory
/// @param own     which parameters of the second these are
record FusedProgram(Program program, List<Integer> own) {

    /// Shared memory that a block has without asking.
    private static final int SHARED = 48 << 10;

    /// Blocks that may come one after the other where none has memory or barriers of its own.
    private static final int TURNS = 2;

    /// Which two programs were joined, and what they share.
    ///
    /// @param same for each parameter of the second, the place of the same memory among those of the first, or -1
    record Key(Program first, Program second, List<Integer> same) {}

    static FusedProgram of(Key key) {
        Program first = key.first, second = key.second;
        Map<Buf, Buf> before = new HashMap<>(), behind = new HashMap<>();
        var all = new ArrayList<Buf>();
        for (int i = 0; i < first.parameters().size(); i++) {
            Buf buffer = first.parameters().get(i);
            // What one of them writes, the other reads.
            if (key.same.contains(i))
                before.put(buffer, new Buf(buffer.name(), buffer.element(), Buf.Scope.INOUT, buffer.extent(), buffer.values(), null));
            all.add(before.getOrDefault(buffer, buffer));
        }
        var own = new ArrayList<Integer>();
        for (int i = 0; i < second.parameters().size(); i++) {
            Buf buffer = second.parameters().get(i);
            int same = key.same.get(i);
            if (same < 0) own.add(i);
            if (same < 0) all.add(renamed(buffer, first));
            behind.put(buffer, same < 0 ? all.getLast() : all.get(same));
        }
        for (Buf buffer : first.buffers()) if (!buffer.isParameter()) all.add(buffer);
        for (Buf buffer : second.buffers()) {
            if (buffer.isParameter()) continue;
            all.add(renamed(buffer, first));
            behind.put(buffer, all.getLast());
        }
        Loop body = Loop.block(new BufferSubstitution(before, false).of(first.body()), new Loop.Barrier(Binding.THREADS),
                new BufferSubstitution(behind, true).of(second.body()));
        List<Program.Scalar> scalars = first.scalars().isEmpty() ? second.scalars() : first.scalars();
        return new FusedProgram(new Program(first.name() + "_then_" + second.name(), second.source(), scalars, all, body), own);
    }

    /// With a name that the first program does not have; it may be joined itself.
    private static Buf renamed(Buf buffer, Program first) {
        String[] name = {"then_" + buffer.name()};
        while (first.buffers().stream().anyMatch(other -> other.name().equals(name[0]))) name[0] = "then_" + name[0];
        return new Buf(name[0], buffer.element(), buffer.scope(), buffer.extent(), buffer.values(), buffer.data());
    }

    /// What two launches for one token, one after the other, share; null where they cannot be one, or each had better have its own blocks.
    static @Nullable Key key(GpuKernel.Run first, GpuKernel.Run second) {
        Program one = first.kernel().program(), other = second.kernel().program();
        int turns = scratch(other) > 0 ? 1 : TURNS;
        if (!first.kernel().isSmall(1) || !second.kernel().isSmall(turns)) return null;
        if (hasCodes(one) || hasCodes(other)) return null;
        if (scratch(one) + scratch(other) > SHARED || one.scalars().size() > 1 || other.scalars().size() > 1) return null;
        var same = new ArrayList<Integer>();
        boolean follows = false;
        for (int j = 0; j < other.parameters().size(); j++) {
            int found = -1;
            for (int i = 0; i < one.parameters().size(); i++) {
                GpuBuffer a = (GpuBuffer) first.arguments().get(i), b = (GpuBuffer) second.arguments().get(j);
                Buf own = one.parameters().get(i), its = other.parameters().get(j);
                if (a.address() >= b.address() + b.bytes() || b.address() >= a.address() + a.bytes()) continue;
                if (own.scope() == Buf.Scope.IN && its.scope() == Buf.Scope.IN) continue;
                if (a.address() != b.address() || own.element() != its.element() || found >= 0) return null;
                found = i;
                follows |= own.scope() != Buf.Scope.IN && its.scope() != Buf.Scope.OUT;
            }
            same.add(found);
        }
        return follows ? new Key(one, other, List.copyOf(same)) : null;
    }

    /// Whether a program reads packed weights: then it asks for them before it waits, and needs all registers.
    private static boolean hasCodes(Program program) {
        return program.parameters().stream().anyMatch(p -> p.element().isInteger() && !p.element().isSigned());
    }

    /// Bytes of shared memory.
    private static int scratch(Program program) {
        int bytes = 0;
        for (Buf buffer : program.buffers())
            if (buffer.scope() == Buf.Scope.CORE && buffer.extent() instanceof Expr.Int(_, long elements))
                bytes += Math.toIntExact(elements * buffer.element().bytes());
        return bytes;
    }
}
