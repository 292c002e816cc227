/// Small files that can be made again: digests, plans, compiled code. [tern.ir.store.Store] keeps them.
/// [tern.ir.store.WholeFile] writes files that are whole or not there.
@NullMarked
package tern.ir.store;

import org.jspecify.annotations.NullMarked;
