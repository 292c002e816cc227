/// Hardware as numbers.
@NullMarked
package tern.ir.target;

import org.jspecify.annotations.NullMarked;
