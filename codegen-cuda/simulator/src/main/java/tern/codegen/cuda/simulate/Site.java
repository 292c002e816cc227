package tern.codegen.cuda.simulate;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A statement that is being decoded: its words are taken one by one, its operands become slots. What is not taken in the end
/// is an error, so nothing in a text is passed over.
final class Site {

    final Statement statement;
    final Slots slots;
    /// Capability that the text's `.target` names.
    final int capability;
    /// Whether that ends in `a`.
    private final boolean special;
    private final Map<String, Long> addresses;
    private final List<String> words;

    /// @param addresses of all variables that the kernel sees, in their own spaces
    Site(Statement statement, Slots slots, Map<String, Long> addresses, int capability, boolean special) {
        this.statement = statement;
        this.slots = slots;
        this.addresses = addresses;
        this.capability = capability;
        this.special = special;
        words = new ArrayList<>(statement.modifiers());
    }

    // ---- words ----

    boolean take(String word) {
        return words.remove(word);
    }

    /// The first of `choice` that stands there, null if none does.
    @Nullable
    String takeOneOf(String... choice) {
        for (String word : choice) if (take(word)) return word;
        return null;
    }

    String mustTakeOneOf(String... choice) {
        String taken = takeOneOf(choice);
        if (taken == null) throw error("one of " + String.join(", ", choice) + " is missing");
        return taken;
    }

    /// Words that start with `prefix`, all of them.
    void dropAll(String prefix) {
        words.removeIf(w -> w.startsWith(prefix));
    }

    /// The next word, which must be a type.
    Type type() {
        for (String word : words) {
            Type type = Type.named(word);
            if (type != null) {
                words.remove(word);
                return type;
            }
        }
        throw error("a type is missing");
    }

    /// A type of these.
    Type type(Type... allowed) {
        Type type = type();
        if (!List.of(allowed).contains(type)) throw statement.unsupported();
        return type;
    }

    boolean hasType() {
        return words.stream().anyMatch(w -> Type.named(w) != null);
    }

    void done() {
        if (!words.isEmpty()) throw error("." + words.getFirst() + " is not supported by the simulator");
    }

    void needs(int least) {
        if (capability < least) throw error(String.format(ROOT, "needs .target sm_%d or later, the text has sm_%d", least, capability));
    }

    void needsSpecial(int exactly) {
        if (capability != exactly || !special) throw error("needs .target sm_" + exactly + "a");
    }

    PtxError error(String message) {
        return statement.error(message);
    }

    // ---- operands ----

    int count() {
        return statement.operands().size();
    }

    void count(int exactly) {
        if (count() != exactly) throw error(String.format(ROOT, "%d operands, not %d", exactly, count()));
    }

    Operand operand(int index) {
        if (index >= count()) throw error("operand " + (index + 1) + " is missing");
        return statement.operands().get(index);
    }

    int source(int index, Type type) {
        return source(operand(index), type, false);
    }

    /// @param wide whether a register may have more bits than the type (PTX ISA, "Operand Size Exceeding Instruction-Type Size")
    int source(Operand operand, Type type, boolean wide) {
        return switch (operand) {
            case Operand.Register r -> sized(r, type, wide);
            case Operand.Special s -> slots.special(s.name());
            case Operand.Name n -> slots.constant(address(n));
            case Operand.Whole _, Operand.Single _, Operand.Real _ ->
                slots.constant(Constants.bits(operand, type, statement.line()));
            case Operand.Vector _, Operand.Address _, Operand.Not _, Operand.Pair _, Operand.Sink _ ->
                throw error("an operand cannot stand here");
        };
    }

    private int sized(Operand.Register register, Type type, boolean wide) {
        if (register.bits() != type.bits && !(wide && register.bits() > type.bits))
            throw error(String.format(ROOT, "%s has %d bits, .%s has %d", register.name(), register.bits(),
                    type.name().toLowerCase(Locale.ROOT), type.bits));
        return register.slot();
    }

    int target(int index, Type type) {
        return target(operand(index), type, false).slot();
    }

    Operand.Register target(Operand operand, Type type, boolean wide) {
        if (!(operand instanceof Operand.Register register)) throw error("the destination is no register");
        sized(register, type, wide);
        return register;
    }

    int predicate(int index) {
        return source(operand(index), Type.PRED, false);
    }

    /// The parts of `{a, b}`, or the operand alone.
    List<Operand> parts(int index) {
        return operand(index) instanceof Operand.Vector(List<Operand> parts) ? parts : List.of(operand(index));
    }

    /// Slots of the parts of a vector; those of `_` are -1.
    int[] vector(int index, int length, Type type, boolean wide) {
        List<Operand> parts = parts(index);
        if (parts.size() != length) throw error(String.format(ROOT, "%d elements, not %d", length, parts.size()));
        return parts.stream()
                .mapToInt(p -> p instanceof Operand.Sink ? -1 : source(p, type, wide))
                .toArray();
    }

    long address(Operand.Name name) {
        Long address = addresses.get(name.name());
        if (address == null) throw error("'" + name.name() + "' is a label, not a variable");
        return address;
    }

    /// An address operand, its parts as slots.
    ///
    /// @param base   slot of the register, or of a constant
    /// @param narrow whether only its lower 32 bits count
    record Address(int base, long offset, boolean narrow) {

        long of(Warp warp, int lane) {
            long value = warp.registers[base * 32 + lane];
            return narrow ? value + offset & 0xffff_ffffL : value + offset;
        }
    }

    Address address(int index) {
        if (!(operand(index) instanceof Operand.Address(Operand base, long offset)))
            throw error("operand " + (index + 1) + " is no address");
        return switch (base) {
            case Operand.Register r when r.bits() == 64 -> new Address(r.slot(), offset, false);
            case Operand.Register r when r.bits() == 32 -> new Address(r.slot(), offset, true);
            case Operand.Name n -> new Address(slots.constant(address(n) + offset), 0, false);
            case Operand.Whole(long value) -> new Address(slots.constant(value + offset), 0, false);
            case Operand.Register _, Operand.Special _, Operand.Single _, Operand.Real _, Operand.Vector _, Operand.Address _, Operand.Not _, Operand.Pair _,
                    Operand.Sink _ ->
                throw error("this is no address");
        };
    }

    static Type[] all(Type[] some, Type... others) {
        Type[] all = java.util.Arrays.copyOf(some, some.length + others.length);
        System.arraycopy(others, 0, all, some.length, others.length);
        return all;
    }

    /// Without those of `_`.
    static int[] join(int[]... parts) {
        return java.util.Arrays.stream(parts).flatMapToInt(java.util.Arrays::stream).filter(s -> s >= 0).toArray();
    }
}
