package tern.runtime.convert;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.IntStream;
import tern.ir.Element;
import tern.ir.Rows;
import tern.runtime.ModelException;
import tern.runtime.model.Linear;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.ModelSource;
import tern.runtime.model.TensorNames;
import tern.runtime.model.TensorNames.Shape;
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
        require(source.chatTemplate().equals(written.chatTemplate()), "chat template", "");
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
        Linear before = source.linear(shape.name(), shape.m(), shape.k()), after = written.linear(shape.name(), shape.m(), shape.k());
        float scale = roundsScales ? Conversion.half(before.scale()) : before.scale();
        require(Float.compare(scale, after.scale()) == 0, shape.name(), ": scale %s, expected %s".formatted(after.scale(), scale));
        Rows rows = RopeOrder.rows(source, before, shape, written.config().pairs());
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

    /// The same tokens, where the source has any that Tern reads.
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
    }

    private void require(boolean same, String what, String detail) {
        if (!same) throw new IllegalStateException("%s: %s differs from that of %s%s".formatted(written.name(), what, source.name(), detail));
    }
}
