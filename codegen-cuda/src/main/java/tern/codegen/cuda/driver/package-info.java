/// NVIDIA cards through the CUDA driver, by FFM: no library of ours, nothing to build.
///
///     List<Gpu> cards = CudaDriver.cards();       // empty where there is no driver
///
/// The functions of cuda.h are bound in the shape that jextract gives: a holder for each, with its descriptor, its address and its
/// handle, and a static method. A holder is initialised when its function is first called, and a machine without libcuda
/// fails then, with `no CUDA driver found`. A test compares every descriptor with the header's declaration.
///
/// Not yet run on a GPU.
///
/// Begin with [tern.codegen.cuda.driver.CudaDriver].
@NullMarked
package tern.codegen.cuda.driver;

import org.jspecify.annotations.NullMarked;
