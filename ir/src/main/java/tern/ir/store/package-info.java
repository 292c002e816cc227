/// Small files that can be made again: digests, plans, compiled code. [tern.ir.store.Store] keeps them.
@NullMarked
package tern.ir.store;

import org.jspecify.annotations.NullMarked;
