import org.jspecify.annotations.NullMarked;

/// The NVIDIA back end: loops to PTX.
@NullMarked
module tern.codegen.cuda {
    requires static transitive org.jspecify;
    requires transitive tern.ir;
}
