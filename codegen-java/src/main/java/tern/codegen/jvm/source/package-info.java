/// Java source for kernels that are taken away.
@NullMarked
package tern.codegen.jvm.source;

import org.jspecify.annotations.NullMarked;
