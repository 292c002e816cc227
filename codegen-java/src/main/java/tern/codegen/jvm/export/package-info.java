/// Kernels as files that need the JDK alone.
///
/// ```
/// LoweredKernel -> StandaloneExport -> Java source of what surrounds the kernel   (tern.codegen.jvm.source)
///               -> StandaloneClass  -> StandaloneEmitter -> class file            (ClassExporter)
///                                                        -> Java source as well   (JavaExporter)
/// ```
///
/// The code is the emitter's. Its constants are the class's own, it checks the sizes of what it is handed, and instead of a team any
/// threads take ranges of its blocks.
///
/// Begin with [tern.codegen.jvm.export.JavaExporter].
@NullMarked
package tern.codegen.jvm.export;

import org.jspecify.annotations.NullMarked;
