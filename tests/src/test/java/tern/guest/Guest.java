package tern.guest;

/// Memory of another machine, and a processor that calls functions in it.
interface Guest extends AutoCloseable {

    /// Memory that is zero, at a multiple of 128.
    ///
    /// @throws tern.ir.device.DeviceException if there is none left
    long allocate(long bytes);

    void write(long address, byte[] bytes);

    /// The same where no call that was asked for will look.
    default void writeUnused(long address, byte[] bytes) {
        write(address, bytes);
    }

    /// @throws tern.ir.device.DeviceException if the processor stopped, since an instruction was none of its own
    byte[] read(long address, int bytes);

    /// Calls `void f(long *frame)`, after all that was asked for before.
    void call(long entry, long frame);

    @Override
    void close();
}
