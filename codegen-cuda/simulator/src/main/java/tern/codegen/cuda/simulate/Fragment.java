package tern.codegen.cuda.simulate;

/// Which element of a matrix each thread of a warp holds where.
///
/// @param registers of a thread
/// @param perRegister elements in one
/// @param index     `row * columns + column` of element `lane * registers * perRegister + i`
record Fragment(int rows, int columns, int registers, int perRegister, int[] index) {

    /// Row or column of element `i` of a thread, from `groupID = laneid >> 2` and `threadID_in_group = laneid % 4`, the names
    /// of the ISA.
    private interface Coordinate {
        int of(int group, int thread, int i);
    }

    private static Fragment of(int rows, int columns, int registers, int perRegister, Coordinate row, Coordinate column) {
        int each = registers * perRegister;
        int[] index = new int[32 * each];
        for (int lane = 0; lane < 32; lane++)
            for (int i = 0; i < each; i++)
                index[lane * each + i] = row.of(lane >> 2, lane & 3, i) * columns + column.of(lane >> 2, lane & 3, i);
        return new Fragment(rows, columns, registers, perRegister, index);
    }

    /// A of 8-bit elements: "Matrix Fragments for mma.m16n8k32", "... mma.m16n8k16 with integer type". `a0..a3` are row groupID,
    /// `a4..a7` row groupID + 8, and so on for the next 16 columns.
    static Fragment bytesA(int k) {
        return of(16, k, k / 8, 4, (g, _, i) -> (i & 4) == 0 ? g : g + 8, (_, t, i) -> t * 4 + (i & 3) + (i >= 8 ? 16 : 0));
    }

    /// B of 8-bit elements, the same sections.
    static Fragment bytesB(int k) {
        return of(k, 8, k / 16, 4, (_, t, i) -> t * 4 + (i & 3) + (i >= 4 ? 16 : 0), (g, _, _) -> g);
    }

    /// A of 16-bit elements: "Matrix Fragments for mma.m16n8k16 with floating point type", "... mma.m16n8k8".
    static Fragment halvesA(int k) {
        return of(16, k, k / 4, 2, (g, _, i) -> (i & 2) == 0 ? g : g + 8, (_, t, i) -> t * 2 + (i & 1) + (i >= 4 ? 8 : 0));
    }

    /// B of 16-bit elements, the same sections.
    static Fragment halvesB(int k) {
        return of(k, 8, k / 8, 2, (_, t, i) -> t * 2 + (i & 1) + (i >= 2 ? 8 : 0), (g, _, _) -> g);
    }

    /// C and D, one element a register: `c0, c1` are row groupID, `c2, c3` row groupID + 8 (the same sections).
    static Fragment wordsC() {
        return of(16, 8, 4, 1, (g, _, i) -> i < 2 ? g : g + 8, (_, t, i) -> t * 2 + (i & 1));
    }

    /// C and D of f16, two elements a register.
    static Fragment halvesC() {
        return of(16, 8, 2, 2, (g, _, i) -> i < 2 ? g : g + 8, (_, t, i) -> t * 2 + (i & 1));
    }

    /// A, B and C of "Matrix Fragments for mma.m8n8k16", 8-bit elements.
    static Fragment smallA() {
        return of(8, 16, 1, 4, (g, _, _) -> g, (_, t, i) -> t * 4 + i);
    }
    static Fragment smallB() {
        return of(16, 8, 1, 4, (_, t, i) -> t * 4 + i, (g, _, _) -> g);
    }

    static Fragment smallC() {
        return of(8, 8, 2, 1, (g, _, _) -> g, (_, t, i) -> t * 2 + i);
    }

    /// The same with rows and columns exchanged.
    Fragment turned() {
        int[] turned = new int[index.length];
        for (int i = 0; i < index.length; i++) turned[i] = index[i] % columns * rows + index[i] / columns;
        return new Fragment(/* rows= */ columns, /* columns= */ rows, registers, perRegister, turned);
    }

    private int each() {
        return registers * perRegister;
    }

    /// The matrix of whole numbers that the registers of a warp hold.
    void gather(Warp warp, int[] slots, Type type, int[] into) {
        int bits = 32 / perRegister, each = each();
        boolean signed = type.isSigned();
        for (int reg = 0; reg < registers; reg++)
            for (int lane = 0; lane < 32; lane++) {
                int word = (int) warp.registers[slots[reg] * 32 + lane];
                for (int p = 0; p < perRegister; p++) {
                    int top = word << 32 - bits - p * bits;
                    into[index[lane * each + reg * perRegister + p]] = signed ? top >> 32 - bits : top >>> 32 - bits;
                }
            }
    }

    /// The matrix of floats.
    void gather(Warp warp, int[] slots, Type type, double[] into) {
        int bits = 32 / perRegister;
        for (int lane = 0; lane < 32; lane++)
            for (int i = 0; i < each(); i++) {
                long word = warp.registers[slots[i / perRegister] * 32 + lane] >>> i % perRegister * bits;
                into[index[lane * each() + i]] = Rounding.value(type, word & type.mask());
            }
    }

    /// Puts a matrix of elements, as their bits, into the registers of a warp.
    void scatter(Warp warp, int[] slots, long[] from) {
        int bits = 32 / perRegister;
        for (int lane = 0; lane < 32; lane++)
            for (int reg = 0; reg < registers; reg++) {
                long word = 0;
                for (int p = 0; p < perRegister; p++)
                    word |= (from[index[lane * each() + reg * perRegister + p]] & Type.mask(bits)) << p * bits;
                warp.registers[slots[reg] * 32 + lane] = word;
            }
    }
}
