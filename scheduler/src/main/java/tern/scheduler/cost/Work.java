package tern.scheduler.cost;

import tern.ir.Codec;
import tern.ir.Element;
import tern.ir.Schedule.Strategy;
import tern.ir.target.Target;
import tern.scheduler.packing.CodeVector;
import tern.scheduler.packing.DigitDecoder;
import tern.scheduler.vector.Geometry;

/// Instructions that a multiply kernel's inner loop runs, counted from its geometry in units of one vector register of the target.
///
/// @param operations vector (or scalar) instructions other than lookups, loads included
/// @param lookups    register-wide lookups
/// @param bytes      weight bytes read
/// @param registers  vector registers that the accumulators and the operands of one step take
/// @param steps      statements of the written-out loop body and of its sums: a measure of code size
public record Work(double operations, double lookups, double bytes, int registers, int steps) {

    /// Instructions for a sum of pairs of products of bytes: `vpmaddubsw`, `vpaddw` (of fours one, `vpdpbusd`); or the Vector API's, which has no such products.
    private static final double PAIR_PRODUCT = 2, IMITATED_PAIR_PRODUCT = 10;

    /// A load of digits that blocks of tokens share, in instructions: they come from the second cache. Four tokens and two row tiles are 5 % faster
    /// on a Zen 3 than two and four, which run as many instructions.
    private static final double SHARED_DIGITS = 1.2;

    /// Instructions for one step of a vector of chains, and for a lane that is added to its row.
    private static final double CHAIN = 7, FOLDED_LANE = 2;

    /// All of the matrix, once, for all tokens of one block.
    public static Work of(Geometry g, Target.Cpu target) {
        double operations = 0, lookups = 0;
        int steps = 0;
        int lanes = g.cover().lanes(), tokens = g.tokenBlock();
        int tiles = g.schedule().rowTiles() * g.kernel().weights().size();
        int parts = parts(target, g.accumulator(), g.isByteProduct() ? g.accumulatorLanes() : lanes);
        int wordParts = parts(target, wordOf(g), lanes);
        for (CodeVector v : g.cover().vectors()) {
            Codec codec = g.packing().sections().get(v.section()).codec();
            double extract = codec.fields().size() * (wordParts + 2.0 * parts);
            if (g.schedule().strategy() == Strategy.TABULATE) {
                int tableParts = parts(target, g.accumulator(), g.form().stride());
                double lookup = lanes == 1 ? 1 : (double) parts * tableParts;
                double blends = lanes == 1 ? 1 : 2.0 * parts * (tableParts - 1);
                operations += tiles * (extract + tokens * (parts + blends)) + tokens * tableParts;
                lookups += tiles * tokens * lookup;
                steps += tiles * (1 + tokens) + tokens;
            } else if (g.isByteProduct()) {
                int digits = g.cover().digits(v), byteParts = parts(target, Element.U8, lanes);
                double product = !target.machineCode() ? IMITATED_PAIR_PRODUCT : g.schedule().strategy() == Strategy.FOURS ? 1 : PAIR_PRODUCT;
                double decode = g.sharesDigits() ? SHARED_DIGITS * digits + (2.0 + 2 * digits) * tokens / g.maxTokens() : 2;
                operations += byteParts * (tiles * (decode + digits * tokens * product) + digits * tokens);
                steps += digits * (tokens + tiles * (1 + tokens));
            } else {
                int digits = g.cover().digits(v), tables = digitTables(g, v, target);
                double digit = digitOperations(g, v, target, parts);
                operations += tiles * (extract + digits * (digit + tokens * 3.0 * parts));
                lookups += (double) tiles * digits * parts * tables;
                steps += tiles * (1 + digits * (1 + tokens));
            }
        }
        double visits = (double) g.columnTiles() * Math.ceilDiv(g.rowTiles(), g.schedule().rowTiles());
        int sums = tiles * tokens * g.accumulators().rows().size(), accumulators = sums * parts;
        int registers = accumulators + tokens * parts + 2 * parts;
        double bytes = g.problem().weightBytes(g.packing()) + g.scaleBytes();
        double groups = (double) g.groups() * Math.ceilDiv(g.rowTiles(), g.schedule().rowTiles());
        double chains = g.isGrouped() ? groups * chain(g, target, sums) : 0;
        return new Work(operations * visits + chains, lookups * visits, bytes, registers, steps + sums);
    }

    /// Instructions after each group of a block of row tiles: sums stored, folded where lanes are no rows, set to 0; chains of rows.
    private static double chain(Geometry g, Target.Cpu target, int sums) {
        int lanes = g.sumLanes(), rows = g.packing().rows(), own = sums * parts(target, Element.I32, lanes);
        double chains = (double) sums / g.accumulators().rows().size() * Math.ceilDiv(32 * rows, target.vectorBits()) * CHAIN;
        if (g.chainsFromRegisters()) return chains;
        boolean inOrder = g.accumulators().areRowsInOrder(rows);
        return 4 * own + chains + (inOrder ? 0 : (double) sums * lanes * FOLDED_LANE);
    }

    /// Instructions that take a digit out of a code, without lookups.
    private static double digitOperations(Geometry g, CodeVector v, Target.Cpu target, int parts) {
        return switch (g.decoders().get(v.section())) {
            case DigitDecoder.Affine _, DigitDecoder.TwosComplement _ -> 2.0 * parts;
            case DigitDecoder.Positional _ -> 5.0 * parts;
            case DigitDecoder.Table _ -> 2.0 * parts * (digitTables(g, v, target) - 1);
        };
    }

    /// Registers of table in which a digit is looked up; 0 if it is computed.
    private static int digitTables(Geometry g, CodeVector v, Target.Cpu target) {
        return switch (g.decoders().get(v.section())) {
            case DigitDecoder.Affine _, DigitDecoder.TwosComplement _, DigitDecoder.Positional _ -> 0;
            case DigitDecoder.Table table -> g.cover().lanes() == 1 ? 1 : parts(target, g.accumulator(), table.book().codes());
        };
    }

    private static Element wordOf(Geometry g) {
        return g.packing().word().bits() < g.accumulator().bits() ? g.accumulator() : g.packing().word();
    }

    static int parts(Target.Cpu target, Element element, int lanes) {
        return Math.max(1, element.bits() * lanes / target.vectorBits());
    }
}
