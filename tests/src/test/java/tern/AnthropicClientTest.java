package tern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.JsonValue;
import com.anthropic.errors.BadRequestException;
import com.anthropic.errors.UnauthorizedException;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.ContentBlockParam;
import com.anthropic.models.messages.JsonOutputFormat;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.OutputConfig;
import com.anthropic.models.messages.StopReason;
import com.anthropic.models.messages.Tool;
import com.anthropic.models.messages.ToolResultBlockParam;
import com.anthropic.models.messages.ToolUseBlock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.runtime.serve.Batcher;
import tern.runtime.server.ServerSettings.Limits;
import tern.runtime.server.TernServer;
import tools.jackson.databind.json.JsonMapper;

/// Anthropic's own client in Java.
class AnthropicClientTest {

    @TempDir
    private static Path folder;

    private static TinyServer tiny;
    private static TernServer server;
    private static AnthropicClient client;

    @BeforeAll
    static void open() throws IOException {
        tiny = TinyServer.of(folder, new Batcher.Settings(2, 4, 8, 16));
        server = tiny.listen(Optional.of("open sesame"), Limits.USUAL);
        client = client("open sesame");
    }

    private static AnthropicClient client(String key) {
        return AnthropicOkHttpClient.builder().baseUrl(server.address("127.0.0.1")).apiKey(key).maxRetries(0).build();
    }

    @AfterAll
    static void close() {
        client.close();
        server.close();
        tiny.close();
    }

    private static MessageCreateParams.Builder request(int tokens) {
        return MessageCreateParams.builder().model("tiny").maxTokens(tokens).system("Be brief.").addUserMessage("hello")
                .putAdditionalBodyProperty("temperature", JsonValue.from(0));
    }

    private static Message ask(MessageCreateParams.Builder request) {
        return client.messages().create(request.build()).validate();
    }

    private static Message streamed(MessageCreateParams.Builder request) {
        var parts = MessageAccumulator.create();
        try (var stream = client.messages().createStreaming(request.build())) {
            stream.stream().forEach(part -> parts.accumulate(part.validate()));
        }
        return parts.message().validate();
    }

    private static String text(Message message) {
        return message.content().getFirst().asText().text();
    }

    @Test
    void messagesAreTheSameWholeAndInParts() {
        Message whole = ask(request(12)), joined = streamed(request(12));
        assertThat(text(whole)).isEqualTo(text(joined)).isNotEmpty();
        assertThat(whole.stopReason()).isEqualTo(joined.stopReason()).contains(StopReason.MAX_TOKENS);
        assertThat(whole.usage().outputTokens()).isEqualTo(joined.usage().outputTokens()).isEqualTo(12);
        assertThat(whole.usage().inputTokens() + whole.usage().cacheReadInputTokens().orElse(0L))
                .isEqualTo(joined.usage().inputTokens() + joined.usage().cacheReadInputTokens().orElse(0L)).isPositive();
    }

    @Test
    void theStopTextThatEndedAMessageIsNamed() {
        String usual = text(ask(request(12))), stop = usual.substring(3, 5);
        for (Message message : List.of(ask(request(12).addStopSequence(stop)), streamed(request(12).addStopSequence(stop)))) {
            assertThat(text(message)).isEqualTo(usual.substring(0, usual.indexOf(stop)));
            assertThat(message.stopReason()).contains(StopReason.STOP_SEQUENCE);
            assertThat(message.stopSequence()).contains(stop);
        }
    }

    private static final Tool LIGHT = Tool.builder().name("light").description("switches a light").inputSchema(Tool.InputSchema.builder()
            .properties(Tool.InputSchema.Properties.builder().putAdditionalProperty("on", JsonValue.from(Map.of("type", "boolean"))).build())
            .addRequired("on").build()).build();

    @Test
    void functionsAreCalledAndAnswered() {
        Message whole = ask(request(100).addTool(LIGHT).toolToolChoice("light")), joined = streamed(request(100).addTool(LIGHT).toolToolChoice("light"));
        assertThat(whole.stopReason()).contains(StopReason.TOOL_USE);
        ToolUseBlock call = whole.content().getFirst().asToolUse();
        assertThat(call.name()).isEqualTo("light");
        assertThat(call._input()).isEqualTo(joined.content().getFirst().asToolUse()._input());
        Message next = ask(request(8).addMessage(whole).addTool(LIGHT).addUserMessageOfContentBlockParams(List.of(
                ContentBlockParam.ofToolResult(ToolResultBlockParam.builder().toolUseId(call.id()).content("it is on").build()))));
        assertThat(next.content()).isNotEmpty();
        assertThat(next.usage().inputTokens() + next.usage().cacheReadInputTokens().orElse(0L)).isGreaterThan(whole.usage().inputTokens());
    }

    @Test
    void answersHaveTheFormOfASchema() {
        var schema = JsonOutputFormat.Schema.builder().putAdditionalProperty("type", JsonValue.from("object"))
                .putAdditionalProperty("properties", JsonValue.from(Map.of("good", Map.of("type", "boolean"))))
                .putAdditionalProperty("required", JsonValue.from(List.of("good"))).putAdditionalProperty("additionalProperties", JsonValue.from(false))
                .build();
        Message answer = ask(request(100).outputConfig(OutputConfig.builder().format(JsonOutputFormat.builder().schema(schema).build()).build()));
        assertThat(JsonMapper.shared().readTree(text(answer)).get("good").isBoolean()).isTrue();
        assertThat(answer.stopReason()).contains(StopReason.END_TURN);
    }

    @Test
    void errorsAreThoseOfAnthropic() {
        assertThatThrownBy(() -> ask(request(3).putAdditionalBodyProperty("top_p", JsonValue.from(2)))).isInstanceOf(BadRequestException.class)
                .hasMessageContaining("top_p: found 2, expected 0 to 1").hasMessageContaining("invalid_request_error");
        AnthropicClient stranger = client("guess");
        assertThatThrownBy(() -> stranger.messages().create(request(3).build())).isInstanceOf(UnauthorizedException.class)
                .hasMessageContaining("authentication_error");
        stranger.close();
    }
}
