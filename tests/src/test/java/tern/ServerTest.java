package tern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tern.runtime.serve.Batcher;
import tern.runtime.serve.Counts;
import tern.runtime.server.ServerSettings.Limits;
import tern.runtime.server.ServerSettings.Tls;
import tern.runtime.server.TernServer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A server as its clients see it.
class ServerTest {

    private static final String KEY = "open sesame";
    private static final JsonMapper JSON = new JsonMapper();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @TempDir
    private static Path folder;

    private static TinyServer tiny;
    private static Batcher batcher;
    private static TernServer server, locked;

    @BeforeAll
    static void start() throws IOException {
        tiny = TinyServer.of(folder, new Batcher.Settings(2, 4, 3, 16));
        batcher = tiny.batcher();
        server = tiny.listen(Optional.empty(), Limits.USUAL);
        locked = tiny.listen(Optional.of(KEY), new Limits(2000, 4096, 8, Duration.ofMinutes(10)));
    }

    @AfterAll
    static void stop() {
        server.close();
        locked.close();
        tiny.close();
    }

    private static HttpRequest.Builder to(TernServer server, String path) {
        return HttpRequest.newBuilder(URI.create(server.address("127.0.0.1") + path)).header("Content-Type", "application/json");
    }

    private static HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return CLIENT.send(to(server, path).POST(HttpRequest.BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    }

    private static JsonNode ask(String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> response = post(path, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JSON.readTree(response.body());
    }

    private static String refused(int status, String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> response = post(path, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        return JSON.readTree(response.body()).at("/error/message").stringValue();
    }

    /// Data of the events, without the last `[DONE]`.
    private static List<JsonNode> stream(String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> response = post(path, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("text/event-stream");
        var all = new ArrayList<JsonNode>();
        for (String line : response.body().split("\n", -1))
            if (line.startsWith("data:") && !line.contains("[DONE]")) all.add(JSON.readTree(line.substring(5)));
        return all;
    }

    private static final String CHAT = """
            {"model": "tiny", "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hello there"}],
             "max_tokens": 12, "seed": 7, "temperature": 0.9%s}""";

    @Test
    void aStreamSaysWhatTheWholeAnswerSays() throws Exception {
        JsonNode whole = ask("/v1/chat/completions", CHAT.formatted(""));
        assertThat(whole.at("/usage/completion_tokens").intValue()).isEqualTo(12);
        assertThat(whole.at("/choices/0/finish_reason").stringValue()).isEqualTo("length");
        List<JsonNode> parts = stream("/v1/chat/completions", CHAT.formatted(", \"stream\": true, \"stream_options\": {\"include_usage\": true}"));
        var text = new StringBuilder();
        for (JsonNode part : parts) text.append(part.at("/choices/0/delta/content").asString(""));
        assertThat(text.toString()).isEqualTo(whole.at("/choices/0/message/content").stringValue()).isNotEmpty();
        assertThat(parts.getLast().at("/usage/completion_tokens").intValue()).isEqualTo(12);
        assertThat(parts.getFirst().at("/choices/0/delta/role").stringValue()).isEqualTo("assistant");
    }

    @Test
    void severalAnswersHaveSeedsOfTheirOwn() throws Exception {
        JsonNode two = ask("/v1/chat/completions", CHAT.formatted(", \"n\": 2")), one = ask("/v1/chat/completions", CHAT.formatted(""));
        String first = two.at("/choices/0/message/content").stringValue();
        assertThat(first).isEqualTo(one.at("/choices/0/message/content").stringValue());
        assertThat(two.at("/choices/1/message/content").stringValue()).isNotEqualTo(first);
    }

    @Test
    void formsAreKept() throws Exception {
        String schema = """
                , "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object",
                 "properties": {"good": {"type": "boolean"}, "sure": {"enum": ["yes", "no"]}}, "required": ["good", "sure"]}}}""";
        JsonNode answer = JSON.readTree(ask("/v1/chat/completions", CHAT.replace("12", "200").formatted(schema))
                .at("/choices/0/message/content").stringValue());
        assertThat(answer.get("good").isBoolean()).isTrue();
        assertThat(answer.get("sure").stringValue()).isIn("yes", "no");
        int end = ask("/tokenize", "{\"content\": \"}\"}").get("tokens").get(0).intValue();
        String soon = ", \"response_format\": {\"type\": \"json_object\"}, \"logit_bias\": {\"%d\": 100}".formatted(end);
        JsonNode any = ask("/v1/chat/completions", CHAT.formatted(soon)).at("/choices/0");
        assertThat(any.get("finish_reason").stringValue()).isEqualTo("stop");
        assertThat(JSON.readTree(any.at("/message/content").stringValue()).isObject()).isTrue();
    }

    @Test
    void aDemandedCallParses() throws Exception {
        String tools = """
                , "tool_choice": "required", "tools": [{"type": "function", "function": {"name": "light", "description": "switches a light",
                 "parameters": {"type": "object", "properties": {"on": {"type": "boolean"}}, "required": ["on"]}}}]%s""";
        JsonNode choice = ask("/v1/chat/completions", CHAT.replace("12", "200").formatted(tools.formatted(""))).at("/choices/0");
        assertThat(choice.get("finish_reason").stringValue()).isEqualTo("tool_calls");
        assertThat(choice.at("/message/tool_calls/0/function/name").stringValue()).isEqualTo("light");
        String arguments = choice.at("/message/tool_calls/0/function/arguments").stringValue();
        assertThat(JSON.readTree(arguments).get("on").isBoolean()).isTrue();
        List<JsonNode> parts = stream("/v1/chat/completions", CHAT.replace("12", "200").formatted(tools.formatted(", \"stream\": true")));
        assertThat(parts.stream().map(part -> part.at("/choices/0/delta/tool_calls/0/function/arguments").asString("")).reduce("", String::concat))
                .isEqualTo(arguments);
    }

    @Test
    void probabilitiesAreThoseOfTheModel() throws Exception {
        JsonNode content = ask("/v1/chat/completions", CHAT.replace("0.9", "0").formatted(", \"logprobs\": true, \"top_logprobs\": 3"))
                .at("/choices/0/logprobs/content");
        assertThat(content).hasSize(12);
        for (JsonNode token : content) {
            assertThat(token.get("top_logprobs")).hasSize(3);
            assertThat(token.at("/top_logprobs/0/logprob").doubleValue()).isEqualTo(token.get("logprob").doubleValue()).isNegative();
        }
        JsonNode biased = ask("/v1/completions", "{\"prompt\": \"a\", \"max_tokens\": 3, \"temperature\": 0, \"logit_bias\": {\"65\": 100}}");
        assertThat(biased.at("/choices/0/text").stringValue()).isEqualTo(JSON.readTree(post("/detokenize", "{\"tokens\": [65, 65, 65]}").body())
                .get("content").stringValue());
    }

    @Test
    void otherFormsSayTheSame() throws Exception {
        String chat = ask("/v1/chat/completions", CHAT.formatted("")).at("/choices/0/message/content").stringValue();
        String body = CHAT.replace("[{\"role\": \"system\", \"content\": \"Be brief.\"}, ", "[").replace("{\"model\"", "{\"system\": \"Be brief.\", \"model\"");
        JsonNode message = ask("/v1/messages", body.formatted(""));
        assertThat(message.at("/content/0/text").stringValue()).isEqualTo(chat);
        assertThat(message.get("stop_reason").stringValue()).isEqualTo("max_tokens");
        List<JsonNode> events = stream("/v1/messages", body.formatted(", \"stream\": true"));
        assertThat(events.stream().map(event -> event.at("/delta/text").asString("")).reduce("", String::concat)).isEqualTo(chat);
        String responses = "{\"instructions\": \"Be brief.\", \"input\": \"hello there\", \"max_output_tokens\": 12, \"seed\": 7, \"temperature\": 0.9%s}";
        assertThat(ask("/v1/responses", responses.formatted("")).at("/output/0/content/0/text").stringValue()).isEqualTo(chat);
        List<JsonNode> deltas = stream("/v1/responses", responses.formatted(", \"stream\": true"));
        assertThat(deltas.stream().filter(event -> event.get("type").stringValue().equals("response.output_text.delta"))
                .map(event -> event.get("delta").stringValue()).reduce("", String::concat)).isEqualTo(chat);
    }

    @Test
    void aStopTextEndsAnAnswerAndIsNotShown() throws Exception {
        String text = ask("/v1/completions", "{\"prompt\": \"a\", \"max_tokens\": 12, \"temperature\": 0}").at("/choices/0/text").stringValue();
        String stop = text.substring(3, 5);
        JsonNode stopped = ask("/v1/completions", "{\"prompt\": \"a\", \"max_tokens\": 12, \"temperature\": 0, \"stop\": [%s]}"
                .formatted(JSON.writeValueAsString(stop)));
        assertThat(stopped.at("/choices/0/text").stringValue()).isEqualTo(text.substring(0, text.indexOf(stop)));
        assertThat(stopped.at("/choices/0/finish_reason").stringValue()).isEqualTo("stop");
    }

    @Test
    void wrongRequestsAreToldWhatIsWrong() throws Exception {
        assertThat(refused(400, "/v1/chat/completions", "{")).isEqualTo("the body is not JSON");
        assertThat(refused(400, "/v1/chat/completions", "{}")).isEqualTo("messages: there are no messages");
        assertThat(refused(400, "/v1/chat/completions", CHAT.formatted(", \"top_p\": 2"))).isEqualTo("top_p: found 2, expected 0 to 1");
        assertThat(refused(400, "/v1/chat/completions", CHAT.formatted(", \"presence_penalty\": 1")))
                .isEqualTo("presence_penalty: found '1', which is not supported");
        assertThat(refused(400, "/v1/chat/completions", "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image_url\"}]}]}"))
                .isEqualTo("messages[0].content[0].type: only text is supported");
        assertThat(refused(400, "/v1/completions", "{\"prompt\": \"%s\"}".formatted("a".repeat(600)))).startsWith("the prompt has 60");
        assertThat(refused(400, "/v1/embeddings", "{}")).isEqualTo("tiny makes texts, no embeddings");
        assertThat(refused(404, "/v2/none", "{}")).isEqualTo("there is nothing at this path");
        HttpResponse<String> form = CLIENT.send(
                HttpRequest.newBuilder(URI.create(server.address("127.0.0.1") + "/v1/completions")).header("Content-Type", "text/plain")
                        .POST(HttpRequest.BodyPublishers.ofString("{\"prompt\": \"a\"}")).build(),
                BodyHandlers.ofString());
        assertThat(form.statusCode()).isEqualTo(415);
    }

    @Test
    void onlyTheKeyOpens() throws Exception {
        var body = HttpRequest.BodyPublishers.ofString("{\"content\": \"a\"}");
        assertThat(CLIENT.send(to(locked, "/tokenize").POST(body).build(), BodyHandlers.ofString()).statusCode()).isEqualTo(401);
        assertThat(CLIENT.send(to(locked, "/tokenize").header("Authorization", "Bearer " + KEY + "x").POST(body).build(), BodyHandlers.ofString()).statusCode())
                .isEqualTo(401);
        assertThat(CLIENT.send(to(locked, "/tokenize").header("Authorization", "Bearer " + KEY).POST(body).build(), BodyHandlers.ofString()).statusCode())
                .isEqualTo(200);
        assertThat(CLIENT.send(to(locked, "/tokenize").header("x-api-key", KEY).POST(body).build(), BodyHandlers.ofString()).statusCode()).isEqualTo(200);
        assertThat(CLIENT.send(to(locked, "/health").build(), BodyHandlers.ofString()).statusCode()).isEqualTo(200);
        var large = HttpRequest.BodyPublishers.ofString("{\"content\": \"%s\"}".formatted("a".repeat(3000)));
        assertThat(CLIENT.send(to(locked, "/tokenize").header("x-api-key", KEY).POST(large).build(), BodyHandlers.ofString()).statusCode()).isEqualTo(413);
    }

    @Test
    void aFullQueueSaysWhenToComeAgain() throws Exception {
        String long_ = CHAT.replace("12", "400").formatted(", \"n\": 5, \"logit_bias\": {\"319\": -100}, \"stream\": true");
        HttpRequest request = to(server, "/v1/chat/completions").POST(HttpRequest.BodyPublishers.ofString(long_)).build();
        long before = batcher.counts().requests(), cancelled = batcher.counts().cancelled();
        batcher.between(() -> { // no pass runs meanwhile, so that none of the texts ends
            var open = CLIENT.sendAsync(request, BodyHandlers.ofString());
            try {
                while (batcher.counts().requests() < before + 5) Thread.sleep(5);
                HttpResponse<String> refused = post("/v1/chat/completions", CHAT.formatted(""));
                assertThat(refused.statusCode()).isEqualTo(429);
                assertThat(refused.headers().firstValue("Retry-After")).contains("1");
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            } finally {
                open.cancel(true); // goes away: its places are free again
            }
        });
        while (batcher.counts().running() + batcher.counts().waiting() > 0) Thread.sleep(5);
        assertThat(batcher.counts().cancelled()).isEqualTo(cancelled + 5);
        ask("/v1/chat/completions", CHAT.formatted(""));
    }

    /// Texts with a place and one that waits, asked for in every form, whole or as a stream.
    @ParameterizedTest
    @CsvSource({"/v1/chat/completions, messages, false", "/v1/chat/completions, messages, true", "/v1/completions, prompt, false",
        "/v1/responses, input, false", "/v1/messages, messages, false"})
    void whoGoesAwayFreesItsPlaceAtTheNextStep(String path, String member, boolean streams) throws Exception {
        int texts = path.endsWith("completions") ? 3 : 1;
        String said = member.equals("messages") ? "[{\"role\": \"user\", \"content\": \"hello\"}]" : "\"hello\"";
        String body = "{\"%s\": %s, \"max_tokens\": 400, \"max_output_tokens\": 400, \"n\": %d, \"stream\": %b, \"temperature\": 0}"
                .formatted(member, said, texts, streams); // a drawn token could end a text before anybody looks
        Counts before = batcher.counts();
        batcher.between(() -> { // no pass runs meanwhile, so that none of the texts goes on
            try (Socket socket = asked(path, body)) {
                while (batcher.counts().requests() < before.requests() + texts) Thread.sleep(5);
                socket.shutdownOutput(); // as far as a server can see, the client has gone
                String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8); // until the server has seen it
                assertThat(answer).doesNotContain("finish_reason", "usage");
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        while (batcher.counts().running() + batcher.counts().waiting() > 0) Thread.sleep(5);
        assertThat(batcher.counts().cancelled()).isEqualTo(before.cancelled() + texts);
        assertThat(batcher.counts().passes()).as("the pass that was to come").isLessThanOrEqualTo(before.passes() + 1);
    }

    private static Socket asked(String path, String body) throws IOException {
        var socket = new Socket("127.0.0.1", server.port());
        socket.setSoTimeout(600_000); // fails rather than hangs
        socket.getOutputStream().write(request(path, body).getBytes(StandardCharsets.UTF_8));
        return socket;
    }

    private static String request(String path, String body) {
        return "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s".formatted(path, body.length(), body);
    }

    /// A client may send its next requests before it has the answer to the first; they are answered in turn.
    @Test
    void requestsInAPipelineAreAnsweredInTurn() throws Exception {
        String body = "{\"prompt\": \"a\", \"max_tokens\": 3, \"temperature\": 0}";
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            socket.setSoTimeout(600_000); // fails rather than hangs
            batcher.between(() -> { // the first is not answered before the others are there
                try {
                    long before = batcher.counts().requests();
                    socket.getOutputStream().write(request("/v1/completions", body).getBytes(StandardCharsets.UTF_8));
                    while (batcher.counts().requests() == before) Thread.sleep(5);
                    socket.getOutputStream().write((request("/tokenize", "{\"content\": \"a\"}")
                            + "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").getBytes(StandardCharsets.UTF_8));
                } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            var answers = new StringBuilder();
            for (int next = 0; next >= 0 && answers.indexOf("\"status\":\"ok\"") < 0;) {
                next = socket.getInputStream().read();
                answers.append((char) next);
            }
            assertThat(answers.toString().split("HTTP/1.1 200")).hasSize(4);
            assertThat(answers).containsSubsequence("text_completion", "\"tokens\":", "\"status\":\"ok\"");
        }
    }

    @Test
    void curlReadsEvents() throws Exception {
        Optional<Path> curl = Stream.of("/usr/bin/curl", "/bin/curl").map(Path::of).filter(Files::isExecutable).findFirst();
        Assumptions.assumeTrue(curl.isPresent(), "there is no curl");
        Process process = new ProcessBuilder(curl.get().toString(), "--silent", "--show-error", "--no-buffer", "--noproxy", "*",
                server.address("127.0.0.1") + "/v1/completions", "--json", "{\"prompt\": \"a\", \"max_tokens\": 3, \"temperature\": 0, \"stream\": true}")
                .redirectErrorStream(true).start();
        String events = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(events).isZero();
        assertThat(events).startsWith("data:").endsWith("data: [DONE]\n\n");
        assertThat(events.split("\n\n")).as("three tokens, the reason, the end").hasSizeBetween(4, 6);
    }

    /// With a certificate that is made here.
    @Test
    void tlsIsSpokenWithACertificate() throws Exception {
        Path store = folder.resolve("keys.p12");
        Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair", "-alias", "tern",
                "-keyalg", "EC", "-dname", "CN=localhost", "-ext", "SAN=ip:127.0.0.1,dns:localhost", "-validity", "2", "-storetype", "PKCS12",
                "-keystore", store.toString(), "-storepass", "secret").redirectErrorStream(true).start();
        assertThat(keytool.waitFor()).as(new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).isZero();
        KeyStore keys = KeyStore.getInstance(store.toFile(), "secret".toCharArray());
        var files = new Tls(pem("CERTIFICATE", keys.getCertificate("tern").getEncoded()),
                pem("PRIVATE KEY", keys.getKey("tern", "secret".toCharArray()).getEncoded()));
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("tern", keys.getCertificate("tern"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        try (TernServer secure = tiny.listen(Optional.empty(), Optional.of(files), Limits.USUAL, Optional.empty());
                HttpClient friend = HttpClient.newBuilder().sslContext(context).build()) {
            assertThat(secure.address("127.0.0.1")).startsWith("https://");
            assertThat(friend.send(to(secure, "/health").build(), BodyHandlers.ofString()).statusCode()).isEqualTo(200);
            assertThatThrownBy(() -> CLIENT.send(to(secure, "/health").build(), BodyHandlers.ofString())).as("who does not know it")
                    .isInstanceOf(SSLException.class);
        }
    }

    private static Path pem(String what, byte[] bytes) throws IOException {
        return Files.writeString(folder.resolve(what + ".pem"), "-----BEGIN %s-----\n%s\n-----END %1$s-----\n".formatted(
                what, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes)));
    }

    @Test
    void tellsAboutItself() throws Exception {
        HttpResponse<String> metrics = CLIENT.send(to(server, "/metrics").build(), BodyHandlers.ofString());
        assertThat(metrics.body()).contains("# TYPE tern_running gauge").contains("tern_first_token_seconds_bucket").contains("tern_generated_tokens_total")
                .containsPattern("\\ntern_bandwidth_share [01]\\.");
        JsonNode work = JSON.readTree(CLIENT.send(to(server, "/engine").build(), BodyHandlers.ofString()).body()).path("work");
        assertThat(work.path("products").size()).isEqualTo(4);
        assertThat(work.path("bandwidth").doubleValue()).isEqualTo(TinyServer.BANDWIDTH);
        JsonNode props = JSON.readTree(CLIENT.send(to(server, "/props").build(), BodyHandlers.ofString()).body());
        assertThat(props.at("/default_generation_settings/n_ctx").intValue()).isEqualTo(512);
        assertThat(JSON.readTree(CLIENT.send(to(server, "/v1/models").build(), BodyHandlers.ofString()).body()).at("/data/0/id").stringValue())
                .isEqualTo("tiny");
        HttpResponse<String> page = CLIENT.send(to(server, "/").build(), BodyHandlers.ofString());
        assertThat(page.headers().firstValue("Content-Security-Policy").orElse("")).contains("default-src 'none'");
        for (String path : List.of("/page.js", "/page.css", "/engine.js", "/lab.js", "/marked.js", "/purify.js"))
            assertThat(CLIENT.send(to(server, path).build(), BodyHandlers.ofString()).statusCode()).as(path).isEqualTo(200);
    }
}
