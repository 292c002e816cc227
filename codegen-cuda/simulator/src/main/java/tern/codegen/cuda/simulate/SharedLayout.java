package tern.codegen.cuda.simulate;

/// Where the variables of a block's shared memory lie, and those of a thread's local memory.
final class SharedLayout {

    private int bytes;

    SharedLayout() {}

    /// What comes after what is there.
    SharedLayout(SharedLayout before) {
        bytes = before.bytes;
    }

    int place(int align, int size) {
        int offset = Parser.up(bytes, align);
        bytes = offset + size;
        return offset;
    }

    int bytes() {
        return bytes;
    }
}
