package tern.codegen.cuda.simulate;

/// The lanes of a warp, grouped by the instruction that they stand at.
///
/// Threads of a warp go their own ways since compute capability 7.0; the ISA says when they must meet (`.aligned`, member masks)
/// and leaves the rest open. Here the group with the lowest instruction runs first, so that a branch's two sides meet where they
/// join in the text, and every group that reaches another's place becomes one with it.
final class Groups {

    private static final int MOST = 33;

    private final int[] pcs = new int[MOST];
    private final int[] lanes = new int[MOST];
    /// Waits for lanes that are not here.
    private final boolean[] parked = new boolean[MOST];
    private int count = 1;

    Groups(int all) {
        lanes[0] = all;
    }

    int pc(int group) {
        return pcs[group];
    }

    int lanes(int group) {
        return lanes[group];
    }

    int count() {
        return count;
    }

    void move(int group, int pc) {
        pcs[group] = pc;
    }

    void park(int group) {
        parked[group] = true;
    }

    /// Takes lanes out of a group and sets them at a place of their own.
    void split(int group, int taken, int pc) {
        lanes[group] &= ~taken;
        pcs[count] = pc;
        lanes[count] = taken;
        parked[count++] = false;
    }

    void leave(int group, int gone) {
        lanes[group] &= ~gone;
    }

    /// Makes one group of those at one place and forgets empty ones.
    void merge() {
        int kept = 0;
        for (int g = 0; g < count; g++) {
            if (lanes[g] == 0) continue;
            int same = 0;
            while (same < kept && pcs[same] != pcs[g]) same++;
            if (same < kept) {
                lanes[same] |= lanes[g];
                // A newcomer may be whom they waited for.
                parked[same] = false;
            } else {
                pcs[kept] = pcs[g];
                lanes[kept] = lanes[g];
                parked[kept++] = parked[g];
            }
        }
        count = kept;
    }

    /// The group to run next, -1 if all wait.
    int lowest() {
        int lowest = -1;
        for (int g = 0; g < count; g++) if (!parked[g] && (lowest < 0 || pcs[g] < pcs[lowest])) lowest = g;
        return lowest;
    }

    /// Where `group` meets the next one above it.
    int limit(int group) {
        int limit = Integer.MAX_VALUE;
        for (int g = 0; g < count; g++) if (pcs[g] > pcs[group]) limit = Math.min(limit, pcs[g]);
        return limit;
    }

    /// After lanes have left, those who waited for them may go on.
    void unpark() {
        java.util.Arrays.fill(parked, false);
    }
}
