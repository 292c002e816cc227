package tern.codegen.jvm.emit;

import static org.objectweb.asm.Opcodes.*;

import org.objectweb.asm.Label;

/// Scalar operations that neither the JVM nor its library has: static methods of a generated class, written where one is called.
public enum Routine {
    /// A u64 as the nearest f32.
    UNSIGNED_TO_FLOAT("unsignedToFloat", "(J)F", "a") {
        @Override
        void write(Code code) {
            Label large = new Label();
            code.lload(0).lconst(0).insn(LCMP).jump(IFLT, large);                 //
            code.lload(0).insn(L2F).insn(FRETURN);                                //
            // Halved with a sticky last bit, so that the one rounding is the right one.
            code.label(large).lload(0).iconst(1).insn(LUSHR);                     // half
            code.lload(0).lconst(1).insn(LAND).insn(LOR).insn(L2F);               // rounded
            code.fconst(2).insn(FMUL).insn(FRETURN);                              //
        }
    },
    /// The bits of the nearest bf16, ties to even.
    FLOAT_TO_BFLOAT16("floatToBfloat16", "(F)I", "a") {
        @Override
        void write(Code code) {
            Label number = new Label();
            bits(code).iconst(Integer.MAX_VALUE).insn(IAND).iconst(0x7f80_0000).jump(IF_ICMPLE, number); //
            bits(code).iconst(16).insn(IUSHR).iconst(0x40).insn(IOR).insn(IRETURN); //
            code.label(number);
            bits(code).iconst(0x7fff).insn(IADD);                                 // sum
            bits(code).iconst(16).insn(IUSHR).iconst(1).insn(IAND);               // sum last
            code.insn(IADD).iconst(16).insn(IUSHR).insn(IRETURN);                 //
        }

        // .. -> .. bits
        private Code bits(Code code) {
            return code.load(org.objectweb.asm.Type.FLOAT_TYPE, 0)
                    .invokestatic(Float.class, "floatToRawIntBits", int.class, float.class);
        }
    };

    private final String method;
    private final String descriptor;
    private final String parameter;

    Routine(String method, String descriptor, String parameter) {
        this.method = method;
        this.descriptor = descriptor;
        this.parameter = parameter;
    }

    public String method() {
        return method;
    }

    String descriptor() {
        return descriptor;
    }

    String parameter() {
        return parameter;
    }

    abstract void write(Code code);
}
