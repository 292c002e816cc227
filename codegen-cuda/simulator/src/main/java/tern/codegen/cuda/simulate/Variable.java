package tern.codegen.cuda.simulate;

/// A named piece of memory.
///
/// @param space   where it lies
/// @param align   of its address, bytes
/// @param bytes   0 for `extern .shared` without a length
/// @param offset  of its first byte in its space; of global and constant ones, unused
/// @param content what it begins as, empty if that is undefined
record Variable(String name, Space space, int align, int bytes, int offset, byte[] content) {

    enum Space { GLOBAL, CONSTANT, SHARED, LOCAL, PARAM }
}
