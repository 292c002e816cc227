package tern.codegen.cuda.simulate;

import java.util.List;

/// A parsed text.
///
/// @param target    `sm_90a`
/// @param kernels   its entries
/// @param variables of the module, those in `.global` and `.const`
record PtxModule(String target, List<Kernel> kernels, List<Variable> variables) {}
