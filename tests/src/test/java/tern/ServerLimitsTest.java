package tern;

import static java.util.Locale.ROOT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.runtime.serve.Batcher;
import tern.runtime.server.ServerSettings.Limits;
import tern.runtime.server.TernServer;

/// What a request may take, and what is left of it when a server ends.
class ServerLimitsTest {

    private static final Limits NARROW = new Limits(2000, 1000, 8, Duration.ofMillis(1));

    @TempDir
    Path folder;

    private TinyServer tiny() throws IOException {
        return TinyServer.of(folder, new Batcher.Settings(1, 1, 4, 16));
    }

    private static CompletableFuture<HttpResponse<String>> ask(HttpClient client, TernServer server) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.address("127.0.0.1") + "/v1/completions")).header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"prompt\": \"a\", \"max_tokens\": 400}")).build();
        return client.sendAsync(request, BodyHandlers.ofString());
    }

    @Test
    void aHeaderAndATimeHaveAnEnd() throws IOException {
        try (TinyServer tiny = tiny(); TernServer server = tiny.listen(Optional.empty(), NARROW); HttpClient client = HttpClient.newHttpClient()) {
            try (Socket socket = new Socket("127.0.0.1", server.port())) {
                socket.getOutputStream().write("GET /health HTTP/1.1\r\nHost: localhost\r\nX-Long: %s\r\n\r\n".formatted("a".repeat(2000))
                        .getBytes(StandardCharsets.UTF_8));
                assertThat(new String(socket.getInputStream().readNBytes(13), StandardCharsets.UTF_8)).isEqualTo("HTTP/1.1 400 ");
            }
            tiny.batcher().between(() -> { // no pass runs meanwhile, so that the answer cannot come in time
                HttpResponse<String> late = ask(client, server).join();
                assertThat(late.statusCode()).isEqualTo(504);
                assertThat(late.body()).contains("the request took longer than 0.001 s");
            });
        }
    }

    /// Another site's page is told nothing that would let it read an answer.
    @Test
    void noOtherSiteIsLetIn() throws Exception {
        try (TinyServer tiny = tiny(); TernServer server = tiny.listen(Optional.empty(), Limits.USUAL); HttpClient client = HttpClient.newHttpClient()) {
            for (String method : new String[] {"GET", "OPTIONS"}) {
                HttpResponse<String> answer = client.send(
                        HttpRequest.newBuilder(URI.create(server.address("127.0.0.1") + "/v1/models")).header("Origin", "https://example.org")
                                .method(method, HttpRequest.BodyPublishers.noBody()).build(),
                        BodyHandlers.ofString());
                assertThat(answer.headers().map().keySet()).noneMatch(name -> name.toLowerCase(ROOT).startsWith("access-control"));
            }
            try (Socket socket = new Socket("127.0.0.1", server.port())) {
                socket.getOutputStream().write("GET /v1/models HTTP/1.1\r\nHost: example.org\r\n\r\n".getBytes(StandardCharsets.UTF_8));
                assertThat(new String(socket.getInputStream().readNBytes(13), StandardCharsets.UTF_8)).isEqualTo("HTTP/1.1 403 ");
            }
        }
    }

    private static Socket connect(TernServer server) throws IOException {
        var socket = new Socket("127.0.0.1", server.port());
        socket.getOutputStream().write("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.UTF_8));
        return socket;
    }

    private static String status(Socket socket) throws IOException {
        return new String(socket.getInputStream().readNBytes(13), StandardCharsets.UTF_8);
    }

    /// More than there may be wait until one ends.
    @Test
    void connectionsHaveALimit() throws IOException {
        var two = new Limits(2000, 1000, 2, Duration.ofMinutes(10));
        try (TinyServer tiny = tiny(); TernServer server = tiny.listen(Optional.empty(), two)) {
            Socket third;
            try (Socket first = connect(server); Socket second = connect(server)) {
                assertThat(status(first)).isEqualTo("HTTP/1.1 200 ");
                assertThat(status(second)).isEqualTo("HTTP/1.1 200 ");
                third = connect(server);
                third.setSoTimeout(300);
                assertThatThrownBy(() -> status(third)).isInstanceOf(SocketTimeoutException.class);
                third.setSoTimeout(0);
            }
            try (third) {
                assertThat(status(third)).isEqualTo("HTTP/1.1 200 ");
            }
        }
    }

    /// What has not ended when the time is up is cut off, and nothing new is taken.
    @Test
    void anEndIsNotWaitedForLongerThanItIsGiven() throws IOException {
        try (TinyServer tiny = tiny(); TernServer server = tiny.listen(Optional.empty(), Limits.USUAL); HttpClient client = HttpClient.newHttpClient()) {
            tiny.batcher().between(() -> {
                CompletableFuture<HttpResponse<String>> running = ask(client, server);
                try {
                    while (tiny.batcher().counts().requests() < 1) Thread.sleep(5);
                    assertThat(server.drain(Duration.ofMillis(1))).isFalse();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                assertThat(running.handle((answer, problem) -> problem == null ? answer.statusCode() : 0).join()).as("cut off").isNotEqualTo(200);
            });
        }
    }
}
