package tern.scheduler.cost;

import static java.util.Locale.ROOT;

import java.util.stream.IntStream;
import tern.ir.CodeBook;
import tern.ir.Element;
import tern.ir.target.Target;
import tern.scheduler.packing.CodeVector;
import tern.scheduler.packing.DigitDecoder;
import tern.scheduler.problem.InapplicableException;
import tern.scheduler.vector.Geometry;

/// How long the longest method of a multiply kernel becomes as bytecode of the Vector API, from its geometry: HotSpot compiles none of
/// 8,000 bytes or more. The bytes of each step were measured at 128, 256 and 512 bits and are rounded up.
public final class CodeSize {

    /// As much as is proposed: what is left is for what no step stands for.
    private static final int MOST = 7700;

    /// Load, shift and mask of a field; the same narrowed, from a register that gives 64 bits or more, and fewer; a product with an
    /// activation; a term added; a register of a sum stored, one widened from the upper half of another.
    private static final int FIELD = 58, NARROWED = 70, NARROWED_SHORT = 125, PRODUCT = 34, TERM = 11, SUM = 72, UPPER_SUM = 85;

    /// What a further field of a code takes for each register, in the word of the one before or in another, whose address is computed; what a
    /// product takes more where tokens share the digit: the address of each token's activation.
    private static final int SAME_WORD = 40, OTHER_WORD = 100, SHARED_PRODUCT = 24;

    /// One register of a table: held in a variable; looked up and blended with what its neighbours gave; the same from memory; what is more
    /// where the index does not fill a register.
    private static final int HELD = 18, LOOKED_UP = 46, OF_MEMORY = 60, SHORT_INDEX = 10;

    /// A digit of a byte, perhaps looked up; a sum of pairs of products.
    private static final int BYTE_DIGIT = 40, BYTE_PRODUCT = 170;

    /// A digit by arithmetic on places, and by a map or shifts.
    private static final int PLACE = 82, SIMPLE = 28;

    /// What a method begins with, and one more body.
    private static final int FRAME = 420, ROLLED_TERM = 90;

    private final Geometry g;
    private final Target.Cpu target;
    /// Registers of a vector of codes.
    private final int parts;

    private CodeSize(Geometry g, Target.Cpu target) {
        this.g = g;
        this.target = target;
        parts = Work.parts(target, g.accumulator(), g.accumulatorLanes());
    }

    /// @throws InapplicableException if a method becomes too long
    public static void require(Geometry g, Target.Cpu target) {
        int bytes = new CodeSize(g, target).bytes();
        if (bytes > MOST)
            throw new InapplicableException(String.format(ROOT, "too long for vectors of %d bits: about %d bytes of code in one method",
                    target.vectorBits(), bytes));
    }

    private int bytes() {
        if (g.schedule().rolled()) return FRAME + g.cover().vectors().stream().mapToInt(this::rolled).max().orElseThrow();
        int tiles = g.schedule().rowTiles() * g.kernel().weights().size(), tokens = g.tokenBlock();
        int sums = tiles * tokens * g.accumulators().rows().size();
        int wide = Work.parts(target, Element.I32, g.sumLanes());
        return FRAME + sums * (wide * SUM + Math.max(0, wide - parts) * UPPER_SUM) + heldTables()
                + g.cover().vectors().stream().mapToInt(vector -> writtenOut(vector, tiles, tokens)).sum();
    }

    private int writtenOut(CodeVector vector, int tiles, int tokens) {
        if (g.isByteProduct()) return ofBytes(vector, tiles, tokens);
        int code = vector.words().length * field() + parts * furtherFields(vector), product = PRODUCT + TERM + (tokens > 1 ? SHARED_PRODUCT : 0);
        if (!g.isTabulated()) return tiles * (code + g.cover().digits(vector) * (digit(vector) + tokens * parts * product));
        int stride = g.form().stride();
        int held = g.cover().lanes() == 1 ? 0 : tokens * Work.parts(target, g.accumulator(), stride) * HELD;
        return held + tiles * (code + tokens * (lookup(stride, LOOKED_UP) + parts * TERM));
    }

    private static int furtherFields(CodeVector vector) {
        int[] words = vector.words();
        return IntStream.range(1, words.length).map(f -> words[f] == words[f - 1] ? SAME_WORD : OTHER_WORD).sum();
    }

    /// Tables of digits stay in registers of a method that is written out.
    private int heldTables() {
        if (g.isTabulated() || g.isByteProduct() || g.cover().lanes() == 1) return 0;
        int registers = 0;
        for (DigitDecoder decoder : g.decoders())
            if (decoder instanceof DigitDecoder.Table(CodeBook book))
                registers += book.codec().digits() * Work.parts(target, g.accumulator(), book.codes());
        return registers * HELD;
    }

    private int ofBytes(CodeVector vector, int tiles, int tokens) {
        int digits = g.cover().digits(vector), bytes = Work.parts(target, Element.U8, g.cover().lanes());
        return bytes * (tiles * (FIELD + digits * (BYTE_DIGIT + tokens * BYTE_PRODUCT)) + digits * tokens * FIELD);
    }

    private int rolled(CodeVector vector) {
        int terms = g.isTabulated() ? lookup(g.form().stride(), OF_MEMORY) : g.cover().digits(vector) * (digit(vector) + parts * (PRODUCT + SUM) + ROLLED_TERM);
        return vector.words().length * (ROLLED_TERM + field()) + terms;
    }

    private int field() {
        int words = Work.parts(target, g.packing().word(), g.cover().lanes());
        if (words <= parts) return parts * FIELD;
        int bits = target.vectorBits() / g.packing().word().bits() * g.accumulator().bits();
        return words * (bits < 64 ? NARROWED_SHORT : NARROWED);
    }

    private int digit(CodeVector vector) {
        return switch (g.decoders().get(vector.section())) {
            case DigitDecoder.Affine _, DigitDecoder.TwosComplement _ -> parts * SIMPLE;
            case DigitDecoder.Positional _ -> parts * PLACE;
            case DigitDecoder.Table(CodeBook book) -> lookup(book.codes(), LOOKED_UP);
        };
    }

    /// In a table of so many entries; where registers are widest, two at a time.
    private int lookup(int entries, int each) {
        if (g.cover().lanes() == 1) return each;
        int table = Work.parts(target, g.accumulator(), entries);
        boolean isShort = g.cover().lanes() * g.accumulator().bits() < target.vectorBits();
        return parts * (each + (isShort ? SHORT_INDEX : 0)) * (target.vectorBits() == 512 ? Math.ceilDiv(table, 2) : table);
    }
}
