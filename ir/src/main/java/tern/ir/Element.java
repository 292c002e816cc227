package tern.ir;

/// A machine number: what a buffer holds and what one lane of a value is.
public enum Element {
    BOOL("bool", 8, Kind.BOOL),
    I8("i8", 8, Kind.SIGNED),
    U8("u8", 8, Kind.UNSIGNED),
    I16("i16", 16, Kind.SIGNED),
    U16("u16", 16, Kind.UNSIGNED),
    I32("i32", 32, Kind.SIGNED),
    U32("u32", 32, Kind.UNSIGNED),
    I64("i64", 64, Kind.SIGNED),
    U64("u64", 64, Kind.UNSIGNED),
    F16("f16", 16, Kind.FLOAT),
    BF16("bf16", 16, Kind.FLOAT),
    F32("f32", 32, Kind.FLOAT);

    private enum Kind {
        BOOL,
        SIGNED,
        UNSIGNED,
        FLOAT
    }

    private final String text;
    private final int bits;
    private final Kind kind;

    Element(String text, int bits, Kind kind) {
        this.text = text;
        this.bits = bits;
        this.kind = kind;
    }

    /// Bits in memory.
    public int bits() {
        return bits;
    }

    /// Bytes in memory.
    public int bytes() {
        return bits / 8;
    }

    public boolean isFloat() {
        return kind == Kind.FLOAT;
    }

    public boolean isInteger() {
        return kind == Kind.SIGNED || kind == Kind.UNSIGNED;
    }

    public boolean isSigned() {
        return kind == Kind.SIGNED;
    }

    /// The element spelled `text`, for example `i16`.
    ///
    /// @throws IllegalArgumentException if there is none
    public static Element of(String text) {
        for (Element element : values()) if (element.text.equals(text)) return element;
        throw new IllegalArgumentException("no element type '" + text + "'");
    }

    @Override
    public String toString() {
        return text;
    }
}
