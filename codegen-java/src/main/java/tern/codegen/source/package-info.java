/// What exported kernels have in common, in whatever language: the packer and the formula. There is one text of each; a language says how it
/// writes types, memory and errors.
///
/// Begin with [tern.codegen.source.PackerText].
@NullMarked
package tern.codegen.source;

import org.jspecify.annotations.NullMarked;
