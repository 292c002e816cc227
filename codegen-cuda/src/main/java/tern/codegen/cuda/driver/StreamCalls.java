package tern.codegen.cuda.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Streams, events, graphs. Names and order of the arguments are cuda.h's; every function gives a CUresult.
final class StreamCalls {

    private StreamCalls() {}

    static final class cuStreamCreate {
        static final String SYMBOL = "cuStreamCreate";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuStreamCreate(MemorySegment stream, int flags) {
        try {
            return (int) cuStreamCreate.HANDLE.invokeExact(stream, flags);
        } catch (Throwable t) {
            throw Library.failed(cuStreamCreate.SYMBOL, t);
        }
    }

    static final class cuStreamDestroy {
        static final String SYMBOL = "cuStreamDestroy_v2";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuStreamDestroy(MemorySegment stream) {
        try {
            return (int) cuStreamDestroy.HANDLE.invokeExact(stream);
        } catch (Throwable t) {
            throw Library.failed(cuStreamDestroy.SYMBOL, t);
        }
    }

    static final class cuStreamSynchronize {
        static final String SYMBOL = "cuStreamSynchronize";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuStreamSynchronize(MemorySegment stream) {
        try {
            return (int) cuStreamSynchronize.HANDLE.invokeExact(stream);
        } catch (Throwable t) {
            throw Library.failed(cuStreamSynchronize.SYMBOL, t);
        }
    }

    static final class cuStreamQuery {
        static final String SYMBOL = "cuStreamQuery";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuStreamQuery(MemorySegment stream) {
        try {
            return (int) cuStreamQuery.HANDLE.invokeExact(stream);
        } catch (Throwable t) {
            throw Library.failed(cuStreamQuery.SYMBOL, t);
        }
    }

    static final class cuStreamWaitEvent {
        static final String SYMBOL = "cuStreamWaitEvent";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuStreamWaitEvent(MemorySegment stream, MemorySegment event, int flags) {
        try {
            return (int) cuStreamWaitEvent.HANDLE.invokeExact(stream, event, flags);
        } catch (Throwable t) {
            throw Library.failed(cuStreamWaitEvent.SYMBOL, t);
        }
    }

    static final class cuStreamBeginCapture {
        static final String SYMBOL = "cuStreamBeginCapture_v2";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuStreamBeginCapture(MemorySegment stream, int mode) {
        try {
            return (int) cuStreamBeginCapture.HANDLE.invokeExact(stream, mode);
        } catch (Throwable t) {
            throw Library.failed(cuStreamBeginCapture.SYMBOL, t);
        }
    }

    static final class cuStreamEndCapture {
        static final String SYMBOL = "cuStreamEndCapture";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuStreamEndCapture(MemorySegment stream, MemorySegment graph) {
        try {
            return (int) cuStreamEndCapture.HANDLE.invokeExact(stream, graph);
        } catch (Throwable t) {
            throw Library.failed(cuStreamEndCapture.SYMBOL, t);
        }
    }

    static final class cuEventCreate {
        static final String SYMBOL = "cuEventCreate";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuEventCreate(MemorySegment event, int flags) {
        try {
            return (int) cuEventCreate.HANDLE.invokeExact(event, flags);
        } catch (Throwable t) {
            throw Library.failed(cuEventCreate.SYMBOL, t);
        }
    }

    static final class cuEventDestroy {
        static final String SYMBOL = "cuEventDestroy_v2";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuEventDestroy(MemorySegment event) {
        try {
            return (int) cuEventDestroy.HANDLE.invokeExact(event);
        } catch (Throwable t) {
            throw Library.failed(cuEventDestroy.SYMBOL, t);
        }
    }

    static final class cuEventRecord {
        static final String SYMBOL = "cuEventRecord";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuEventRecord(MemorySegment event, MemorySegment stream) {
        try {
            return (int) cuEventRecord.HANDLE.invokeExact(event, stream);
        } catch (Throwable t) {
            throw Library.failed(cuEventRecord.SYMBOL, t);
        }
    }

    static final class cuEventSynchronize {
        static final String SYMBOL = "cuEventSynchronize";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuEventSynchronize(MemorySegment event) {
        try {
            return (int) cuEventSynchronize.HANDLE.invokeExact(event);
        } catch (Throwable t) {
            throw Library.failed(cuEventSynchronize.SYMBOL, t);
        }
    }

    static final class cuEventQuery {
        static final String SYMBOL = "cuEventQuery";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuEventQuery(MemorySegment event) {
        try {
            return (int) cuEventQuery.HANDLE.invokeExact(event);
        } catch (Throwable t) {
            throw Library.failed(cuEventQuery.SYMBOL, t);
        }
    }

    static final class cuEventElapsedTime {
        static final String SYMBOL = "cuEventElapsedTime_v2";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuEventElapsedTime(MemorySegment milliseconds, MemorySegment start, MemorySegment end) {
        try {
            return (int) cuEventElapsedTime.HANDLE.invokeExact(milliseconds, start, end);
        } catch (Throwable t) {
            throw Library.failed(cuEventElapsedTime.SYMBOL, t);
        }
    }

    static final class cuGraphInstantiate {
        static final String SYMBOL = "cuGraphInstantiateWithFlags";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuGraphInstantiate(MemorySegment executable, MemorySegment graph, long flags) {
        try {
            return (int) cuGraphInstantiate.HANDLE.invokeExact(executable, graph, flags);
        } catch (Throwable t) {
            throw Library.failed(cuGraphInstantiate.SYMBOL, t);
        }
    }

    static final class cuGraphLaunch {
        static final String SYMBOL = "cuGraphLaunch";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuGraphLaunch(MemorySegment executable, MemorySegment stream) {
        try {
            return (int) cuGraphLaunch.HANDLE.invokeExact(executable, stream);
        } catch (Throwable t) {
            throw Library.failed(cuGraphLaunch.SYMBOL, t);
        }
    }

    static final class cuGraphExecUpdate {
        static final String SYMBOL = "cuGraphExecUpdate_v2";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuGraphExecUpdate(MemorySegment executable, MemorySegment graph, MemorySegment result) {
        try {
            return (int) cuGraphExecUpdate.HANDLE.invokeExact(executable, graph, result);
        } catch (Throwable t) {
            throw Library.failed(cuGraphExecUpdate.SYMBOL, t);
        }
    }

    static final class cuGraphExecDestroy {
        static final String SYMBOL = "cuGraphExecDestroy";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuGraphExecDestroy(MemorySegment executable) {
        try {
            return (int) cuGraphExecDestroy.HANDLE.invokeExact(executable);
        } catch (Throwable t) {
            throw Library.failed(cuGraphExecDestroy.SYMBOL, t);
        }
    }

    static final class cuGraphDestroy {
        static final String SYMBOL = "cuGraphDestroy";
        static final FunctionDescriptor DESCRIPTOR = FunctionDescriptor.of(JAVA_INT, ADDRESS);
        static final MemorySegment ADDRESS_OF = Library.find(SYMBOL);
        static final MethodHandle HANDLE = Library.handle(SYMBOL, ADDRESS_OF, DESCRIPTOR);
    }

    static int cuGraphDestroy(MemorySegment graph) {
        try {
            return (int) cuGraphDestroy.HANDLE.invokeExact(graph);
        } catch (Throwable t) {
            throw Library.failed(cuGraphDestroy.SYMBOL, t);
        }
    }
}
