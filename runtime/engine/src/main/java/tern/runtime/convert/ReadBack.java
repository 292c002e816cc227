package tern.runtime.convert;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import tern.ir.Element;
import tern.ir.Rows;
import tern.ir.Scales;
import tern.runtime.ModelException;
import tern.runtime.model.Linear;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.ModelSource;
import tern.runtime.model.TensorNames;
import tern.runtime.model.TensorNames.Shape;
import tern.runtime.sample.TokenSet;
import tern.runtime.tokenizer.Tokenizer;

/// Compares what was written with what it was written from, as the reader sees both. A difference is a failure of Tern or of the
/// disk, and is thrown as an [IllegalStateException].
///
/// @param roundsScales true if the format holds scales as f16
record ReadBack(ModelSource source, ModelSource written, boolean roundsScales, Conversion.Steps steps) {

    void check() throws IOException {
        ModelConfig before = source.config(), after = written.config();
        require(sizes(before).equals(sizes(after)), "configuration", "");
        require(same(source.embeddingElement(), source.embedding(), written.embeddingElement(), written.embedding()), "embedding", "");
        require(same(source.headElement(), source.head(), written.headElement(), written.head()), "head", "");
        for (Shape norm : TensorNames.norms(before))
            require(source.norm(norm.name(), norm.k()).mismatch(written.norm(norm.name(), norm.k())) < 0, norm.name(), "");
        for (Shape shape : TensorNames.projections(before)) check(shape);
        require(source.chatTemplates().equals(written.chatTemplates()), "chat template", "");
        checkTokenizer();
    }

    /// Everything but what a format may call or order in its own way.
    private static ModelConfig sizes(ModelConfig c) {
        return new ModelConfig("", c.hidden(), c.layers(), c.heads(), c.kvHeads(), c.headDim(), c.ffn(), c.vocabulary(), c.context(),
                c.epsilon(), c.theta(), tern.ir.Op.RopePairs.HALVES, c.block());
    }

    private static boolean same(Element element, MemorySegment before, Element other, MemorySegment after) {
        return element == other && before.mismatch(after) < 0;
    }

    private void check(Shape shape) {
        Linear after = written.linear(shape.name(), shape.m(), shape.k());
        Linear before = RopeOrder.of(source, source.linear(shape.name(), shape.m(), shape.k()), shape, written.config().pairs());
        checkScales(shape, before.scales(), after.scales());
        Rows rows = before.rows();
        IntStream.range(0, Math.ceilDiv(shape.m(), 64)).parallel().forEach(band -> {
            byte[] expected = new byte[shape.k()], found = new byte[shape.k()];
            for (int row = 64 * band; row < Math.min(64 * (band + 1), shape.m()); row++) {
                rows.read(row, expected);
                after.rows().read(row, found);
                require(Arrays.equals(expected, found), shape.name(), ", row " + row);
            }
        });
        steps.add((long) shape.m() * shape.k());
    }

    private void checkScales(Shape shape, Scales before, Scales after) {
        int step = divisor(divisor(before.group(), after.group()), shape.k());
        int rows = before instanceof Scales.One && after instanceof Scales.One ? 1 : shape.m();
        for (int row = 0; row < rows; row++)
            for (int column = 0; column < (rows == 1 ? 1 : shape.k()); column += step) {
                float stored = before.of(row, column), expected = roundsScales ? Conversion.half(stored) : stored, found = after.of(row, column);
                require(Float.compare(expected, found) == 0, shape.name(), ", row %d: scale %s, expected %s".formatted(row, found, expected));
            }
    }

    private static int divisor(int a, int b) {
        return b == 0 ? a : divisor(b, a % b);
    }

    /// The same tokens, and the same tokens of the same text, where the source has any that Tern reads.
    private void checkTokenizer() throws IOException {
        Tokenizer before;
        try {
            before = source.tokenizer();
        } catch (ModelException _) {
            return;
        }
        Tokenizer after = written.tokenizer();
        boolean same = before.specials().equals(after.specials()) && before.bos().equals(after.bos()) && before.eos().equals(after.eos())
                && after.stops().containsAll(before.stops()) && before.size() <= after.size();
        for (int id = 0; same && id < before.size(); id++) same = Arrays.equals(before.decode(id), after.decode(id));
        require(same, "tokenizer", "");
        for (int id = 0; id < before.size(); id++) {
            String text = new String(before.decode(id), StandardCharsets.UTF_8) + new String(before.decode(id * 31 % before.size()), StandardCharsets.UTF_8);
            require(Arrays.equals(before.encode(text), after.encode(text)), "tokenizer", ", tokens of token %d's text and another's".formatted(id));
        }
        Optional<TokenSet> sampled = source.sampled(), kept = written.sampled();
        for (int row = 0; row < source.config().vocabulary(); row++) {
            int id = row;
            require(sampled.map(set -> set.has(id)).equals(kept.map(set -> set.has(id))), "rows that have a token", ", row " + row);
        }
    }

    private void require(boolean same, String what, String detail) {
        if (!same) throw new IllegalStateException("%s: %s differs from that of %s%s".formatted(written.name(), what, source.name(), detail));
    }
}
