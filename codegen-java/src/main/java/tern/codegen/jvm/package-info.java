/// Turns loop IR into Vector API bytecode or Java source, and runs it on a team of threads. It obeys the loops and
/// chooses nothing.
@NullMarked
package tern.codegen.jvm;

import org.jspecify.annotations.NullMarked;
