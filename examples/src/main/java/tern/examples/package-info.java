/// Numbered programs that teach one idea each. The tests run them.
///
/// ```
/// 01  a packing is a text        Ex01Packing   check it, pack with it, read it back, draw it
/// 02  from a text to a kernel    Ex02Kernel    schedule, loops, bytecode, result
/// 03  a model on your packing    Ex03Model     same tokens in any packing
/// 04  a model learns to add      Ex04Learn     ternary from the first step; asked what it was never shown
/// 05  questions about documents  Ex05Questions vectors, passages and an answer, with LangChain4j in one process
/// 06  a model of vectors learns  Ex06Vectors   texts that mean the same are near to each other
/// ```
///
/// Begin with [tern.examples.Ex01Packing].
@NullMarked
package tern.examples;

import org.jspecify.annotations.NullMarked;
