package tern.codegen.jvm.emit;

import static java.lang.invoke.MethodType.methodType;
import static org.objectweb.asm.Opcodes.*;

import java.nio.ByteOrder;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Type;
import tern.codegen.jvm.Linker;

/// One call per JVM instruction, so that an emitter reads like a listing. Callers keep the operand stack in the margin,
/// top at the right.
public final class Code {

    private static final String SPECIES = "Ljdk/incubator/vector/VectorSpecies;";

    private final MethodVisitor mv;
    private final Statics statics;

    Code(MethodVisitor mv, Statics statics) {
        this.mv = mv;
        this.statics = statics;
    }

    /// An instruction without operands.
    public Code insn(int opcode) {
        mv.visitInsn(opcode);
        return this;
    }

    /// An instruction of the type-dependent family of `opcode`: IADD with FLOAT_TYPE is FADD.
    public Code insn(Type type, int opcode) {
        mv.visitInsn(type.getOpcode(opcode));
        return this;
    }

    Code load(Type type, int slot) {
        mv.visitVarInsn(type.getOpcode(ILOAD), slot);
        return this;
    }

    Code store(Type type, int slot) {
        mv.visitVarInsn(type.getOpcode(ISTORE), slot);
        return this;
    }

    Code iload(int slot) {
        mv.visitVarInsn(ILOAD, slot);
        return this;
    }

    Code istore(int slot) {
        mv.visitVarInsn(ISTORE, slot);
        return this;
    }

    public Code lload(int slot) {
        mv.visitVarInsn(LLOAD, slot);
        return this;
    }

    public Code lstore(int slot) {
        mv.visitVarInsn(LSTORE, slot);
        return this;
    }

    Code aload(int slot) {
        mv.visitVarInsn(ALOAD, slot);
        return this;
    }

    Code astore(int slot) {
        mv.visitVarInsn(ASTORE, slot);
        return this;
    }

    Code iinc(int slot, int by) {
        mv.visitIincInsn(slot, by);
        return this;
    }

    Code iconst(int value) {
        if (value >= -1 && value <= 5) mv.visitInsn(ICONST_0 + value);
        else if (value == (byte) value) mv.visitIntInsn(BIPUSH, value);
        else if (value == (short) value) mv.visitIntInsn(SIPUSH, value);
        else mv.visitLdcInsn(value);
        return this;
    }

    public Code lconst(long value) {
        if (value == 0 || value == 1) mv.visitInsn(value == 0 ? LCONST_0 : LCONST_1);
        else mv.visitLdcInsn(value);
        return this;
    }

    Code fconst(float value) {
        mv.visitLdcInsn(value);
        return this;
    }

    Code label(Label label) {
        mv.visitLabel(label);
        return this;
    }

    Code jump(int opcode, Label target) {
        mv.visitJumpInsn(opcode, target);
        return this;
    }

    Code line(int number) {
        Label here = new Label();
        mv.visitLabel(here);
        mv.visitLineNumber(number, here);
        return this;
    }

    Code checkcast(Class<?> type) {
        mv.visitTypeInsn(CHECKCAST, Type.getInternalName(type));
        return this;
    }

    Code getstatic(Class<?> owner, String name, Class<?> type) {
        mv.visitFieldInsn(GETSTATIC, Type.getInternalName(owner), name, Type.getDescriptor(type));
        return this;
    }

    /// A static field of the class being generated.
    Code getown(String owner, String name, String descriptor) {
        mv.visitFieldInsn(GETSTATIC, owner, name, descriptor);
        return this;
    }

    Code invokestatic(Class<?> owner, String name, Class<?> result, Class<?>... arguments) {
        return call(INVOKESTATIC, owner, name, result, arguments);
    }

    Code invokevirtual(Class<?> owner, String name, Class<?> result, Class<?>... arguments) {
        return call(INVOKEVIRTUAL, owner, name, result, arguments);
    }

    Code invokeinterface(Class<?> owner, String name, Class<?> result, Class<?>... arguments) {
        return call(INVOKEINTERFACE, owner, name, result, arguments);
    }

    /// A static method of the class being generated.
    Code invokeown(String owner, String name, String descriptor) {
        mv.visitMethodInsn(INVOKESTATIC, owner, name, descriptor, false);
        return this;
    }

    /// A method of another generated class: number `number` of those that the class being generated is linked with.
    Code invokeoutlined(String name, String descriptor, int number) {
        mv.visitInvokeDynamicInsn(name, descriptor, Linker.BOOTSTRAP, number);
        return this;
    }

    private Code call(int opcode, Class<?> owner, String name, Class<?> result, Class<?>... arguments) {
        mv.visitMethodInsn(opcode, Type.getInternalName(owner), name,
                methodType(result, arguments).descriptorString(), owner.isInterface());
        return this;
    }

    // Memory and vectors: still one instruction each, with the names of the Vector API.

    /// .. -> .. all
    Code all() {
        mv.visitFieldInsn(GETSTATIC, statics.owner(), statics.all(), Statics.SEGMENT);
        return this;
    }

    /// .. -> .. order
    Code littleEndian() {
        return getstatic(ByteOrder.class, "LITTLE_ENDIAN", ByteOrder.class);
    }

    /// .. -> .. species
    Code species(Shape shape) {
        mv.visitFieldInsn(GETSTATIC, Type.getInternalName(shape.lane().vector()), "SPECIES_" + shape.bits(), SPECIES);
        return this;
    }

    /// .. -> .. operator; the kind is the type of the field in [VectorOperators]
    Code operator(String name, Class<?> kind) {
        return getstatic(VectorOperators.class, name, kind);
    }

    /// species value -> vector
    Code broadcast(Lane lane) {
        return invokestatic(lane.vector(), "broadcast", lane.vector(), VectorSpecies.class, lane.primitive());
    }

    /// a b -> a.lanewise(name, b); three instructions, as the operator belongs between the two.
    Code binary(Lane lane, String name) {
        boolean associative = !name.equals("SUB") && !name.equals("DIV");
        return operator(name, associative ? VectorOperators.Associative.class : VectorOperators.Binary.class)
                .insn(SWAP)
                .lanewise(lane);
    }

    /// a operator b -> a.lanewise(operator, b).
    ///
    /// Not `a.add(b)` and its like: those are wrappers, and the profile of the call inside of them is shared by all
    /// vector classes of the JVM. The profile of a call in the kernel itself knows one class, so that C2 can inline it.
    Code lanewise(Lane lane) {
        return invokevirtual(lane.vector(), "lanewise", lane.vector(), VectorOperators.Binary.class, Vector.class);
    }

    /// a operator b -> a.lanewise(operator, b), b a scalar
    Code lanewiseScalar(Lane lane) {
        return invokevirtual(lane.vector(), "lanewise", lane.vector(), VectorOperators.Binary.class, lane.primitive());
    }

    /// a operator b mask -> a.lanewise(operator, b, mask)
    Code lanewiseMasked(Lane lane) {
        return invokevirtual(lane.vector(), "lanewise", lane.vector(),
                VectorOperators.Binary.class, Vector.class, VectorMask.class);
    }

    /// a operator b c -> a.lanewise(operator, b, c)
    Code lanewiseTernary(Lane lane) {
        return invokevirtual(lane.vector(), "lanewise", lane.vector(),
                VectorOperators.Ternary.class, Vector.class, Vector.class);
    }

    /// a operator -> a.lanewise(operator)
    Code lanewiseUnary(Lane lane) {
        return invokevirtual(lane.vector(), "lanewise", lane.vector(), VectorOperators.Unary.class);
    }

    /// a operator b -> mask
    Code compare(Lane lane) {
        return invokevirtual(lane.vector(), "compare", VectorMask.class, VectorOperators.Comparison.class, Vector.class);
    }

    /// otherwise then mask -> vector
    Code blend(Lane lane) {
        return invokevirtual(lane.vector(), "blend", lane.vector(), Vector.class, VectorMask.class);
    }

    /// index table -> vector
    Code selectFrom(Lane lane) {
        return invokevirtual(lane.vector(), "selectFrom", lane.vector(), Vector.class);
    }

    /// index table table -> vector
    Code selectFromTwo(Lane lane) {
        return invokevirtual(lane.vector(), "selectFrom", lane.vector(), Vector.class, Vector.class);
    }

    /// a conversion species part -> vector, not yet cast to its class
    Code convertShape(Lane from) {
        return invokevirtual(from.vector(), "convertShape", Vector.class,
                VectorOperators.Conversion.class, VectorSpecies.class, int.class);
    }

    /// a species part -> vector, not yet cast to its class
    Code reinterpretShape(Lane from) {
        return invokevirtual(from.vector(), "reinterpretShape", Vector.class, VectorSpecies.class, int.class);
    }

    /// a -> the same bits in lanes of `to`
    Code reinterpret(Lane from, Lane to) {
        if (from == to) return this;
        String name = switch (to) {
            case BYTE -> "reinterpretAsBytes";
            case SHORT -> "reinterpretAsShorts";
            case INT -> "reinterpretAsInts";
            case LONG -> "reinterpretAsLongs";
            case FLOAT -> "reinterpretAsFloats";
        };
        return invokevirtual(from.vector(), name, to.vector());
    }

    /// a lane -> scalar
    Code lane(Lane lane) {
        return invokevirtual(lane.vector(), "lane", lane.primitive(), int.class);
    }

    /// a operator -> scalar
    Code reduceLanes(Lane lane) {
        return invokevirtual(lane.vector(), "reduceLanes", lane.primitive(), VectorOperators.Associative.class);
    }
}
