/// Texts of a given form: a grammar says which tokens may come next.
///
/// ```
/// GBNF text -> GbnfParser -.
///                           > Rules: Expressions by name -> Automaton: bytes and rules -> State, byte by byte -> TokenSet
/// JSON schema -> JsonSchema-'
/// ```
///
/// An [tern.runtime.grammar.Automaton] reads bytes with a stack, in all ways at once that the text so far leaves open. Its states are
/// made when they are first met and kept, with where each byte leads and which tokens fit: most tokens of a text find them there.
/// Begin with [tern.runtime.grammar.Grammar].
@NullMarked
package tern.runtime.grammar;

import org.jspecify.annotations.NullMarked;
