package tern.runtime.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Server-sent events of a response. It begins with the first one; until then, an error can still have its status.
///
/// Whoever says `stream` gets them, whatever the request's `Accept` is: OpenAI's client in Python and `curl --json` say application/json.
/// Helidon's own sink refuses that.
///
/// Source: WHATWG HTML, 9.2.
final class Events implements AutoCloseable {

    private final ServerResponse response;
    private @Nullable OutputStream out;

    Events(ServerResponse response) {
        this.response = response;
    }

    boolean hasBegun() {
        return out != null;
    }

    void data(JsonNode data) {
        data(data.toString());
    }

    /// @param data one line
    void data(String data) {
        send("data: " + data + "\n\n");
    }

    /// With its name.
    void named(String name, JsonNode data) {
        send("event: " + name + "\ndata: " + data + "\n\n");
    }

    /// Shows whether there is still a client, without saying anything.
    void beat() {
        send(": waiting\n\n");
    }

    /// @throws UncheckedIOException if the client has gone
    private void send(String event) {
        try {
            OutputStream to = begun();
            to.write(event.getBytes(UTF_8));
            to.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private OutputStream begun() {
        OutputStream to = out;
        if (to == null) {
            response.header(HeaderNames.CONTENT_TYPE, "text/event-stream");
            response.header("Cache-Control", "no-store");
            response.header("X-Accel-Buffering", "no"); // a proxy shall pass tokens on as they come
            to = response.outputStream();
            out = to;
        }
        return to;
    }

    @Override
    public void close() {
        if (out == null) return;
        try {
            out.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
