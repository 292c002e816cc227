package tern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.errors.BadRequestException;
import com.openai.errors.UnauthorizedException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.ResponseFormatJsonObject;
import com.openai.models.ResponseFormatJsonSchema;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletion.Choice.FinishReason;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionFunctionTool;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import com.openai.models.chat.completions.ChatCompletionMessageParam;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.ChatCompletionToolChoiceOption;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseFunctionToolCall;
import com.openai.models.responses.ResponseInputItem;
import com.openai.models.responses.ResponseFormatTextJsonSchemaConfig;
import com.openai.models.responses.ResponseStatus;
import com.openai.models.responses.ResponseTextConfig;
import com.openai.models.responses.ToolChoiceOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
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
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// OpenAI's own client in Java. `validate` has it check that nothing is missing which OpenAI's answers have.
class OpenAiClientTest {

    @TempDir
    private static Path folder;

    private static TinyServer tiny;
    private static TernServer server, locked;
    private static OpenAIClient client;

    /// As the client makes it of classes. It is written out: the makers of schemas that it and Spring AI use are different versions of one library.
    private static final String VERDICT = """
            {"$schema": "https://json-schema.org/draft/2020-12/schema",
             "$defs": {"Reason": {"type": "object", "properties": {"weight": {"type": "string", "enum": ["YES", "NO"]}, "old": {"type": ["boolean", "null"]}},
               "required": ["weight", "old"], "additionalProperties": false}},
             "type": "object", "properties": {"good": {"type": "boolean", "description": "whether it is good"},
               "reasons": {"type": "array", "maxItems": 3, "items": {"$ref": "#/$defs/Reason"}}},
             "required": ["good", "reasons"], "additionalProperties": false}""";

    private static final String LIGHT = """
            {"type": "object", "properties": {"on": {"type": "boolean"}}, "required": ["on"], "additionalProperties": false}""";

    record Verdict(boolean good, List<Reason> reasons) {}

    record Reason(String weight, Boolean old) {}

    /// Arguments of a function that a model may call.
    record Light(boolean on) {}

    private static Map<String, JsonValue> schema(String text) {
        Map<String, JsonValue> members = new LinkedHashMap<>();
        JsonMapper.shared().readValue(text, new TypeReference<Map<String, Object>>() {}).forEach((name, value) -> members.put(name, JsonValue.from(value)));
        return members;
    }

    @BeforeAll
    static void open() throws IOException {
        tiny = TinyServer.of(folder, new Batcher.Settings(2, 4, 8, 16));
        server = tiny.listen(Optional.empty(), Limits.USUAL);
        locked = tiny.listen(Optional.of("open sesame"), Limits.USUAL);
        client = client(server, "none");
    }

    private static OpenAIClient client(TernServer to, String key) {
        return OpenAIOkHttpClient.builder().baseUrl(to.address("127.0.0.1") + "/v1").apiKey(key).maxRetries(0).timeout(Duration.ofMinutes(5)).build();
    }

    @AfterAll
    static void close() {
        client.close();
        locked.close();
        server.close();
        tiny.close();
    }

    private static ChatCompletionCreateParams.Builder chat() {
        return ChatCompletionCreateParams.builder().model("tiny").addSystemMessage("Be brief.").addUserMessage("hello").temperature(0.0)
                .putAdditionalBodyProperty("seed", JsonValue.from(7));
    }

    private static ChatCompletion ask(ChatCompletionCreateParams.Builder request) {
        return client.chat().completions().create(request.build()).validate();
    }

    private static String text(ChatCompletion answer) {
        return answer.choices().getFirst().message().content().orElseThrow();
    }

    @Test
    void modelsAreListed() {
        assertThat(client.models().list().data()).singleElement().satisfies(model -> assertThat(model.validate().id()).isEqualTo("tiny"));
    }

    @Test
    void chatIsTheSameWholeAndInParts() {
        ChatCompletion whole = ask(chat().maxCompletionTokens(12).n(2).temperature(0.9));
        assertThat(whole.choices()).hasSize(2).allSatisfy(choice -> assertThat(choice.finishReason()).isEqualTo(FinishReason.LENGTH));
        assertThat(whole.usage().orElseThrow().completionTokens()).isEqualTo(24);
        var parts = ChatCompletionAccumulator.create();
        try (var stream = client.chat().completions().createStreaming(chat().maxCompletionTokens(12).n(2).temperature(0.9)
                .streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build()).build())) {
            stream.stream().forEach(part -> parts.accumulate(part.validate()));
        }
        ChatCompletion joined = parts.chatCompletion().validate();
        for (int i = 0; i < 2; i++) assertThat(joined.choices().get(i).message().content()).isEqualTo(whole.choices().get(i).message().content());
        assertThat(joined.usage().orElseThrow().completionTokens()).isEqualTo(24);
    }

    @Test
    void samplingIsHeard() {
        String usual = text(ask(chat().maxCompletionTokens(12)));
        ChatCompletion stopped = ask(chat().maxCompletionTokens(12).stopOfStrings(List.of(usual.substring(3, 5))));
        assertThat(text(stopped)).isEqualTo(usual.substring(0, usual.indexOf(usual.substring(3, 5))));
        assertThat(stopped.choices().getFirst().finishReason()).isEqualTo(FinishReason.STOP);
        ChatCompletion biased = ask(chat().maxCompletionTokens(3).logprobs(true).topLogprobs(2).logitBias(
                ChatCompletionCreateParams.LogitBias.builder().putAdditionalProperty("65", JsonValue.from(100)).build()));
        assertThat(biased.choices().getFirst().logprobs().orElseThrow().content().orElseThrow()).hasSize(3).allSatisfy(token -> {
            assertThat(token.validate().topLogprobs()).hasSize(2);
            assertThat(token.token()).isEqualTo(text(biased).substring(0, 1));
        });
        // Of what llama-server has beyond OpenAI: of one candidate, the coldest is taken.
        assertThat(text(ask(chat().maxCompletionTokens(12).temperature(1.5).putAdditionalBodyProperty("top_k", JsonValue.from(1))))).isEqualTo(usual);
        assertThat(text(ask(chat().maxCompletionTokens(12).temperature(1.5).putAdditionalBodyProperty("min_p", JsonValue.from(1))))).isEqualTo(usual);
        assertThat(text(ask(chat().maxCompletionTokens(12).putAdditionalBodyProperty("repeat_penalty", JsonValue.from(9))))).isNotEqualTo(usual);
    }

    @Test
    void answersHaveTheFormOfASchema() {
        String chat = text(ask(chat().responseFormat(ResponseFormatJsonSchema.builder().jsonSchema(ResponseFormatJsonSchema.JsonSchema.builder().name("verdict")
                .strict(true).schema(ResponseFormatJsonSchema.JsonSchema.Schema.builder().additionalProperties(schema(VERDICT)).build()).build()).build())));
        String response = client.responses().create(responses().maxOutputTokens(400).text(ResponseTextConfig.builder()
                .format(ResponseFormatTextJsonSchemaConfig.builder().name("verdict").strict(true)
                        .schema(ResponseFormatTextJsonSchemaConfig.Schema.builder().additionalProperties(schema(VERDICT)).build()).build())
                .build()).build())
                .validate().output().getFirst().asMessage().content().getFirst().asOutputText().text();
        for (String answer : List.of(chat, response))
            assertThat(JsonMapper.shared().readValue(answer, Verdict.class).reasons).allSatisfy(reason -> assertThat(reason.weight).isIn("YES", "NO"));
        String object = text(ask(chat().responseFormat(ResponseFormatJsonObject.builder().build()).maxCompletionTokens(400)));
        assertThat(object.stripLeading()).startsWith("{");
    }

    private static ChatCompletionFunctionTool light() {
        return ChatCompletionFunctionTool.builder().function(FunctionDefinition.builder().name("light").description("switches a light").strict(true)
                .parameters(FunctionParameters.builder().additionalProperties(schema(LIGHT)).build()).build()).build();
    }

    @Test
    void functionsAreCalledAndAnswered() {
        var request = chat().addTool(light()).toolChoice(ChatCompletionToolChoiceOption.Auto.REQUIRED).maxCompletionTokens(100);
        ChatCompletion whole = ask(request);
        assertThat(whole.choices().getFirst().finishReason()).isEqualTo(FinishReason.TOOL_CALLS);
        ChatCompletionMessageFunctionToolCall call = whole.choices().getFirst().message().toolCalls().orElseThrow().getFirst().asFunction();
        assertThat(call.function().name()).isEqualTo("light");
        Light light = call.function().arguments(Light.class);
        var parts = ChatCompletionAccumulator.create();
        try (var stream = client.chat().completions().createStreaming(request.build())) {
            stream.stream().forEach(part -> parts.accumulate(part.validate()));
        }
        assertThat(parts.chatCompletion().choices().getFirst().message().toolCalls().orElseThrow().getFirst().asFunction().function().arguments(Light.class).on)
                .isEqualTo(light.on);
        var next = chat().addTool(light()).toolChoice(ChatCompletionToolChoiceOption.Auto.NONE).maxCompletionTokens(8)
                .addMessage(whole.choices().getFirst().message())
                .addMessage(ChatCompletionMessageParam.ofTool(ChatCompletionToolMessageParam.builder().toolCallId(call.id()).content("it is on").build()));
        assertThat(text(ask(next))).isNotEmpty();
        assertThat(ask(next).usage().orElseThrow().promptTokens()).isGreaterThan(ask(chat().maxCompletionTokens(1)).usage().orElseThrow().promptTokens());
    }

    @Test
    void completionsGoOnWithATextAsItIs() {
        var completion = client.completions().create(CompletionCreateParams.builder().model("tiny").prompt("once upon").maxTokens(5).temperature(0.0).build());
        assertThat(completion.validate().choices().getFirst().text()).isNotEmpty();
        assertThat(completion.usage().orElseThrow().completionTokens()).isEqualTo(5);
    }

    private static ResponseCreateParams.Builder responses() {
        return ResponseCreateParams.builder().model("tiny").instructions("Be brief.").input("hello").temperature(0.0).maxOutputTokens(12);
    }

    @Test
    void responsesSayWhatChatSays() {
        Response whole = client.responses().create(responses().build()).validate();
        String text = whole.output().getFirst().asMessage().content().getFirst().asOutputText().text();
        assertThat(text).isEqualTo(text(ask(chat().maxCompletionTokens(12))));
        assertThat(whole.status()).contains(ResponseStatus.INCOMPLETE);
        assertThat(whole.usage().orElseThrow().outputTokens()).isEqualTo(12);
        var parts = ResponseAccumulator.create();
        try (var stream = client.responses().createStreaming(responses().build())) {
            stream.stream().forEach(part -> parts.accumulate(part.validate()));
        }
        assertThat(parts.response().validate().output().getFirst().asMessage().content().getFirst().asOutputText().text()).isEqualTo(text);
    }

    @Test
    void responsesCallFunctions() {
        var request = responses().addTool(FunctionTool.builder().name("light").strict(true)
                .parameters(FunctionTool.Parameters.builder().additionalProperties(schema(LIGHT)).build()).build()).toolChoice(ToolChoiceOptions.REQUIRED)
                .maxOutputTokens(100);
        ResponseFunctionToolCall call = client.responses().create(request.build()).validate().output().getFirst().asFunctionCall();
        assertThat(call.name()).isEqualTo("light");
        Light light = call.arguments(Light.class);
        var parts = ResponseAccumulator.create();
        try (var stream = client.responses().createStreaming(request.build())) {
            stream.stream().forEach(part -> parts.accumulate(part.validate()));
        }
        assertThat(parts.response().output().getFirst().asFunctionCall().arguments(Light.class).on).isEqualTo(light.on);
        Response next = client.responses().create(responses().inputOfResponse(List.of(
                ResponseInputItem.ofMessage(ResponseInputItem.Message.builder().role(ResponseInputItem.Message.Role.USER).addInputTextContent("hello").build()),
                ResponseInputItem.ofFunctionCall(call),
                ResponseInputItem.ofFunctionCallOutput(ResponseInputItem.FunctionCallOutput.builder().callId(call.callId()).output("it is on").build())))
                .build());
        assertThat(next.validate().output().getFirst().asMessage().content().getFirst().asOutputText().text()).isNotEmpty();
    }

    @Test
    void errorsAreThoseOfOpenAi() {
        assertThatThrownBy(() -> ask(chat().topP(2))).isInstanceOf(BadRequestException.class).hasMessage("400: top_p: found 2.0, expected 0 to 1")
                .satisfies(e -> assertThat(((BadRequestException) e).param()).contains("top_p"));
        OpenAIClient stranger = client(locked, "guess"), friend = client(locked, "open sesame");
        assertThatThrownBy(() -> stranger.models().list()).isInstanceOf(UnauthorizedException.class);
        assertThat(friend.models().list().data()).hasSize(1);
        stranger.close();
        friend.close();
    }
}
