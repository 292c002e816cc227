package tern.codegen.cuda.simulate;

import java.util.List;
import java.util.Map;

/// One `.entry` of a text.
///
/// @param statements  in the order of the text
/// @param labels      name -> index of the statement after it
/// @param parameters  in their order
/// @param variables   all that it sees: its parameters, its own, the module's
/// @param registers   names of its registers, slot by slot
/// @param sharedBytes declared, of its own and of the module
/// @param localBytes  of a thread
/// @param maxThreads  what `.maxntid` or `.reqntid` says, else 1024
record Kernel(String name, List<Statement> statements, Map<String, Integer> labels, List<Variable> parameters,
        Map<String, Variable> variables, List<String> registers, int sharedBytes, int localBytes, int maxThreads) {

    int parameterBytes() {
        return parameters.isEmpty() ? 0 : parameters.getLast().offset() + parameters.getLast().bytes();
    }
}
