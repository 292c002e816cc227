/// The nouns of Tern: what is packed how, what is computed, and how.
///
/// [tern.ir.Codec] says how digits become a code, [tern.ir.Layout] where an element goes, [tern.ir.Packing] puts both over
/// the tiles of a matrix. [tern.ir.KernelDef] is what a kernel computes, [tern.ir.Schedule] how. This package decides nothing.
@NullMarked
package tern.ir;

import org.jspecify.annotations.NullMarked;
