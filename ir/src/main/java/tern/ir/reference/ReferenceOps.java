package tern.ir.reference;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;
import tern.ir.Op;
import tern.ir.device.Buffer;
import tern.ir.device.Kernel;
import tern.ir.device.OpSignature;

/// What each [Op] means, in scalar code that follows its formula and its order of float operations: every other back end
/// gives the same bits.
final class ReferenceOps {

    private ReferenceOps() {}

    /// Computes the whole of a launch.
    interface Formula {
        /// @param arguments in the order of the definition, large enough
        void run(List<Cells> arguments, int n, int position);
    }

    static Kernel compile(Op op) {
        return new OpKernel(op, formula(op));
    }

    private static Formula formula(Op op) {
        return switch (op) {
            case Op.Embed embed -> new EmbedFormula(embed);
            case Op.Norm norm -> new NormFormula(norm);
            case Op.NormQuantise norm -> new NormQuantiseFormula(norm);
            case Op.Quantise quantise -> new QuantiseFormula(quantise);
            case Op.NormAdd norm -> new NormAddFormula(norm);
            case Op.HeadNorm norm -> new HeadNormFormula(norm);
            case Op.Gate gate -> new GateFormula(gate);
            case Op.Join join -> new JoinFormula(join);
            case Op.RopeAppend rope -> new RopeAppendFormula(rope);
            case Op.Attention attention -> new AttentionFormula(attention);
            case Op.Head head -> new HeadFormula(head);
            case Op.TopLogits top -> new TopLogitsFormula(top);
            case Op.RaggedBatch batch -> new RaggedBatchFormula(batch, formula(batch.of()));
        };
    }

    private record OpKernel(Op op, Formula formula) implements Kernel {

        @Override
        public String name() {
            return OpSignature.name(op);
        }

        @Override
        public void launch(List<? extends Buffer> arguments, int n, int position) {
            OpSignature.check(op, arguments, n, position);
            List<Cells> cells = IntStream.range(0, arguments.size())
                    .mapToObj(i -> ReferenceBuffer.of(arguments, i))
                    .map((MemorySegment memory) -> new Cells(memory))
                    .toList();
            formula.run(cells, n, position);
        }

        @Override
        public String listing() {
            return op.toString();
        }
    }
}
