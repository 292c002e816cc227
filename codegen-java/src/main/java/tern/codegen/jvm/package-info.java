/// Turns loop IR into Vector API bytecode or Java source. It obeys the loops and chooses nothing.
package tern.codegen.jvm;
