package tern.runtime.grammar;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import tern.ir.text.IrException;
import tern.ir.text.Source;
import tern.runtime.ModelException;
import tern.runtime.json.JsonTree;
import tern.runtime.tokenizer.Tokenizer;
import tools.jackson.databind.JsonNode;

/// The form of a text, whatever the tokens.
public final class Grammar {

    private final Program program;

    private Grammar(Program program) {
        this.program = program;
        Automaton.State start = new Automaton(program).start(); // too many readings are refused here
        if (start.isOver() && !start.mayEnd())
            throw program.wrong(Rules.ROOT, "no text begins, or only one with more than %d rules open at once".formatted(Automaton.DEEPEST));
    }

    /// One in GBNF, the notation of llama.cpp.
    ///
    /// @throws IrException if it is none, a rule begins with itself, or it is too large or too ambiguous
    public static Grammar ofGbnf(Source source) {
        return new Grammar(new Program(GbnfParser.parse(source)));
    }

    /// That of a JSON schema: objects with `properties`, arrays with `items`, `enum`, `anyOf`, `$ref` and more. What follows it validates;
    /// a keyword that cannot be kept to is refused.
    ///
    /// @throws ModelException           if the file is no JSON object
    /// @throws IllegalArgumentException if it is no such schema, too large, or nothing validates
    public static Grammar ofSchema(Path file) throws IOException {
        if (!Files.isRegularFile(file)) throw new IllegalArgumentException(file + ": no such file");
        return ofSchema(file.toString(), JsonTree.read(file, JsonSchema.LONGEST).node());
    }

    /// The same of a schema that has been read.
    ///
    /// @param name for messages
    public static Grammar ofSchema(String name, JsonNode schema) {
        var program = new Program(JsonSchema.rules(name, schema));
        if (!program.ends()) throw program.wrong(Rules.ROOT, "nothing validates");
        return new Grammar(program);
    }

    /// Keeps texts of a vocabulary to it.
    ///
    /// @param stops tokens that end a text
    public GrammarConstraint constraint(Tokenizer tokenizer, Set<Integer> stops) {
        return constraint(new TokenTrie(tokenizer), tokenizer, stops);
    }

    /// The same where many texts share a vocabulary.
    ///
    /// @param trie of the tokenizer
    public GrammarConstraint constraint(TokenTrie trie, Tokenizer tokenizer, Set<Integer> stops) {
        return new GrammarConstraint(program, trie, tokenizer, stops);
    }
}
