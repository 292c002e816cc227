package tern.codegen.cuda.simulate;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Gives every operand of a kernel a slot: its registers first, then constants and special registers as they turn up.
final class Slots {

    private final Map<Long, Integer> constants = new LinkedHashMap<>();
    private final Map<String, Integer> specials = new HashMap<>();
    private final List<String> names;
    private int count;

    /// @param names of the kernel's registers, in slots from 0 on
    Slots(List<String> names) {
        this.names = names;
        count = names.size();
    }

    int constant(long bits) {
        return constants.computeIfAbsent(bits, _ -> count++);
    }

    int special(String name) {
        return specials.computeIfAbsent(name, _ -> count++);
    }

    int count() {
        return count;
    }

    int registers() {
        return names.size();
    }

    Map<Long, Integer> constants() {
        return constants;
    }

    Map<String, Integer> specials() {
        return specials;
    }

    /// Of a register.
    String name(int slot) {
        return names.get(slot);
    }
}
