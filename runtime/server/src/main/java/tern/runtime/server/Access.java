package tern.runtime.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.helidon.http.HeaderNames;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import java.util.Set;

/// Who is let in. All but the page and `/health` needs the key, if there is one. A server that listens to its own machine alone is no use to a
/// page of another site that has its name point here: the host that it was called by must be this machine.
final class Access implements Filter {

    private static final Set<String> LOCAL = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final String BEARER = "Bearer ";

    private final Optional<byte[]> key;
    private final boolean local;

    Access(ServerSettings settings) {
        key = settings.key().map(one -> digest(one));
        local = isLocal(settings.host());
    }

    static boolean isLocal(String host) {
        return LOCAL.contains(host) || host.equals("::1");
    }

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        String path = request.path().path();
        response.header("X-Content-Type-Options", "nosniff");
        if (local && !LOCAL.contains(name(request.headers()))) throw new ApiError(403, "permission_error", null, "the host is not this machine");
        boolean open = path.equals("/health") || Page.has(path);
        if (!open && key.isPresent() && !MessageDigest.isEqual(key.get(), digest(shown(request.headers()))))
            throw new ApiError(401, "authentication_error", null, "the key is missing or wrong");
        chain.proceed();
    }

    /// Of equal length whatever the key's is, so that a comparison takes the same time.
    private static byte[] digest(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String shown(ServerRequestHeaders headers) {
        String bearer = headers.first(HeaderNames.AUTHORIZATION).orElse("");
        return bearer.startsWith(BEARER) ? bearer.substring(BEARER.length()) : headers.first(HeaderNames.create("x-api-key")).orElse("");
    }

    private static String name(ServerRequestHeaders headers) {
        String host = headers.first(HeaderNames.HOST).orElse("");
        int port = host.lastIndexOf(':');
        return port > host.lastIndexOf(']') ? host.substring(0, port) : host;
    }
}
