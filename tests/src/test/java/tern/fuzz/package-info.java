/// Readers are given damaged inputs, and those that reach new code are damaged further. [tern.fuzz.Fuzzer] is the loop,
/// [tern.fuzz.Readers] says what is read.
package tern.fuzz;
