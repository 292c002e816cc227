package tern.runtime.server;

import io.helidon.http.sse.SseEvent;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.sse.SseSink;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Server-sent events of a response. It begins with the first one; until then, an error can still have its status.
final class Events implements AutoCloseable {

    private final ServerResponse response;
    private @Nullable SseSink sink;

    Events(ServerResponse response) {
        this.response = response;
    }

    boolean hasBegun() {
        return sink != null;
    }

    private SseSink sink() {
        if (sink == null) {
            response.header("Cache-Control", "no-store");
            response.header("X-Accel-Buffering", "no"); // a proxy shall pass tokens on as they come
            sink = response.sink(SseSink.TYPE);
        }
        return sink;
    }

    void data(JsonNode data) {
        sink().emit(SseEvent.create(data.toString()));
    }

    void data(String data) {
        sink().emit(SseEvent.create(data));
    }

    /// With its name.
    void named(String name, JsonNode data) {
        sink().emit(SseEvent.builder().name(name).data(data.toString()).build());
    }

    /// Shows whether there is still a client, without saying anything.
    void beat() {
        sink().emit(SseEvent.builder().comment("waiting").build());
    }

    @Override
    public void close() {
        if (sink != null) sink.close();
    }
}
