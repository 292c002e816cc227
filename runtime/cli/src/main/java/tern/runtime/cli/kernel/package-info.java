/// `tern check`, `dump`, `verify` and `export`: texts of packings and kernels, from their declaration to code.
@NullMarked
package tern.runtime.cli.kernel;

import org.jspecify.annotations.NullMarked;
