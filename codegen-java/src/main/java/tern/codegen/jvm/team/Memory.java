package tern.codegen.jvm.team;

import java.lang.foreign.MemorySegment;

/// All memory as one segment: generated code and the operations written by hand reach every buffer by its address.
///
/// The segment is a constant of global scope, so that C2 drops the liveness check. It drops the bounds check as well if it
/// can prove an address to be neither negative nor huge; `address & MASK` is the cheapest proof, once per method.
public final class Memory {

    public static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    /// User-space addresses have at most 47 bits with four-level page tables, on x86 and Arm alike.
    public static final long MASK = (1L << 48) - 1;

    private Memory() {}
}
