/// The language of Tern.
@NullMarked
package tern.ir.text;

import org.jspecify.annotations.NullMarked;
