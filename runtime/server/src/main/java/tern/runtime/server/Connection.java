package tern.runtime.server;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.Router;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A connection that tells whether its client is still there while a request is worked on: what it sends next is read ahead meanwhile.
/// The thread of the connection alone uses it.
///
/// A client that has closed the half it writes to counts as gone. One that has sent its next request already counts as there.
final class Connection implements ConnectionContext {

    /// How often a client is looked at while there is nothing to tell it.
    static final Duration LOOK = Duration.ofMillis(100);

    /// A thread serves one connection.
    private static final ThreadLocal<Connection> OF_THREAD = new ThreadLocal<>();

    private final ConnectionContext inner;
    private final DataReader reader = DataReader.create(this::next);
    /// What is read next: no bytes if none came for a while, empty if none will come.
    private @Nullable CompletableFuture<Optional<byte[]>> ahead;

    private Connection(ConnectionContext inner) {
        this.inner = inner;
    }

    /// The one whose request the running thread works on.
    static Connection current() {
        return OF_THREAD.get();
    }

    /// @throws CloseConnectionException if the client has gone
    void check() {
        CompletableFuture<Optional<byte[]>> known = ahead;
        if (known == null || known.isDone() && known.join().filter(bytes -> bytes.length == 0).isPresent()) {
            var fresh = new CompletableFuture<Optional<byte[]>>();
            Thread.startVirtualThread(() -> fresh.complete(readAhead()));
            ahead = fresh;
        } else if (known.isDone() && known.join().isEmpty()) { throw new CloseConnectionException("the client has gone"); }
    }

    /// Has something done on a thread of its own, while the client is there.
    ///
    /// @param work is told whether the client has gone, and then need not go on
    /// @throws CloseConnectionException if the client goes away
    <T> T whileThere(Function<BooleanSupplier, T> work) {
        var gone = new AtomicBoolean();
        var task = new FutureTask<T>(() -> work.apply(gone::get));
        Thread thread = Thread.startVirtualThread(task);
        try {
            while (!thread.join(LOOK)) check();
            return task.resultNow();
        } catch (InterruptedException e) {
            throw stops(e);
        } finally {
            gone.set(true);
        }
    }

    private static CloseConnectionException stops(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new CloseConnectionException("the server stops", e);
    }

    private Optional<byte[]> readAhead() {
        try {
            return read();
        } catch (RuntimeException e) {
            boolean quiet = e.getCause() instanceof UncheckedIOException io && io.getCause() instanceof SocketTimeoutException;
            return quiet ? Optional.of(new byte[0]) : Optional.empty();
        }
    }

    private Optional<byte[]> read() {
        try {
            inner.dataReader().ensureAvailable();
            return Optional.of(inner.dataReader().readBuffer().readBytes());
        } catch (DataReader.InsufficientDataAvailableException e) {
            return Optional.empty();
        }
    }

    private byte @Nullable [] next() {
        CompletableFuture<Optional<byte[]>> known = ahead;
        ahead = null;
        try {
            return (known == null ? read() : known.get()).orElse(null);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            throw stops(e);
        }
    }

    /// HTTP 1.1 over such connections.
    static ServerConnectionSelector http1(Http1Config config) {
        Http1ConnectionSelector http1 = Http1ConnectionSelector.builder().config(config).build();
        return new ServerConnectionSelector() {
            @Override
            public int bytesToIdentifyConnection() {
                return http1.bytesToIdentifyConnection();
            }

            @Override
            public Support supports(BufferData data) {
                return http1.supports(data);
            }

            @Override
            public Set<String> supportedApplicationProtocols() {
                return http1.supportedApplicationProtocols();
            }

            @Override
            public ServerConnection connection(ConnectionContext context) {
                var connection = new Connection(context);
                OF_THREAD.set(connection);
                return http1.connection(connection);
            }
        };
    }

    @Override
    public DataReader dataReader() {
        return reader;
    }

    @Override
    public ListenerContext listenerContext() {
        return inner.listenerContext();
    }

    @Override
    public ExecutorService executor() {
        return inner.executor();
    }

    @Override
    public DataWriter dataWriter() {
        return inner.dataWriter();
    }

    @Override
    public Router router() {
        return inner.router();
    }

    @Override
    public Optional<ProxyProtocolData> proxyProtocolData() {
        return inner.proxyProtocolData();
    }

    @Override
    public HelidonSocket serverSocket() {
        return inner.serverSocket();
    }

    @Override
    public PeerInfo remotePeer() {
        return inner.remotePeer();
    }

    @Override
    public PeerInfo localPeer() {
        return inner.localPeer();
    }

    @Override
    public boolean isSecure() {
        return inner.isSecure();
    }

    @Override
    public String socketId() {
        return inner.socketId();
    }

    @Override
    public String childSocketId() {
        return inner.childSocketId();
    }
}
