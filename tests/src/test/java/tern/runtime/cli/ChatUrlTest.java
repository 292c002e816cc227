package tern.runtime.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.TinyServer;
import tern.runtime.serve.Batcher;
import tern.runtime.server.ServerSettings.Limits;
import tern.runtime.server.TernServer;

/// `tern chat --url`.
class ChatUrlTest {

    @TempDir
    private static Path folder;

    private static TinyServer tiny;
    private static TernServer open, locked;

    private record Run(int status, String out, String err) {}

    @BeforeAll
    static void start() throws IOException {
        tiny = TinyServer.of(folder, new Batcher.Settings(2, 4, 8, 16));
        open = tiny.listen(Optional.empty(), Limits.USUAL);
        locked = tiny.listen(Optional.of("open sesame"), Limits.USUAL);
    }

    @AfterAll
    static void stop() {
        locked.close();
        open.close();
        tiny.close();
    }

    private static Run chat(String typed, Object... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(typed.getBytes(UTF_8)));
        try {
            String[] all = Arrays.stream(args).map(Object::toString).toArray(String[]::new);
            int status = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), all);
            return new Run(status, out.toString().replace("\r\n", "\n"), err.toString().replace("\r\n", "\n"));
        } finally {
            System.setIn(before);
        }
    }

    @Test
    void aServerSaysWhatTheModelSaysHere() {
        String typed = "/system Be brief, and kind.\nhello\n/reset\nhello again\n/stats\n";
        Run far = chat(typed, "chat", "--url", open.address("127.0.0.1"), "--tokens", 12, "--temperature", 0);
        Run near = chat(typed, "chat", "--model", folder.resolve("tiny.gguf"), "--template", "none", "--tokens", 12, "--temperature", 0, "--threads", 1,
                "--cache", folder.resolve("cache"));
        assertThat(far.status()).as(far.err()).isZero();
        assertThat(far.out()).isEqualTo(near.out()).isNotBlank();
        assertThat(far.err()).containsPattern("\\d+ prompt tokens \\(0 kept\\), first text after .* s; 12 tokens in .*; length\n")
                .containsPattern("3 messages, the system's among them; \\d+ prompt tokens fed, \\d+ kept, 24 generated; http://127.0.0.1:");
        assertThat(far.err()).as("what the server knows is not computed again").doesNotContain(" 0 kept, 24");
    }

    @Test
    void schemasAndStopsGoToTheServer() throws IOException {
        Path schema = Files.writeString(folder.resolve("s.json"), "{\"enum\": [\"yes\", \"no\"]}");
        Run run = chat("hello\n", "chat", "--url", open.address("127.0.0.1") + "/v1/", "--json-schema", schema, "--model", "tiny");
        assertThat(run.out()).isIn("\"yes\"\n", "\"no\"\n");
    }

    @Test
    void aKeyComesFromAFile() throws IOException {
        String url = locked.address("127.0.0.1");
        Path key = Files.writeString(folder.resolve("key"), "open sesame\n");
        assertThat(chat("hello\n", "chat", "--url", url, "--api-key-file", key, "--tokens", 3).status()).isZero();
        assertFails(1, url + "/v1: refused: 'the key is missing or wrong' (--api-key-file or TERN_API_KEY has the key)", chat("hello\n", "chat", "--url", url));
    }

    private static void assertFails(int status, String message, Run run) {
        assertThat(run.status()).as(run.err()).isEqualTo(status);
        assertThat(run.err()).isEqualTo("tern chat: " + message + "\n");
    }

    /// What a server says that answers everything in one way.
    private static Run at(HttpHandler handler) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", handler);
        server.start();
        try {
            Run run = chat("hello\n", "chat", "--model", "m", "--url", "http://127.0.0.1:" + server.getAddress().getPort());
            return new Run(run.status, run.out, run.err.replace(":" + server.getAddress().getPort(), ""));
        } finally {
            server.stop(0);
        }
    }

    private static HttpHandler answer(int status, String type, String body, String... header) {
        return exchange -> {
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().add("Content-Type", type);
            if (header.length > 0) exchange.getResponseHeaders().add(header[0], header[1]);
            exchange.sendResponseHeaders(status, 0);
            try (var to = exchange.getResponseBody()) {
                to.write(body.getBytes(UTF_8));
            }
        };
    }

    private static final String EVENTS = "text/event-stream", AT = "http://127.0.0.1/v1: ";
    private static final String PART = "data: {\"choices\": [{\"index\": 0, \"delta\": {\"content\": \"well\"}}]}\n\n";

    @Test
    void eachFailureIsOneLine() throws IOException {
        assertFails(1, AT + "busy, and asks to come again in 7 s: 'the queue is full'",
                at(answer(429, "application/json", "{\"error\": {\"message\": \"the queue is full\"}}", "Retry-After", "7")));
        assertFails(1, AT + "status 502: '<h1>Bad gateway</h1>'", at(answer(502, "text/html", "<h1>Bad gateway</h1>")));
        assertFails(1, AT + "the answer is no stream of events: '<p>welcome</p>'", at(answer(200, "text/html", "<p>welcome</p>")));
        assertFails(1, AT + "the answer is no JSON: 'well'", at(answer(200, EVENTS, "data: well\n\n")));
        assertFails(1, AT + "'out of \\u001bmemory'", at(answer(200, EVENTS, "data: {\"error\": {\"message\": \"out of \\u001bmemory\"}}\n\n")));
        Run cut = at(answer(200, EVENTS, PART));
        assertFails(1, AT + "the stream was cut off before its end", cut);
        assertThat(cut.out).isEqualTo("well\n");
        assertFails(1, AT + "the stream ended before the answer did", at(answer(200, EVENTS, PART + "data: [DONE]\n\n")));
        String nowhere;
        try (var gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nowhere = "http://127.0.0.1:" + gone.getLocalPort();
        }
        assertFails(1, nowhere + "/v1: nobody listens there", chat("hello\n", "chat", "--url", nowhere));
    }

    @Test
    void whatDoesNotGoTogetherIsRefused() {
        String url = "http://127.0.0.1:1";
        assertFails(2, "--threads does not go with --url", chat("", "chat", "--url", url, "--threads", 1));
        assertFails(2, "--template does not go with --url", chat("", "chat", "--url", url, "--template", "none"));
        assertFails(2, "--url ftp://x: expected http://HOST:PORT or https://HOST:PORT, perhaps with a path", chat("", "chat", "--url", "ftp://x"));
        assertFails(2, "give --model, or --url of a server", chat("", "chat"));
        assertFails(2, "--api-key-file goes with --url", chat("", "chat", "--model", "x", "--api-key-file", "y"));
    }
}
