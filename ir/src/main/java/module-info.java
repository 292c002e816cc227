import org.jspecify.annotations.NullMarked;

/// The nouns that every other module shares, and what they mean.
@NullMarked
module tern.ir {
    requires static transitive org.jspecify;
    requires org.antlr.antlr4.runtime;
}
