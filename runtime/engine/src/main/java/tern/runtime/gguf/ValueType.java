package tern.runtime.gguf;

/// Types of metadata values; a type's id in the file is its ordinal.
public enum ValueType {
    U8(1),
    I8(1),
    U16(2),
    I16(2),
    U32(4),
    I32(4),
    F32(4),
    BOOL(1),
    TEXT(0),
    ARRAY(0),
    U64(8),
    I64(8),
    F64(8);

    private final int bytes;

    ValueType(int bytes) {
        this.bytes = bytes;
    }

    /// Bytes of one value, 0 where they depend on the value.
    int bytes() {
        return bytes;
    }

    boolean integral() {
        return switch (this) {
            case U8, I8, U16, I16, U32, I32, U64, I64 -> true;
            case F32, F64, BOOL, TEXT, ARRAY -> false;
        };
    }
}
