package tern.codegen.jvm.emit;

import static org.objectweb.asm.Opcodes.*;

import org.objectweb.asm.Label;
import tern.ir.Element;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Compare.Relation;

/// Writes branches on scalar conditions.
final class Guards {

    private final Emission emission;

    Guards(Emission emission) {
        this.emission = emission;
    }

    /// .. -> .. ; jumps to `target` if the condition does not hold.
    void jumpUnless(Expr condition, Label target) {
        Code code = emission.code;
        switch (condition) {
            case Expr.Compare(var relation, Expr a, Expr b) -> compare(relation, a, b, target);
            case Expr.Binary(var op, Expr a, Expr b) when op == Expr.Binary.Operation.AND -> {
                jumpUnless(a, target);
                jumpUnless(b, target);
            }
            case Expr.Unary(var op, Expr a) when op == Expr.Unary.Operation.NOT -> {
                emission.scalars.emit(a);                                         // a
                code.jump(IFNE, target);                                          //
            }
            default -> {
                emission.scalars.emit(condition);                                 // condition
                code.jump(IFEQ, target);                                          //
            }
        }
    }

    private void compare(Relation relation, Expr a, Expr b, Label target) {
        Code code = emission.code;
        Element element = a.type().element();
        Lane lane = Lane.of(element);
        boolean flip = element == Element.U32 || element == Element.U64;
        emission.scalars.emit(a);                                                 // a
        if (flip) emission.scalars.signBit(element);                              // a
        emission.scalars.emit(b);                                                 // a b
        if (flip) emission.scalars.signBit(element);                              // a b
        switch (lane) {
            case BYTE, SHORT, INT -> {
                code.jump(intUnless(relation), target);                           //
                return;
            }
            case LONG -> code.insn(LCMP);                                         // sign
            // A NaN must pass neither as less nor as greater.
            case FLOAT -> code.insn(relation == Relation.LT || relation == Relation.LE ? FCMPG : FCMPL); // sign
        }
        code.jump(signUnless(relation), target);                                  //
    }

    private static int intUnless(Relation relation) {
        return switch (relation) {
            case EQ -> IF_ICMPNE;
            case NE -> IF_ICMPEQ;
            case LT -> IF_ICMPGE;
            case LE -> IF_ICMPGT;
            case GT -> IF_ICMPLE;
            case GE -> IF_ICMPLT;
        };
    }

    private static int signUnless(Relation relation) {
        return switch (relation) {
            case EQ -> IFNE;
            case NE -> IFEQ;
            case LT -> IFGE;
            case LE -> IFGT;
            case GT -> IFLE;
            case GE -> IFLT;
        };
    }
}
