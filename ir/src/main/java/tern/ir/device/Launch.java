package tern.ir.device;

import java.util.List;

/// A kernel and the buffers it will run on.
public record Launch(Kernel kernel, List<Buffer> arguments) {

    public Launch {
        arguments = List.copyOf(arguments);
    }

    public Launch(Kernel kernel, Buffer... arguments) {
        this(kernel, List.of(arguments));
    }
}
