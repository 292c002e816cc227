/// Turns loop IR into PTX and launches it through the CUDA driver. It obeys the loops and chooses nothing.
package tern.codegen.cuda;
