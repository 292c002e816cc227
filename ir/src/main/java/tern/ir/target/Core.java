package tern.ir.target;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/// How fast a core runs the instructions of kernels: how many operations it takes up each cycle, and for each kind of work through
/// which ports it goes and when its result is there.
///
/// @param name   stable
/// @param source of the numbers
/// @param width  operations taken up each cycle, an instruction with its load from memory being one
/// @param costs  of each kind of work
public record Core(String name, String source, int width, Map<Work, Cost> costs) {

    /// Kinds of work that cores price differently. Vectors have 256 bits, on AArch64 128.
    public enum Work {
        LOAD,
        STORE,
        LOGIC,
        ADD,
        SHIFT,
        /// Products of bytes and of shorts, and sums of two.
        PAIRS,
        /// Products of ints.
        LONG_PRODUCT,
        /// Sums of four products of bytes.
        FOURS,
        /// Sums of four products of bytes of whole tiles; only cores with a matrix unit price it.
        TILES,
        /// Within halves of 128 bits.
        SHUFFLE,
        /// Between halves.
        CROSS,
        FLOAT_ADD,
        FLOAT_PRODUCT,
        CONVERT,
        DIVIDE,
        /// From general registers to vectors, and back.
        MOVE,
        INTEGER,
        INTEGER_PRODUCT,
        INTEGER_DIVIDE,
        BRANCH
    }

    /// @param operations that it is split into
    /// @param ports      a bit for each that can do them
    /// @param latency    cycles from the operands to the result
    public record Cost(int operations, int ports, int latency) {}

    public Core {
        costs = Collections.unmodifiableMap(new EnumMap<>(costs)); // in one order in every process: what is kept on disk is found by it
    }

    private static final String AGNER = "Agner Fog, instruction_tables (2025)";

    /// Pipes 0 to 3 of vectors, a to c of loads (c not of vectors), s of stores, i to l of integers.
    public static final Core ZEN3 = of("zen3", "AMD Software Optimization Guide for Family 19h (56665); " + AGNER, 6,
            "load 1 ab 7, store 1 s 1, logic 1 0123 1, add 1 0123 1, shift 1 12 1, pairs 1 03 3, long_product 2 03 4, fours 2 03 4, "
                    + "shuffle 1 12 1, cross 2 12 4, float_add 1 23 3, float_product 1 01 4, convert 1 23 3, divide 4 1 10, move 1 2 3, "
                    + "integer 1 ijkl 1, integer_product 1 j 3, integer_divide 8 k 12, branch 1 il 1");

    /// As Zen 3; `vpdpbusd` in one operation.
    public static final Core ZEN4 = of("zen4", "AMD Software Optimization Guide for Zen 4 (57647); " + AGNER, 6,
            "load 1 ab 7, store 1 s 1, logic 1 0123 1, add 1 0123 1, shift 1 12 1, pairs 1 03 3, long_product 2 03 4, fours 1 01 4, "
                    + "shuffle 1 12 1, cross 1 12 4, float_add 1 23 3, float_product 1 01 4, convert 1 23 3, divide 4 1 10, move 1 2 3, "
                    + "integer 1 ijkl 1, integer_product 1 j 3, integer_divide 8 k 12, branch 1 il 1");

    /// Performance cores of Alder Lake and Raptor Lake, and of Sapphire Rapids: ports 0 1 5 of vectors, 2 3 b of loads, 4 9 of stores.
    public static final Core GOLDEN_COVE = of("golden_cove", "Intel 64 and IA-32 Optimization Reference Manual (248966), Golden Cove; " + AGNER, 6,
            "load 1 23b 7, store 1 49 1, logic 1 015 1, add 1 015 1, shift 1 01 1, pairs 1 01 5, long_product 2 01 10, fours 1 01 5, "
                    + "shuffle 1 15 1, cross 1 5 3, float_add 1 15 3, float_product 1 01 4, convert 1 01 4, divide 5 0 11, move 1 5 3, tiles 16 5 52, "
                    + "integer 1 0156a 1, integer_product 1 1 3, integer_divide 4 1 10, branch 1 06 1");

    /// Efficient cores of Alder Lake and Raptor Lake: vectors of 256 bits are two operations of 128.
    public static final Core GRACEMONT = of("gracemont", "Intel 64 and IA-32 Optimization Reference Manual (248966), Gracemont; " + AGNER, 5,
            "load 2 ab 6, store 2 st 1, logic 2 012 1, add 2 012 1, shift 2 01 1, pairs 2 01 5, long_product 4 01 5, fours 2 01 5, "
                    + "shuffle 2 01 1, cross 4 01 4, float_add 2 01 3, float_product 2 01 4, convert 2 01 4, divide 10 0 15, move 1 0 4, "
                    + "integer 1 ijkl 1, integer_product 1 j 3, integer_divide 8 j 12, branch 1 pq 1");

    public static final Core SKYLAKE = of("skylake", "Intel 64 and IA-32 Optimization Reference Manual (248966), Skylake; " + AGNER, 4,
            "load 1 23 7, store 1 4 1, logic 1 015 1, add 1 015 1, shift 1 01 1, pairs 1 01 5, long_product 2 01 10, fours 3 01 7, "
                    + "shuffle 1 5 1, cross 1 5 3, float_add 1 01 4, float_product 1 01 4, convert 1 01 4, divide 5 0 11, move 1 5 3, "
                    + "integer 1 0156 1, integer_product 1 1 3, integer_divide 10 0 26, branch 1 06 1");

    /// Pipes 0 and 1 of vectors, a and b of loads and stores, i and j of integers, k of products of integers.
    public static final Core NEOVERSE_N1 = of("neoverse_n1",
            "Arm Neoverse N1 Software Optimization Guide (PJDOC-466751330-9707), as LLVM's AArch64SchedNeoverseN1.td has it; not checked value by value", 4,
            "load 1 ab 5, store 1 ab 1, logic 1 01 2, add 1 01 2, shift 1 1 2, pairs 1 0 4, long_product 2 0 5, fours 1 01 2, "
                    + "shuffle 1 01 2, cross 1 01 2, float_add 1 01 2, float_product 1 01 3, convert 2 0 4, divide 7 0 10, move 1 k 3, "
                    + "integer 1 ijk 1, integer_product 3 k 4, integer_divide 5 k 20, branch 1 q 1");

    /// Performance cores of the M1, Firestorm, for which alone there are measurements; those of the M2 are taken for like them. Units by the numbers of
    /// the source: 1 to 6 of integers, 7 and 8 of stores, 8 to 10 (a) of loads, 11 to 14 (b to e) of vectors.
    public static final Core FIRESTORM = of("firestorm", "Dougall Johnson, Apple Microarchitecture Research (dougallj.github.io/applecpu/firestorm.html); not checked value by value", 8,
            "load 1 89a 5, store 1 78 1, logic 1 bcde 2, add 1 bcde 2, shift 1 bcde 2, pairs 1 bcde 3, long_product 1 bcde 3, fours 1 bcde 3, "
                    + "shuffle 1 bcde 2, cross 1 bcde 2, float_add 1 bcde 3, float_product 1 bcde 4, convert 1 bcde 3, divide 1 e 10, move 1 89a 5, "
                    + "integer 1 123456 1, integer_product 1 56 3, integer_divide 2 5 8, branch 1 12 1");

    public Cost cost(Work work) {
        Cost cost = costs.get(work);
        if (cost == null) throw new IllegalStateException(name + " does not price " + work);
        return cost;
    }

    /// @param table of kinds, each with operations, ports and latency
    private static Core of(String name, String source, int width, String table) {
        Map<Work, Cost> costs = new EnumMap<>(Work.class);
        for (String line : table.split(", ")) {
            String[] word = line.split(" ");
            int ports = word[2].chars().map(letter -> 1 << Character.digit(letter, 36)).sum();
            costs.put(Work.valueOf(word[0].toUpperCase(Locale.ROOT)), new Cost(Integer.parseInt(word[1]), ports, Integer.parseInt(word[3])));
        }
        return new Core(name, source, width, costs);
    }
}
