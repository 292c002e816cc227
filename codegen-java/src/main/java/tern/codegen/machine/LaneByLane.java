package tern.codegen.machine;

import java.util.function.UnaryOperator;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.ir.Element;

/// Arithmetic that vectors do not have at all: lanes go through the frame and are computed as scalars.
final class LaneByLane {

    private final Selection at;
    private final Code code;
    private final Values values;

    LaneByLane(Selection at, Values values) {
        this.at = at;
        this.code = at.code;
        this.values = values;
    }

    private Memory store(Register lanes) {
        Memory area = code.area(at.registerBytes());
        values.lanes.store(area, lanes, at.set.vectorBits());
        return area;
    }

    Register multiplyHigh(Element element, Register a, Register b, int lanes) {
        Memory x = store(a), y = store(b), result = code.area(at.registerBytes());
        int bytes = element.bytes();
        for (int l = 0; l < lanes; l++) {
            Register product = at.scalars.multiplyHigh(element, at.scalars.load(element, x.plus(l * bytes)), at.scalars.load(element, y.plus(l * bytes)));
            at.general.store(element.bits(), result.plus(l * bytes), product);
        }
        return values.lanes.load(result, at.set.vectorBits());
    }

    /// @param numbers lanes of 64 bits, as many as fill `lanes` floats
    Register toFloats(Element element, Register[] numbers, int lanes) {
        Memory[] from = new Memory[numbers.length];
        int each = at.set.vectorBits() / Long.SIZE;
        for (int p = 0; p < from.length; p++) from[p] = store(numbers[p]);
        Memory result = code.area(at.registerBytes());
        for (int l = 0; l < lanes; l++) {
            Register number = at.scalars.load(element, from[l / each].plus(l % each * Long.BYTES));
            values.lanes.store(result.plus(l * Float.BYTES), at.general.toFloat(number, element), Float.SIZE);
        }
        return values.lanes.load(result, at.set.vectorBits());
    }

    /// Lanes of one part from a part of floats.
    ///
    /// @param first lane of the floats
    Register toIntegers(Element element, Register floats, int first, int lanes) {
        Memory from = store(floats), result = code.area(at.registerBytes());
        UnaryOperator<Register> convert = value -> at.scalars.wrap(element, at.general.toInteger(value, element));
        for (int l = 0; l < lanes; l++) {
            Register value = values.lanes.load(from.plus((first + l) * Float.BYTES), Float.SIZE);
            at.general.store(element.bits(), result.plus(l * element.bytes()), convert.apply(value));
        }
        return values.lanes.load(result, at.set.vectorBits());
    }
}
