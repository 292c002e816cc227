package tern.codegen.jvm.ops;

import org.jspecify.annotations.Nullable;
import tern.codegen.jvm.Spmd;
import tern.ir.Op;

/// The operations of [Op], written by hand against the Vector API.
public final class NativeOps {

    private NativeOps() {}

    /// Code for `op`, null if there is none. It may keep scratch memory for `workers` workers; no two launches of one
    /// device overlap.
    public static @Nullable Spmd of(Op op, int workers) {
        return null;
    }
}
