/// All that anyone knows of a back end: compile, hold memory, launch; and the door through which a runtime asks for the
/// kernels of a model.
@NullMarked
package tern.ir.device;

import org.jspecify.annotations.NullMarked;
