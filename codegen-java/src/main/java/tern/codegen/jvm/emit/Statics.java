package tern.codegen.jvm.emit;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Type;
import tern.codegen.jvm.team.Memory;
import tern.ir.loop.Buf;

/// Where a generated class finds what is the same in every call.
///
/// @param owner     internal name of the class with the segment of all memory
/// @param all       its field
/// @param addresses for buffers whose address the class itself keeps, the field; the others are handed from method to method
public record Statics(String owner, String all, Map<Buf, String> addresses) {

    /// Of hidden classes: they share a segment, and are handed all addresses.
    static final Statics OF_TERN = new Statics(Type.getInternalName(Memory.class), "ALL", Map.of());

    static final String SEGMENT = Type.getDescriptor(MemorySegment.class);

    /// The field of the generated class that holds the buffer's address, null if none does.
    @Nullable
    String address(Buf buffer) {
        return addresses.get(buffer);
    }
}
