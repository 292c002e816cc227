package tern.codegen.machine;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import tern.codegen.machine.code.Encoder;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;

/// Lays instructions out in memory: loops without others in them begin at multiples of 64, jumps are as short as they can be, constants
/// follow.
final class Assembly {

    private static final int LOOP_ALIGNMENT = 64;

    private final List<Instruction> code;
    private final InstructionSet set;
    private final ToIntFunction<Register> registers;
    private final List<byte[]> constants;
    private final int[] sizes;
    private final boolean[] far;
    private final boolean[] innermost;
    private final Encoder measure;
    private int[] offsets = {};
    private final Map<Integer, Integer> labels = new HashMap<>();

    /// @param registers numbers of the machine's registers
    Assembly(List<Instruction> code, List<Code.Range> loops, InstructionSet set, ToIntFunction<Register> registers, List<byte[]> constants) {
        this.code = code;
        this.set = set;
        this.registers = registers;
        this.constants = constants;
        this.sizes = new int[code.size()];
        this.far = new boolean[code.size()];
        this.innermost = Live.innermost(code, loops);
        Encoder measure = set.encoder(registers, _ -> 0);
        this.measure = measure;
        for (int i = 0; i < sizes.length; i++) {
            int before = measure.size();
            if (code.get(i) instanceof Instruction.Plain one) measure.put(one);
            if (code.get(i) instanceof Instruction.Label(int number, _)) labels.put(number, i);
            sizes[i] = measure.size() - before;
        }
    }

    /// @return code and constants, to be placed at a multiple of 64
    byte[] bytes() {
        layOutAll();
        int pool = align(offsets[code.size()], 64);
        byte[] all = Arrays.copyOf(encode(m -> pool + at(m)).bytes(), pool + constants.size() * Code.CONSTANT);
        for (int i = 0; i < constants.size(); i++) System.arraycopy(constants.get(i), 0, all, pool + i * Code.CONSTANT, Code.CONSTANT);
        return all;
    }

    /// The code alone, and where it refers to constants, to be placed at a multiple of 64.
    Encoder code() {
        layOutAll();
        return encode(_ -> 0);
    }

    /// Where a constant lies among the constants.
    static int at(Memory constant) {
        return constant.constant() * Code.CONSTANT + constant.displacement();
    }

    private void layOutAll() {
        while (!layOut()) {
            // A jump that does not reach becomes longer, which may move others out of reach.
        }
    }

    private Encoder encode(ToIntFunction<Memory> places) {
        Encoder encoder = set.encoder(registers, places);
        for (int i = 0; i < code.size(); i++) {
            encoder.pad(offsets[i] - encoder.size());
            switch (code.get(i)) {
                case Instruction.Plain one -> encoder.put(one);
                case Instruction.Label _ -> {}
                case Instruction.Jump jump -> encoder.jump(jump, target(jump) - offsets[i] - size(i), far[i]);
            }
        }
        return encoder;
    }

    /// Whether a jump is longer than it would have to be: code in front of an aligned loop became longer, and then the padding shorter.
    boolean isLongForNothing(int i) {
        return code.get(i) instanceof Instruction.Jump jump && far[i] && measure.reaches(target(jump) - offsets[i] - measure.size(jump, false));
    }

    /// Bytes that do nothing, in front of an instruction.
    int padding(int i) {
        return i == 0 ? 0 : offsets[i] - offsets[i - 1] - size(i - 1);
    }

    private boolean layOut() {
        offsets = new int[code.size() + 1];
        int at = 0;
        for (int i = 0; i < code.size(); i++) {
            if (code.get(i) instanceof Instruction.Label(_, boolean loop) && loop && innermost[i]) at = align(at, LOOP_ALIGNMENT);
            offsets[i] = at;
            at += size(i);
        }
        offsets[code.size()] = at;
        boolean fits = true;
        for (int i = 0; i < code.size(); i++)
            if (code.get(i) instanceof Instruction.Jump jump && !far[i]) {
                int distance = target(jump) - offsets[i] - size(i);
                if (measure.reaches(distance)) continue;
                far[i] = true;
                fits = false;
            }
        return fits;
    }

    private int size(int i) {
        return code.get(i) instanceof Instruction.Jump jump ? measure.size(jump, far[i]) : sizes[i];
    }

    private int target(Instruction.Jump jump) {
        Integer target = labels.get(jump.label());
        if (target == null) throw new IllegalStateException("a jump to nowhere");
        return offsets[target];
    }

    private static int align(int value, int to) {
        return (value + to - 1) / to * to;
    }
}
