package tern.runtime.server;

import static java.util.Locale.ROOT;

import io.helidon.common.configurable.Resource;
import io.helidon.common.pki.Keys;
import io.helidon.common.tls.Tls;
import io.helidon.http.HeaderNames;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1Config;
import java.time.Duration;
import java.util.logging.Level;
import java.util.logging.Logger;
import tools.jackson.databind.node.JsonNodeFactory;

/// A [Served] model over HTTP.
public final class TernServer implements AutoCloseable {

    /// Held, so that its level stays: the library tells of its own start, which is nobody's business here.
    private static final Logger LIBRARY = Logger.getLogger("io.helidon");

    private final WebServer server;
    private final Served served;
    private final boolean secure;

    private TernServer(WebServer server, Served served, boolean secure) {
        this.server = server;
        this.served = served;
        this.secure = secure;
    }

    /// Reads the classes of the library and what it finds out about itself, on another thread: that takes as long as to load a small model, and
    /// whoever does both at the same time can [#start] at once.
    public static void prepare() {
        Thread.ofPlatform().name("tern-http").daemon().start(() -> library().build());
    }

    private static WebServerConfig.Builder library() {
        LIBRARY.setLevel(Level.SEVERE);
        return WebServer.builder().shutdownHook(false).featuresDiscoverServices(false);
    }

    /// Begins to listen.
    public static TernServer start(Served served, ServerSettings settings) {
        ServerSettings.Limits limits = settings.limits();
        WebServerConfig.Builder config = library()
                .host(settings.host())
                .port(settings.port())
                .maxPayloadSize(limits.body())
                .maxTcpConnections(limits.streams())
                .idleConnectionTimeout(Duration.ofMinutes(2))
                .protocolsDiscoverServices(false)
                .addConnectionSelector(Connection.http1(Http1Config.builder().maxHeadersSize(limits.header()).build()))
                .routing(routing -> routes(routing, served, settings));
        settings.tls().ifPresent(tls -> config.tls(tls(tls)));
        return new TernServer(config.build().start(), served, settings.tls().isPresent());
    }

    private static Tls tls(ServerSettings.Tls files) {
        Keys keys = Keys.builder()
                .pem(pem -> pem.key(Resource.create(files.privateKey()))
                        .certChain(Resource.create(files.certificates())))
                .build();
        return Tls.builder().privateKey(keys).privateKeyCertChain(keys).build();
    }

    private static void routes(HttpRouting.Builder to, Served served, ServerSettings settings) {
        var metrics = new Metrics(served.batcher(), served.work());
        var answers = new Answers(served, metrics, settings.limits().time());
        var openAi = new OpenAi(served, answers);
        var llama = new Llama(served, settings.lab().isPresent());
        to.addFilter(new Access(settings));
        to.error(ApiError.class, TernServer::tell);
        to.error(RequestException.class,
                (request, response, e) -> tell(request, response, new ApiError(e.status().code(), "invalid_request_error", null, e.status().reasonPhrase())));
        to.get("/v1/models", (_, response) -> Http.json(response, openAi.models()));
        to.post("/v1/chat/completions", openAi::chat);
        to.post("/v1/completions", openAi::completions);
        to.post("/v1/responses", new Responses(served, answers)::create);
        to.post("/v1/messages", new Anthropic(served, answers)::messages);
        to.post("/v1/embeddings", new Embeddings(served)::create);
        to.post("/tokenize", llama::tokenize);
        to.post("/detokenize", llama::detokenize);
        to.get("/props", (_, response) -> Http.json(response, llama.props()));
        to.get("/engine", (_, response) -> Http.json(response, llama.engine()));
        to.get("/health", (_, response) -> Http.json(response, JsonNodeFactory.instance.objectNode().put("status", "ok")));
        to.get("/metrics", (_, response) -> response.header(HeaderNames.CONTENT_TYPE, Metrics.FORMAT).send(metrics.text()));
        settings.lab().map(Lab::new).ifPresent(lab -> {
            to.post("/lab/check", lab.of(Laboratory.Part.CHECK));
            to.post("/lab/speed", lab.of(Laboratory.Part.SPEED));
        });
        for (String path : Page.paths()) to.get(path, Page::send);
        to.any((_, _) -> {
            throw new ApiError(404, "not_found_error", null, "there is nothing at this path");
        });
    }

    private static void tell(ServerRequest request, ServerResponse response, ApiError e) {
        if (e.status == 429) response.header(HeaderNames.RETRY_AFTER, "1");
        response.status(Status.create(e.status));
        Http.json(response, request.path().path().equals("/v1/messages") ? e.anthropic() : e.openAi());
    }

    public int port() {
        return server.port();
    }

    /// Where it is, for people.
    public String address(String host) {
        return String.format(ROOT, "%s://%s:%d", secure ? "https" : "http", host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host, port());
    }

    /// Takes no more texts, finishes those that it has, and stops.
    ///
    /// @return whether all were finished within the time
    public boolean drain(Duration deadline) throws InterruptedException {
        boolean done = served.batcher().drain(deadline);
        close();
        return done;
    }

    @Override
    public void close() {
        server.stop();
    }
}
