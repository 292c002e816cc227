import org.jspecify.annotations.NullMarked;

/// The place of the NVIDIA back end, loops to PTX. Empty so far.
@NullMarked
module tern.codegen.cuda {
    requires static transitive org.jspecify;
    requires transitive tern.ir;
}
