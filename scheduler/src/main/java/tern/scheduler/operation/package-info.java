/// The operations of a transformer as programs for cores and vectors.
@NullMarked
package tern.scheduler.operation;

import org.jspecify.annotations.NullMarked;
