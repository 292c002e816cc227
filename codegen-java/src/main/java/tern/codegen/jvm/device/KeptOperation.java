package tern.codegen.jvm.device;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import tern.codegen.machine.MachineCode;
import tern.ir.device.LoweredOp;
import tern.ir.loop.Loop;
import tern.ir.loop.LoopParser;
import tern.ir.loop.LoopPrinter;
import tern.ir.loop.Program;
import tern.ir.loop.Rewriter;
import tern.ir.store.Store;
import tern.ir.text.IrException;
import tern.ir.text.Source;

/// An operation as a process finds it that neither lowers nor proves it: its code, and of its program what a launch must know, which is all but the
/// bodies of the loops on cores.
///
/// @param lowered whose program has these bodies no more
record KeptOperation(LoweredOp lowered, MachineCode code) {

    /// Bytes of tables: the angles of 16,384 positions of a head of 128.
    private static final long MOST_TABLES = Store.MOST / 8;

    /// Long tables, which grow with the context, are not worth their place on the disk: such an operation is lowered anew, and its code kept by its program.
    static boolean isShort(LoweredOp lowered) {
        return lowered.tables().stream().mapToLong(table -> 4L * table.length).sum() <= MOST_TABLES;
    }

    byte[] bytes() {
        byte[] code = CodeStore.bytes(this.code);
        byte[] text = LoopPrinter.print(outline(lowered.program())).getBytes(StandardCharsets.UTF_8);
        byte[] schedule = lowered.schedule().getBytes(StandardCharsets.UTF_8);
        int size = 12 + text.length + schedule.length + code.length + lowered.tables().stream().mapToInt(table -> 4 + 4 * table.length).sum();
        ByteBuffer bytes = ByteBuffer.allocate(size).putInt(text.length).put(text).putInt(schedule.length).put(schedule).putInt(lowered.tables().size());
        for (float[] table : lowered.tables()) {
            bytes.putInt(table.length);
            bytes.asFloatBuffer().put(table);
            bytes.position(bytes.position() + 4 * table.length);
        }
        return bytes.put(code).array();
    }

    /// @param listing of the code, should someone ask
    /// @return empty if this was not written by [#bytes()]
    static Optional<KeptOperation> read(byte[] bytes, Supplier<String> listing) {
        try {
            ByteBuffer from = ByteBuffer.wrap(bytes);
            Program program = LoopParser.parse(new Source("kept code", text(from)));
            String schedule = text(from);
            int count = from.getInt();
            var tables = new ArrayList<float[]>();
            for (int i = 0; i < count; i++) {
                float[] table = new float[from.getInt()];
                from.asFloatBuffer().get(table);
                from.position(from.position() + 4 * table.length);
                tables.add(table);
            }
            return CodeStore.read(program, from, listing).map(code -> new KeptOperation(new LoweredOp(program, tables, schedule), code));
        } catch (BufferUnderflowException | IllegalArgumentException | NegativeArraySizeException | IrException e) {
            return Optional.empty();
        }
    }

    private static String text(ByteBuffer from) {
        byte[] text = new byte[from.getInt()];
        from.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }

    private static Program outline(Program program) {
        var loops = new Rewriter() {
            @Override
            public Loop of(Loop loop) {
                boolean onCores = loop instanceof Loop.For each && (each.binding() == Loop.Binding.CORES || each.binding() == Loop.Binding.BLOCKS);
                return onCores ? hollow((Loop.For) loop) : parts(loop);
            }
        };
        return new Program(program.name(), program.source(), program.scalars(), program.buffers(), loops.of(program.body()));
    }

    private static Loop hollow(Loop.For each) {
        return new Loop.For(each.index(), each.range(), each.binding(), new Loop.Block(List.of()));
    }
}
