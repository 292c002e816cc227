package tern.codegen.jvm.emit;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import tern.ir.Element;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;

/// Vectors of constants that generated code loads: the patterns of shuffles. One more buffer after those of the program.
public final class ConstantPool {

    private static final int ALIGNMENT = 64;

    /// Stands for the pool among the buffers of a method.
    public static final Buf BUFFER = new Buf("$pool", Element.I8, Buf.Scope.CONSTANT, Expr.i32(0), null, null);

    private final List<byte[]> entries = new ArrayList<>();

    /// Keeps `values` as lanes of `bits` bits.
    ///
    /// @return its offset in the pool, in bytes
    int add(List<Integer> values, int bits) {
        ByteBuffer bytes = ByteBuffer.allocate((values.size() * bits / 8 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT)
                .order(ByteOrder.LITTLE_ENDIAN);
        for (int value : values) {
            switch (bits) {
                case 8 -> bytes.put((byte) value);
                case 16 -> bytes.putShort((short) value);
                case 32 -> bytes.putInt(value);
                case 64 -> bytes.putLong(value);
                default -> throw new IllegalArgumentException("no lane has " + bits + " bits");
            }
        }
        int offset = 0;
        for (byte[] entry : entries) {
            if (java.util.Arrays.equals(entry, bytes.array())) return offset;
            offset += entry.length;
        }
        entries.add(bytes.array());
        return offset;
    }

    public byte[] bytes() {
        ByteBuffer all = ByteBuffer.allocate(entries.stream().mapToInt(entry -> entry.length).sum());
        entries.forEach(all::put);
        return all.array();
    }
}
