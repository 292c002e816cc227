package tern.ir.tensor;

import java.util.List;

/// What an operation computes; see the package for its text.
///
/// @param tensors parameters in launch order, and views of their memory after them
/// @param regions one after the other
public record TensorProgram(String name, List<Tensor> tensors, List<Region> regions) {

    /// Statements for each combination of some indices, in any order and at the same time.
    public record Region(List<Index> indices, List<Statement> body) {
        public Region {
            indices = List.copyOf(indices);
            body = List.copyOf(body);
        }
    }

    public TensorProgram {
        tensors = List.copyOf(tensors);
        regions = List.copyOf(regions);
    }

    /// The text that [TensorParser] reads back to an equal program.
    @Override
    public String toString() {
        return TensorPrinter.print(this);
    }
}
