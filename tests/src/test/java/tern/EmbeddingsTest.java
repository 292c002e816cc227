package tern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.embeddings.EmbeddingCreateParams;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.openai.OpenAiEmbeddingOptions;
import tern.api.Options;
import tern.api.Tern;
import tern.langchain4j.TernEmbeddingModel;
import tern.runtime.embed.Vectors;
import tern.runtime.model.Preset;
import tern.runtime.serve.Batcher;
import tern.runtime.server.ServerSettings.Limits;
import tern.runtime.server.TernServer;
import tern.spring.TernAiEmbeddingModel;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Vectors by the front door in Java, by the frameworks and by the server: all the same.
class EmbeddingsTest {

    private static final List<String> TEXTS = List.of("a cat", "", "the quick brown fox");

    @TempDir
    private static Path folder;

    private static TinyServer tiny;
    private static TernServer server;
    private static Tern tern;

    @BeforeAll
    static void open() throws IOException {
        tiny = TinyServer.of(Preset.find("tiny-embedding").orElseThrow().config(), folder, new Batcher.Settings(1, 1, 8, 16));
        server = tiny.listen(Optional.empty(), Limits.USUAL);
        tern = Tern.open(folder.resolve("tiny.gguf"), Options.USUAL.withThreads(1).withContext(256).withFolder(folder));
    }

    @AfterAll
    static void close() {
        tern.close();
        server.close();
        tiny.close();
    }

    private static HttpResponse<String> post(String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.address("127.0.0.1") + "/v1/embeddings"))
                .header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body)).build();
        try (var client = HttpClient.newHttpClient()) {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        }
    }

    @Test
    void vectorsHaveLength1AndDiffer() throws IOException {
        assertThat(tern.makesVectors()).isTrue();
        List<float[]> vectors = tern.embed(TEXTS);
        for (float[] vector : vectors) assertThat(Vectors.similarity(vector, vector)).isCloseTo(1, within(1e-6));
        assertThat(Vectors.similarity(vectors.get(0), vectors.get(2))).isLessThan(0.999);
    }

    @Test
    void frameworksSayTheSame() {
        List<float[]> expected = tern.embed(TEXTS);
        var langchain = new TernEmbeddingModel(tern).embedAll(TEXTS.subList(0, 1).stream().map(TextSegment::from).toList());
        assertThat(langchain.content().getFirst().vector()).containsExactly(expected.getFirst());
        assertThat(new TernAiEmbeddingModel(tern).embed(TEXTS)).usingElementComparator(java.util.Arrays::compare).isEqualTo(expected);
    }

    @Test
    void theServerSaysTheSame() throws Exception {
        String input = "{\"input\": [\"a cat\", \"\", \"the quick brown fox\"]%s}";
        JsonNode answer = JsonMapper.shared().readTree(post(input.formatted("")).body());
        assertThat(answer.at("/usage/prompt_tokens").intValue()).isEqualTo(5 + 0 + 19 + 2 * 3); // bytes, and what begins and ends each
        List<float[]> expected = tern.embed(TEXTS);
        for (int i = 0; i < TEXTS.size(); i++)
            for (int k = 0; k < 256; k++)
                assertThat(answer.at("/data/%d/embedding/%d".formatted(i, k)).floatValue()).isEqualTo(expected.get(i)[k]);
        JsonNode small = JsonMapper.shared().readTree(post(input.formatted(",\"dimensions\": 16, \"encoding_format\": \"base64\"")).body());
        ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(small.at("/data/2/embedding").stringValue())).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : Vectors.first(expected.get(2), 16)) assertThat(bytes.getFloat()).isEqualTo(value);
        assertThat(bytes.hasRemaining()).isFalse();
        HttpResponse<String> wrong = post("{\"input\": \"x\", \"dimensions\": 257}");
        assertThat(wrong.statusCode()).isEqualTo(400);
        assertThat(wrong.body()).contains("dimensions: found 257, expected 1 to 256");
    }

    @Test
    void whoGoesAwayIsNotWaitedFor() {
        String body = "{\"input\": [\"a cat\"]}";
        tiny.batcher().between(() -> { // the vector cannot be made meanwhile
            try (Socket socket = new Socket("127.0.0.1", server.port())) {
                socket.getOutputStream()
                        .write("POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                                .formatted(body.length(), body).getBytes(StandardCharsets.UTF_8));
                socket.shutdownOutput();
                assertThat(socket.getInputStream().readAllBytes()).as("the server has seen it, and answers nothing").isEmpty();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    /// OpenAI's own client, LangChain4j's and Spring AI's for OpenAI.
    @Test
    void clientsReadTheServersVectors() {
        String base = server.address("127.0.0.1") + "/v1";
        List<String> texts = List.of(TEXTS.getFirst(), TEXTS.getLast());
        List<float[]> expected = tern.embed(texts);
        OpenAIClient client = OpenAIOkHttpClient.builder().baseUrl(base).apiKey("none").maxRetries(0).build();
        var answer = client.embeddings().create(EmbeddingCreateParams.builder().model("tiny").inputOfArrayOfStrings(texts).build()).validate();
        client.close();
        for (int i = 0; i < expected.size(); i++)
            for (int k = 0; k < 256; k++) assertThat(answer.data().get(i).embedding().get(k).floatValue()).isEqualTo(expected.get(i)[k]);
        assertThat(answer.usage().promptTokens()).isPositive();
        var langchain = OpenAiEmbeddingModel.builder().baseUrl(base).apiKey("none").modelName("tiny").build()
                .embedAll(texts.stream().map(TextSegment::from).toList()).content();
        for (int i = 0; i < expected.size(); i++) assertThat(langchain.get(i).vector()).containsExactly(expected.get(i));
        var spring = org.springframework.ai.openai.OpenAiEmbeddingModel.builder()
                .options(OpenAiEmbeddingOptions.builder().baseUrl(base).apiKey("none").model("tiny").build()).build();
        assertThat(spring.embed(texts)).usingElementComparator(java.util.Arrays::compare).isEqualTo(expected);
    }

    @Test
    void quantisedVectorsKeepTheLargestAndTheSigns() {
        float[] vector = {0.5f, -0.25f, 0, -1};
        assertThat(Vectors.quantised(vector, 8)).containsExactly(64, -32, 0, -127);
        assertThat(Vectors.quantised(vector, 4)).containsExactly(4, -2, 0, -7);
        assertThat(Vectors.quantised(vector, 1)).containsExactly(1, -1, 1, -1);
    }
}
