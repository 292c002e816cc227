/// Reads models, tokenizes, runs the transformer and samples; kernels come from a library and are known by interface only.
package tern.runtime;
