package tern.codegen.cuda.simulate;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What wgmma has under way in one warp: registers that it fills, shared memory that it reads (PTX ISA, "wgmma.fence",
/// "wgmma.commit_group", "wgmma.wait_group").
///
/// A product is computed when it is issued; its registers have no value for others until it is waited for.
final class Products {

    /// @param at first bytes of eight rows of 16 bytes each
    private record Product(int[] filled, int[] at) {}

    private List<Product> open = new ArrayList<>();
    private final Deque<List<Product>> groups = new ArrayDeque<>();
    private boolean fenced;

    /// A register of a product was written otherwise: the next one needs a fence.
    void unfence() {
        fenced = false;
    }

    void fence() {
        fenced = true;
    }

    boolean isFenced() {
        return fenced;
    }

    boolean fills(int slot) {
        return isIn(open, slot) || groups.stream().anyMatch(group -> isIn(group, slot));
    }

    private static boolean isIn(List<Product> products, int slot) {
        for (Product product : products) for (int filled : product.filled) if (filled == slot) return true;
        return false;
    }

    /// @param filled slots
    /// @param used   first bytes of the chunks of 16 bytes of shared memory that it reads
    void begin(Warp warp, int[] filled, int[] used) {
        for (int at : used) warp.block.shared.beginUse(at, 16);
        for (int slot : filled) warp.known[slot] = 0;
        open.add(new Product(filled, used));
    }

    void commit() {
        groups.add(open);
        open = new ArrayList<>();
    }

    /// Until at most `left` groups are under way.
    void await(Warp warp, int left) {
        while (groups.size() > left)
            for (Product product : groups.remove()) {
                for (int at : product.at) warp.block.shared.endUse(at, 16);
                for (int slot : product.filled) if (!fills(slot)) warp.known[slot] = warp.alive;
            }
    }

    /// Marks the actions that write registers of a wgmma without being one.
    static void markUnfencing(List<Action> actions) {
        Set<Integer> used = new HashSet<>();
        for (Action action : actions) if (action instanceof Warpgroup product) product.addRegisters(used);
        for (Action action : actions)
            for (int slot : action.writes) action.unfences |= used.contains(slot);
    }
}
