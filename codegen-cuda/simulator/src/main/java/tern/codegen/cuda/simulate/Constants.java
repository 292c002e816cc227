package tern.codegen.cuda.simulate;

/// The bits that a constant has as a value of a type.
final class Constants {

    private Constants() {}

    static long bits(Operand constant, Type type, int line) {
        return switch (constant) {
            case Operand.Whole(long value) when type.isInteger() -> value & type.mask();
            case Operand.Single(int bits) when type.bits == 32 -> bits & 0xffff_ffffL;
            case Operand.Single(int bits) when type == Type.F64 -> Double.doubleToRawLongBits(Float.intBitsToFloat(bits));
            case Operand.Real(double value) when type == Type.F32 ->
                Float.floatToRawIntBits((float) value) & 0xffff_ffffL;
            case Operand.Real(double value) when type.bits == 64 -> Double.doubleToRawLongBits(value);
            case Operand.Whole _, Operand.Single _, Operand.Real _, Operand.Register _, Operand.Special _, Operand.Name _, Operand.Vector _, Operand.Address _,
                    Operand.Not _, Operand.Pair _, Operand.Sink _ ->
                throw new PtxError(line, "this operand cannot be a ." + type.name().toLowerCase(java.util.Locale.ROOT));
        };
    }
}
