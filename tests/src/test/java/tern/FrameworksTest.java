package tern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.logging.LoggingSystem;
import tern.api.Answer;
import tern.api.Generate;
import tern.api.Options;
import tern.api.Tern;
import tern.ir.store.Kind;
import tern.langchain4j.TernChatModel;
import tern.langchain4j.TernStreamingChatModel;
import tern.langchain4j.TernTokenCounts;
import tern.runtime.Folders;
import tern.runtime.serve.Batcher;
import tern.runtime.server.ServerSettings.Limits;
import tern.runtime.server.TernServer;
import tern.spring.TernAiChatModel;

/// The front door in Java, the frameworks that use it, and a framework's client at the server's: all say the same.
class FrameworksTest {

    private static final Generate SHORT = Generate.GREEDY.withMost(12);

    @TempDir
    private static Path folder;

    private static TinyServer tiny;
    private static TernServer server;
    private static Tern tern;

    @BeforeAll
    static void open() throws IOException {
        tiny = TinyServer.of(folder, new Batcher.Settings(2, 2, 8, 16));
        server = tiny.listen(Optional.empty(), Limits.USUAL);
        tern = Tern.open(folder.resolve("tiny.gguf"), Options.USUAL.withThreads(1).withContext(512).withFolder(folder));
    }

    @AfterAll
    static void close() {
        tern.close();
        server.close();
        tiny.close();
    }

    @Test
    void manyThreadsGetWhatEachGetsAlone() throws Exception {
        var alone = new ArrayList<Answer>();
        for (int i = 0; i < 8; i++) alone.add(tern.generate("text " + i, SHORT, _ -> {}));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var together = new ArrayList<Future<Answer>>();
            for (int i = 0; i < 8; i++) {
                String prompt = "text " + i;
                together.add(threads.submit(() -> tern.generate(prompt, SHORT, _ -> {})));
            }
            for (int i = 0; i < 8; i++) assertThat(together.get(i).get()).isEqualTo(alone.get(i));
        }
        assertThat(alone.getFirst().tokens()).isEqualTo(12);
        assertThat(alone.getFirst().complete()).isFalse();
    }

    @Test
    void partsAreTheWhole() {
        var parts = new StringBuilder();
        Answer answer = tern.generate("a", SHORT, parts::append);
        assertThat(parts.toString()).isEqualTo(answer.text()).isNotEmpty();
        String stop = answer.text().substring(2, 4);
        assertThat(tern.generate("a", SHORT.withStops(List.of(stop)), _ -> {}).text()).isEqualTo(answer.text().substring(0, answer.text().indexOf(stop)));
    }

    @Test
    void whatCannotBeIsSaid() {
        assertThatThrownBy(() -> tern.generate("a".repeat(600), SHORT, _ -> {})).hasMessage("the prompt has 601 tokens, and the context 512");
        assertThatThrownBy(() -> Tern.open(folder.resolve("tiny.gguf"), Options.USUAL.withDevice("abacus"))).hasMessage("no device is named 'abacus'");
    }

    @Test
    void whatIsMadeOnceIsKept() {
        assertThat(folder).isDirectoryContaining("glob:**." + Kind.CHOICE.suffix());
        assertThat(Options.USUAL.folder()).isEqualTo(Folders.cache(null));
    }

    private static ChatRequest.Builder request() {
        return ChatRequest.builder().messages(SystemMessage.from("Be brief."), UserMessage.from("hello"));
    }

    @Test
    void langChain4jInProcessAndOverHttpAgree() {
        var inProcess = new TernChatModel(tern, SHORT);
        var overHttp = OpenAiChatModel.builder().baseUrl(server.address("127.0.0.1") + "/v1").apiKey("none").modelName("tiny").temperature(0.0)
                .maxTokens(12).build();
        ChatResponse near = inProcess.chat(request().build()), far = overHttp.chat(request().build());
        assertThat(near.aiMessage().text()).isEqualTo(far.aiMessage().text()).isNotEmpty();
        assertThat(near.tokenUsage().totalTokenCount()).isEqualTo(far.tokenUsage().totalTokenCount());
        assertThat(near.finishReason()).isEqualTo(far.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(new TernTokenCounts(tern).estimateTokenCountInMessages(request().build().messages())).isEqualTo(near.tokenUsage().inputTokenCount());
    }

    @Test
    void langChain4jCallsTools() {
        ToolSpecification light = ToolSpecification.builder().name("light").description("switches a light")
                .parameters(JsonObjectSchema.builder().addBooleanProperty("on").required("on").build()).build();
        ChatRequest request = request().toolSpecifications(light).toolChoice(ToolChoice.REQUIRED).maxOutputTokens(200).build();
        var overHttp = OpenAiChatModel.builder().baseUrl(server.address("127.0.0.1") + "/v1").apiKey("none").modelName("tiny").temperature(0.0).build();
        for (ChatResponse response : List.of(new TernChatModel(tern, SHORT).chat(request), overHttp.chat(request))) {
            assertThat(response.finishReason()).isEqualTo(FinishReason.TOOL_EXECUTION);
            assertThat(response.aiMessage().toolExecutionRequests()).singleElement().satisfies(call -> {
                assertThat(call.name()).isEqualTo("light");
                assertThat(call.arguments()).containsPattern("\\{\\s*\"on\"\\s*:\\s*(true|false)\\s*\\}");
            });
        }
    }

    private static ChatResponse streamed(StreamingChatModel model, ChatRequest request, StringBuilder parts) throws Exception {
        var done = new CompletableFuture<ChatResponse>();
        model.chat(request, new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String part) {
                parts.append(part);
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                done.complete(response);
            }

            @Override
            public void onError(Throwable error) {
                done.completeExceptionally(error);
            }
        });
        return done.get(10, TimeUnit.MINUTES);
    }

    @Test
    void langChain4jStreams() throws Exception {
        var parts = new StringBuilder();
        ChatResponse response = streamed(new TernStreamingChatModel(tern, SHORT), request().build(), parts);
        assertThat(response.aiMessage().text()).isEqualTo(parts.toString()).isNotEmpty();
    }

    @Test
    void langChain4jStreamsOverHttpInAForm() throws Exception {
        var overHttp = OpenAiStreamingChatModel.builder().baseUrl(server.address("127.0.0.1") + "/v1").apiKey("none").modelName("tiny").temperature(0.0)
                .strictJsonSchema(true).build();
        ResponseFormat form = ResponseFormat.builder().type(ResponseFormatType.JSON).jsonSchema(JsonSchema.builder().name("verdict")
                .rootElement(
                        JsonObjectSchema.builder().addBooleanProperty("good").addEnumProperty("sure", List.of("yes", "no")).required("good", "sure").build())
                .build()).build();
        var parts = new StringBuilder();
        ChatResponse far = streamed(overHttp, request().responseFormat(form).build(), parts);
        assertThat(far.aiMessage().text()).isEqualTo(parts.toString()).containsPattern("\"sure\"\\s*:\\s*\"(yes|no)\"");
        assertThat(new TernChatModel(tern, SHORT.withMost(400)).chat(request().responseFormat(form).build()).aiMessage().text()).isEqualTo(parts.toString());
    }

    @Test
    void springAiSaysTheSameOverHttp() {
        var overHttp = org.springframework.ai.openai.OpenAiChatModel.builder().options(OpenAiChatOptions.builder()
                .baseUrl(server.address("127.0.0.1") + "/v1").apiKey("none").model("tiny").temperature(0.0).maxTokens(8).build()).build();
        var far = overHttp.call(new Prompt("hello"));
        assertThat(far.getResult().getOutput().getText()).isNotEmpty()
                .isEqualTo(new TernAiChatModel(tern, SHORT.withMost(8)).call(new Prompt("hello")).getResult().getOutput().getText());
        assertThat(far.getMetadata().getUsage().getCompletionTokens()).isEqualTo(8);
        assertThat(String.join("",
                overHttp.stream(new Prompt("hello")).filter(part -> part.getResult() != null).mapNotNull(part -> part.getResult().getOutput().getText())
                        .collectList().block()))
                .isEqualTo(far.getResult().getOutput().getText());
        String schema =
                "{\"type\": \"object\", \"properties\": {\"good\": {\"type\": \"boolean\"}}, \"required\": [\"good\"], \"additionalProperties\": false}";
        String formed =
                overHttp.call(new Prompt("hello", OpenAiChatOptions.builder().maxTokens(100).outputSchema(schema).build())).getResult().getOutput().getText();
        assertThat(formed).containsPattern("\\{\\s*\"good\"\\s*:\\s*(true|false)\\s*\\}");
    }

    /// An application that has the starter and properties, and nothing of ours.
    @EnableAutoConfiguration
    static class Application {}

    @Test
    void springAisStarterFindsTheServer() {
        System.setProperty(LoggingSystem.SYSTEM_PROPERTY, LoggingSystem.NONE); // else it sets all levels of this process anew
        try (var application = new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE).bannerMode(Banner.Mode.OFF).logStartupInfo(false)
                .properties(Map.of("spring.ai.openai.base-url", server.address("127.0.0.1") + "/v1", "spring.ai.openai.api-key", "none",
                        "spring.ai.openai.chat.model", "tiny", "spring.ai.openai.chat.temperature", "0", "spring.ai.openai.chat.max-tokens", "8",
                        "spring.http.clients.imperative.factory", "jdk")) // an older Apache client is on the class path of these tests
                .run()) {
            ChatClient client = application.getBean(ChatClient.Builder.class).build();
            String expected = new TernAiChatModel(tern, SHORT.withMost(8)).call(new Prompt("hello")).getResult().getOutput().getText();
            assertThat(client.prompt("hello").call().content()).isEqualTo(expected).isNotEmpty();
            assertThat(String.join("", client.prompt("hello").stream().content().collectList().block())).isEqualTo(expected);
        }
    }

    @Test
    void springAiSaysTheSame() {
        var model = new TernAiChatModel(tern, SHORT);
        var prompt = new Prompt("hello", ChatOptions.builder().maxTokens(8).build());
        var whole = model.call(prompt);
        String parts = String.join("", model.stream(prompt).map(part -> part.getResult().getOutput().getText()).collectList().block());
        assertThat(parts).isEqualTo(whole.getResult().getOutput().getText()).isNotEmpty();
        assertThat(whole.getMetadata().getUsage().getCompletionTokens()).isEqualTo(8);
        assertThat(whole.getResult().getMetadata().getFinishReason()).isEqualTo("LENGTH");
    }
}
