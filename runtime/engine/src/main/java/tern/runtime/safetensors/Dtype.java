package tern.runtime.safetensors;

import java.util.Arrays;
import java.util.Optional;

/// How the elements of a tensor are stored; the names are those in a file.
public enum Dtype {
    F64(8),
    F32(4),
    F16(2),
    BF16(2),
    I64(8),
    I32(4),
    I16(2),
    I8(1),
    U64(8),
    U32(4),
    U16(2),
    U8(1),
    BOOL(1),
    F8_E4M3(1),
    F8_E5M2(1);

    private final int bytes;

    Dtype(int bytes) {
        this.bytes = bytes;
    }

    /// Of one element.
    public int bytes() {
        return bytes;
    }

    static Optional<Dtype> of(String name) {
        return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
    }
}
