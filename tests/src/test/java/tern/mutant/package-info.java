/// Kernels with one thing wrong: what the proofs refuse, and what the comparison finds.
package tern.mutant;
