package tern.codegen.jvm.device;

import java.util.concurrent.locks.LockSupport;
import javax.management.JMException;
import tern.codegen.jvm.C1;
import tern.codegen.jvm.DiagnosticCommand;

/// What HotSpot's compilers have before them.
///
/// A kernel runs in the interpreter until they are done with it. How long that takes depends on what else the machine does, so that no
/// number of launches and no span of time tells: only the queue does.
final class CompileQueue {

    private static final long PAUSE_NANOS = 5_000_000;

    private CompileQueue() {}

    /// Waits until no kernel is being compiled, nor waits for it.
    ///
    /// @return whether there was one; false as well where the JVM does not tell
    static boolean await() {
        boolean any = false;
        while (!Thread.currentThread().isInterrupted() && print().contains(C1.KERNELS.replace('/', '.'))) {
            any = true;
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return any;
    }

    /// The methods, one a line.
    private static String print() {
        try {
            return DiagnosticCommand.run("compilerQueue");
        } catch (JMException e) {
            return "";
        }
    }
}
