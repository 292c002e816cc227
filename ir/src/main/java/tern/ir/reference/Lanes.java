package tern.ir.reference;

import tern.ir.Element;
import tern.ir.loop.Type;

/// An expression made ready to run: [#run] computes its lanes into the one array that its type uses.
///
/// An expression has no recursion in it, so its result may live in the node itself until it runs again.
abstract class Lanes {

    private static final long[] NO_INTEGERS = {};
    private static final float[] NO_FLOATS = {};

    final Type type;
    /// Lanes of an integer or bool type, see [Numbers].
    final long[] ints;
    /// Lanes of a float type.
    final float[] floats;

    Lanes(Type type) {
        this.type = type;
        ints = isFloat() ? NO_INTEGERS : new long[type.lanes()];
        floats = isFloat() ? new float[type.lanes()] : NO_FLOATS;
    }

    abstract void run();

    final Element element() {
        return type.element();
    }

    final boolean isFloat() {
        return type.element().isFloat();
    }

    final int lanes() {
        return type.lanes();
    }

    /// Copies the lanes of a node of the same type.
    final void assign(Lanes from) {
        System.arraycopy(from.ints, 0, ints, 0, ints.length);
        System.arraycopy(from.floats, 0, floats, 0, floats.length);
    }

    /// Computes a scalar integer.
    final long scalar() {
        run();
        return ints[0];
    }

    /// A variable or a constant: its lanes are simply there.
    static final class Cell extends Lanes {
        Cell(Type type) {
            super(type);
        }

        @Override
        void run() {}
    }

    interface IntegerLane {
        long at(int lane);
    }

    interface FloatLane {
        float at(int lane);
    }

    /// Lane l is `lane.at(l)`, wrapped into the type, once `operands` have run.
    static Lanes ofIntegers(Type type, IntegerLane lane, Lanes... operands) {
        return new Lanes(type) {
            @Override
            void run() {
                for (Lanes operand : operands) operand.run();
                for (int l = 0; l < ints.length; l++) ints[l] = Numbers.wrap(element(), lane.at(l));
            }
        };
    }

    static Lanes ofFloats(Type type, FloatLane lane, Lanes... operands) {
        return new Lanes(type) {
            @Override
            void run() {
                for (Lanes operand : operands) operand.run();
                for (int l = 0; l < floats.length; l++) floats[l] = lane.at(l);
            }
        };
    }
}
