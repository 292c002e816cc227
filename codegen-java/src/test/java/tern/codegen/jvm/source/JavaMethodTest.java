package tern.codegen.jvm.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.objectweb.asm.Opcodes.*;

import com.palantir.javapoet.TypeSpec;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Type;
import tern.codegen.jvm.emit.Remarks;

/// Instructions in, Java out.
class JavaMethodTest {

    /// A method `f` with the parameters a, b, c, ..., whose bodies the instructions are.
    private static String java(String descriptor, Consumer<MethodVisitor> instructions) {
        var type = new JavaClass("p/A");
        MethodVisitor mv = type.visitMethod(ACC_STATIC, "f", descriptor, null, new String[0]);
        int slot = 0;
        char name = 'a';
        for (Type parameter : Type.getArgumentTypes(descriptor)) {
            ((Remarks) mv).parameter(slot, "" + name++);
            slot += parameter.getSize();
        }
        instructions.accept(mv);
        mv.visitEnd();
        String text = type.methods().getFirst().toString();
        return text.substring(text.indexOf(") {\n") + 4, text.lastIndexOf("}\n")).indent(-2);
    }

    private static void local(MethodVisitor mv, int opcode, int slot, String name) {
        ((Remarks) mv).local(slot, name);
        mv.visitVarInsn(opcode, slot);
    }

    @Test
    void parenthesesStandWhereJavaNeedsThem() {
        assertThat(java("(III)I", mv -> {
            mv.visitVarInsn(ILOAD, 0);
            mv.visitVarInsn(ILOAD, 1);
            mv.visitInsn(IADD);
            mv.visitVarInsn(ILOAD, 2);
            mv.visitInsn(IMUL);
            mv.visitVarInsn(ILOAD, 0);
            mv.visitVarInsn(ILOAD, 1);
            mv.visitInsn(ISUB);
            mv.visitInsn(ISUB);
            mv.visitInsn(ICONST_3);
            mv.visitInsn(ISHL);
            mv.visitInsn(INEG);
            mv.visitInsn(I2B);
            mv.visitInsn(IRETURN);
        })).isEqualTo("return (byte) -((a + b) * c - (a - b) << 3);\n");
    }

    @Test
    void anIntBesideALongIsWidenedByItself() {
        assertThat(java("(IIJ)J", mv -> {
            mv.visitVarInsn(LLOAD, 2);
            mv.visitVarInsn(ILOAD, 0);
            mv.visitInsn(I2L);
            mv.visitLdcInsn(0xffff_ffffL);
            mv.visitInsn(LAND);
            mv.visitInsn(LADD);
            mv.visitVarInsn(ILOAD, 0);
            mv.visitInsn(I2L);
            mv.visitVarInsn(ILOAD, 1);
            mv.visitInsn(I2L);
            mv.visitInsn(LMUL);
            mv.visitInsn(LADD);
            mv.visitInsn(LRETURN);
        })).isEqualTo("return c + (a & 0xffff_ffffL) + (long) a * b;\n");
    }

    @Test
    void whatIsReadBeforeItChangesGoesToAVariable() {
        assertThat(java("(I)I", mv -> {
            mv.visitVarInsn(ILOAD, 0);
            mv.visitInsn(ICONST_2);
            mv.visitInsn(IMUL);
            mv.visitInsn(ICONST_5);
            mv.visitVarInsn(ISTORE, 0);
            mv.visitVarInsn(ILOAD, 0);
            mv.visitInsn(IADD);
            mv.visitInsn(IRETURN);
        })).isEqualTo("""
                int value = a * 2;
                a = 5;
                return value + a;
                """);
    }

    @Test
    void aCopyThatIsStoredIsUsedByName() {
        assertThat(java("(J)J", mv -> {
            mv.visitVarInsn(LLOAD, 0);
            mv.visitInsn(LCONST_1);
            mv.visitInsn(LADD);
            mv.visitInsn(DUP2);
            local(mv, LSTORE, 2, "class");
            mv.visitVarInsn(LLOAD, 2);
            mv.visitInsn(LMUL);
            mv.visitInsn(LRETURN);
        })).isEqualTo("""
                long class_ = a + 1L;
                return class_ * class_;
                """);
    }

    /// Stores a - b where a < b, else b.
    private static void choice(MethodVisitor mv, boolean withSteps) {
        Label no = new Label(), end = new Label();
        mv.visitVarInsn(ILOAD, 0);
        mv.visitVarInsn(ILOAD, 1);
        mv.visitJumpInsn(IF_ICMPGE, no);
        mv.visitVarInsn(ILOAD, 0);
        mv.visitVarInsn(ILOAD, 1);
        mv.visitInsn(ISUB);
        if (withSteps) {
            mv.visitInsn(DUP);
            local(mv, ISTORE, 2, "difference");
        }
        mv.visitJumpInsn(GOTO, end);
        mv.visitLabel(no);
        mv.visitVarInsn(ILOAD, 1);
        mv.visitLabel(end);
        mv.visitInsn(IRETURN);
    }

    @Test
    void branchesWithAValueAreAnExpressionIfTheyCanBe() {
        assertThat(java("(II)I", mv -> choice(mv, false))).isEqualTo("return a < b ? a - b : b;\n");
        assertThat(java("(II)I", mv -> choice(mv, true))).isEqualTo("""
                int value;
                if (a < b) {
                  int difference = a - b;
                  value = difference;
                } else {
                  value = b;
                }
                return value;
                """);
    }

    /// Returns 1 if a > 0 and, b halved, a < b / 2.
    private static void bothHold(MethodVisitor mv, boolean withSteps) {
        Label no = new Label();
        mv.visitVarInsn(ILOAD, 0);
        mv.visitJumpInsn(IFLE, no);
        mv.visitVarInsn(ILOAD, 1);
        mv.visitInsn(ICONST_2);
        mv.visitInsn(IDIV);
        if (withSteps) {
            local(mv, ISTORE, 2, "half");
            mv.visitVarInsn(ILOAD, 2);
        }
        mv.visitVarInsn(ILOAD, 0);
        mv.visitJumpInsn(IF_ICMPLE, no);
        mv.visitInsn(ICONST_1);
        mv.visitInsn(IRETURN);
        mv.visitLabel(no);
        mv.visitInsn(ICONST_0);
        mv.visitInsn(IRETURN);
    }

    @Test
    void conditionsWithOneWayOutHoldTogether() {
        assertThat(java("(II)I", mv -> bothHold(mv, false))).isEqualTo("""
                if (a > 0 && b / 2 > a) {
                  return 1;
                }
                return 0;
                """);
        assertThat(java("(II)I", mv -> bothHold(mv, true))).isEqualTo("""
                boolean holds = a > 0;
                int half = 0;
                if (holds) {
                  half = b / 2;
                }
                if (holds && half > a) {
                  return 1;
                }
                return 0;
                """);
    }

    @Test
    void loopsCount() {
        assertThat(java("(II)I", mv -> {
            Label head = new Label(), exit = new Label();
            mv.visitInsn(ICONST_0);
            local(mv, ISTORE, 2, "sum");
            mv.visitInsn(ICONST_1);
            local(mv, ISTORE, 3, "i");
            mv.visitVarInsn(ILOAD, 0);
            local(mv, ISTORE, 4, "end");
            mv.visitLabel(head);
            mv.visitVarInsn(ILOAD, 3);
            mv.visitVarInsn(ILOAD, 4);
            mv.visitJumpInsn(IF_ICMPGE, exit);
            mv.visitVarInsn(ILOAD, 2);
            mv.visitVarInsn(ILOAD, 3);
            mv.visitInsn(IADD);
            mv.visitVarInsn(ISTORE, 2);
            mv.visitIincInsn(3, 4);
            mv.visitJumpInsn(GOTO, head);
            mv.visitLabel(exit);
            mv.visitVarInsn(ILOAD, 2);
            mv.visitInsn(IRETURN);
        })).isEqualTo("""
                int sum = 0;
                for (int i = 1; i < a; i += 4) {
                  sum = sum + i;
                }
                return sum;
                """);
    }

    @Test
    void aBranchOnFloatsMustTreatNanAsJavaDoes() {
        Consumer<MethodVisitor> less = mv -> {
            Label no = new Label();
            mv.visitVarInsn(FLOAD, 0);
            mv.visitInsn(FCONST_1);
            mv.visitInsn(FCMPG);
            mv.visitJumpInsn(IFGE, no);
            mv.visitInsn(RETURN);
            mv.visitLabel(no);
        };
        assertThat(java("(F)V", less)).startsWith("if (a < 1.0f) {\n");
        assertThatThrownBy(() -> java("(F)V", mv -> {
            mv.visitVarInsn(FLOAD, 0);
            mv.visitInsn(FCONST_1);
            mv.visitInsn(FCMPL);
            mv.visitJumpInsn(IFGE, new Label());
        })).isInstanceOf(IllegalStateException.class).hasMessage("NaN takes another way than in Java");
    }

    @Test
    void argumentsAreWhatTheMethodAsksFor() {
        String species = "Ljdk/incubator/vector/VectorSpecies;";
        assertThat(java("(I)V", mv -> {
            mv.visitFieldInsn(GETSTATIC, "jdk/incubator/vector/ByteVector", "SPECIES_128", species);
            mv.visitVarInsn(ILOAD, 0);
            mv.visitMethodInsn(INVOKESTATIC, "jdk/incubator/vector/ByteVector", "broadcast",
                    "(" + species + "B)Ljdk/incubator/vector/ByteVector;", false);
            mv.visitFieldInsn(GETSTATIC, "jdk/incubator/vector/VectorOperators", "NE", "Ljdk/incubator/vector/VectorOperators$Comparison;");
            mv.visitFieldInsn(GETSTATIC, "jdk/incubator/vector/ByteVector", "SPECIES_128", species);
            mv.visitInsn(ICONST_0);
            mv.visitMethodInsn(INVOKESTATIC, "jdk/incubator/vector/ByteVector", "broadcast",
                    "(" + species + "B)Ljdk/incubator/vector/ByteVector;", false);
            mv.visitMethodInsn(INVOKEVIRTUAL, "jdk/incubator/vector/ByteVector", "compare",
                    "(Ljdk/incubator/vector/VectorOperators$Comparison;Ljdk/incubator/vector/Vector;)Ljdk/incubator/vector/VectorMask;", false);
            local(mv, ASTORE, 1, "mask");
            mv.visitInsn(RETURN);
        }).replace("jdk.incubator.vector.", "").replaceAll(",\n +", ", ")).isEqualTo("""
                VectorMask<Byte> mask = ByteVector.broadcast(ByteVector.SPECIES_128, (byte) a)\
                .compare(NE, ByteVector.broadcast(ByteVector.SPECIES_128, (byte) 0));
                """);
    }

    @Test
    void linesBreakBehindCommasAndBeforeOperatorsAndCalls() {
        String call = "long address = first(aaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbb).second(\"cccccc . , + cccccccccccccc\", dddddddd, e)";
        assertThat(JavaText.method("private static void f() {\n    " + call + " + 1;\n}").toString()).isEqualTo("""
                private static void f() {
                  long address = first(aaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbb)
                      .second("cccccc . , + cccccccccccccc", dddddddd, e) + 1;
                }
                """);
    }

    @Test
    void namesOfClassesAreImportedAndThoseInStringsAreNot() {
        TypeSpec type = TypeSpec.classBuilder("A").addMethod(JavaText.method("""
                /// Of an arena.
                ///
                /// @param arena to take from
                private static void f(Arena arena, int... sizes) throws Exception {
                    if (sizes.length > 0) {
                        String name = "Random $1"; // of an Objects
                    }
                }
                """)).build();
        assertThat(JavaText.file("p", type)).contains("import java.lang.foreign.Arena;").doesNotContain("java.util")
                .contains("""
                        /**
                         * Of an arena.
                         *
                         * @param arena to take from
                         */
                        private static void f(Arena arena, int... sizes) throws Exception {
                            if (sizes.length > 0) {
                                String name = "Random $1"; // of an Objects
                            }
                        }
                        """.indent(4));
    }
}
