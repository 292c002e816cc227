package tern.runtime.cli.chat;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import tern.runtime.Quote;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A server in OpenAI's form, over HTTP. Whatever goes wrong is an `IOException` of one line that begins with the address.
final class ServerClient implements AutoCloseable {

    private static final Duration CONNECT = Duration.ofSeconds(10), LISTING = Duration.ofSeconds(30);

    /// Characters of an answer that is not understood which are shown.
    private static final int SHOWN = 120;

    private static final int LONGEST_ERROR = 1 << 16;

    private final HttpClient client = HttpClient.newBuilder().connectTimeout(CONNECT).build();
    private final String base;
    private final Optional<String> key;

    /// @param url with or without `/v1` at its end
    /// @throws IllegalArgumentException if it is no http or https address
    ServerClient(String url, Optional<String> key) {
        URI uri;
        try {
            uri = URI.create(url);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--url %s: no address: %s".formatted(url, e.getMessage()), e);
        }
        boolean isHttp = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
        if (!isHttp || uri.getHost() == null || uri.getUserInfo() != null || uri.getQuery() != null || uri.getFragment() != null)
            throw new IllegalArgumentException("--url %s: expected http://HOST:PORT or https://HOST:PORT, perhaps with a path".formatted(url));
        String bare = url.replaceFirst("/+$", "");
        base = bare.endsWith("/v1") ? bare : bare + "/v1";
        this.key = key;
    }

    String base() {
        return base;
    }

    /// Whether the key would be read by whoever sees the packets.
    boolean showsKey() {
        String host = URI.create(base).getHost();
        boolean isHere = host.equals("localhost") || host.equals("[::1]") || host.startsWith("127.");
        return key.isPresent() && base.startsWith("http:") && !isHere;
    }

    private HttpRequest.Builder to(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path)).header("Content-Type", "application/json");
        key.ifPresent(shown -> request.header("Authorization", "Bearer " + shown));
        return request;
    }

    /// The first model that the server has.
    String model() throws IOException {
        HttpResponse<InputStream> response = send(to("/models").timeout(LISTING).GET().build());
        try (InputStream body = response.body()) {
            JsonNode models = parse(new String(body.readNBytes(LONGEST_ERROR), UTF_8));
            String first = models.at("/data/0/id").asString("");
            if (first.isEmpty()) throw failed("/models names no model; --model does");
            return first;
        }
    }

    /// Asks for an answer in events.
    ///
    /// @param each hears the data of each event
    void chat(JsonNode request, Consumer<JsonNode> each) throws IOException {
        HttpResponse<InputStream> response = send(to("/chat/completions").POST(HttpRequest.BodyPublishers.ofString(request.toString())).build());
        String type = response.headers().firstValue("Content-Type").orElse("");
        try (var lines = new BufferedReader(new InputStreamReader(response.body(), UTF_8))) {
            if (!type.startsWith("text/event-stream")) {
                String text = lines.readLine();
                throw failed("the answer is no stream of events: " + Quote.of(text == null ? type : text, SHOWN));
            }
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.startsWith("data:")) continue; // names of events, and comments that keep a connection open
                String data = line.substring(5).strip();
                if (data.equals("[DONE]")) return;
                JsonNode event = parse(data);
                if (event.has("error")) throw failed(message(event, data));
                each.accept(event);
            }
        } catch (IOException e) {
            if (Thread.currentThread().isInterrupted()) throw (IOException) new InterruptedIOException().initCause(e);
            throw String.valueOf(e.getMessage()).startsWith(base) ? e : failed("the stream was cut off: " + e.getMessage());
        }
        throw failed("the stream was cut off before its end");
    }

    private HttpResponse<InputStream> send(HttpRequest request) throws IOException {
        HttpResponse<InputStream> response;
        try {
            response = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (ConnectException e) {
            throw failed(isUnknown(e) ? "there is no such host" : "nobody listens there");
        } catch (HttpTimeoutException e) {
            throw failed("no answer in time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException().initCause(e);
        } catch (IOException e) {
            throw failed(e.getMessage() == null ? "the connection broke" : e.getMessage());
        }
        if (response.statusCode() == 200) return response;
        try (InputStream body = response.body()) {
            throw refused(response, new String(body.readNBytes(LONGEST_ERROR), UTF_8));
        }
    }

    private static boolean isUnknown(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) if (cause instanceof UnresolvedAddressException) return true;
        return false;
    }

    private IOException refused(HttpResponse<?> response, String body) {
        String said;
        try {
            said = message(JsonMapper.shared().readTree(body), body);
        } catch (JacksonException e) {
            said = Quote.of(body.strip(), SHOWN);
        }
        return failed(switch (response.statusCode()) {
            case 401, 403 -> "refused: %s (--api-key-file or TERN_API_KEY has the key)".formatted(said);
            case 429 ->
                response.headers().firstValue("Retry-After").map(after -> "busy, and asks to come again in %s s: ".formatted(after)).orElse("busy: ") + said;
            default -> "status %d: %s".formatted(response.statusCode(), said);
        });
    }

    private static String message(JsonNode answer, String body) {
        JsonNode error = answer.path("error");
        return Quote.of(error.isString() ? error.stringValue() : error.path("message").asString(body), SHOWN);
    }

    private JsonNode parse(String text) throws IOException {
        try {
            return JsonMapper.shared().readTree(text);
        } catch (JacksonException e) {
            throw failed("the answer is no JSON: " + Quote.of(text.strip(), SHOWN));
        }
    }

    private IOException failed(String what) {
        return new IOException(base + ": " + what);
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
