package tern.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.internal.JsonSchemaElementUtils;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tern.api.Answer;
import tern.api.Generate;
import tern.api.Tern;
import tern.runtime.chat.Functions;
import tern.runtime.chat.Message;
import tern.runtime.chat.Message.Role;
import tern.runtime.grammar.Grammar;
import tern.runtime.sample.Sampling;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/// A request of LangChain4j in Tern's terms, and the answer in LangChain4j's.
record Asking(Tern tern, List<Message> messages, Functions functions, Generate how) {

    private static final JsonMapper MAPPER = new JsonMapper();

    static Asking of(Tern tern, ChatRequest request, Generate usual) {
        if (request.frequencyPenalty() != null || request.presencePenalty() != null)
            throw new UnsupportedFeatureException("frequency and presence penalties are not supported");
        if (request.modelName() != null && !request.modelName().equals(tern.name()))
            throw new UnsupportedFeatureException("the model is " + tern.name() + ", not " + request.modelName());
        Functions functions = functions(request);
        Generate how = new Generate(
                request.maxOutputTokens() == null ? usual.most() : request.maxOutputTokens(),
                sampling(request, usual.sampling()),
                request.stopSequences() == null || request.stopSequences().isEmpty() ? usual.stops() : request.stopSequences(),
                grammar(request, functions, usual));
        return new Asking(tern, messages(request.messages()), functions, how);
    }

    /// What requests do not say, in LangChain4j's terms.
    static ChatRequestParameters parameters(Tern tern, Generate usual) {
        Sampling sampling = usual.sampling();
        return ChatRequestParameters.builder().modelName(tern.name()).temperature((double) sampling.temperature()).topP((double) sampling.topP())
                .topK(sampling.topK() == 0 ? null : sampling.topK()).maxOutputTokens(usual.most()).stopSequences(usual.stops()).build();
    }

    private static Sampling sampling(ChatRequest request, Sampling usual) {
        return new Sampling(
                request.temperature() == null ? usual.temperature() : request.temperature().floatValue(),
                request.topK() == null ? usual.topK() : request.topK(),
                request.topP() == null ? usual.topP() : request.topP().floatValue(),
                usual.minP(), usual.penalty(), usual.seed());
    }

    private static @Nullable Grammar grammar(ChatRequest request, Functions functions, Generate usual) {
        Grammar call = functions.grammar();
        ResponseFormat format = request.responseFormat();
        if (call != null || format == null || format.type() == ResponseFormatType.TEXT) return call == null ? usual.grammar() : call;
        JsonNode schema = format.jsonSchema() == null
                ? JsonNodeFactory.instance.objectNode().put("type", "object")
                : tree(format.jsonSchema().rootElement());
        return Grammar.ofSchema("responseFormat", schema);
    }

    private static JsonNode tree(JsonSchemaElement schema) {
        return MAPPER.valueToTree(JsonSchemaElementUtils.toMap(schema));
    }

    private static Functions functions(ChatRequest request) {
        List<ToolSpecification> tools = request.toolSpecifications();
        if (tools == null || tools.isEmpty() || request.toolChoice() == ToolChoice.NONE) return Functions.NONE;
        var all = new ArrayList<Functions.Function>();
        for (ToolSpecification one : tools) {
            JsonNode parameters = one.parameters() == null
                    ? JsonNodeFactory.instance.objectNode().put("type", "object")
                    : tree(one.parameters());
            all.add(new Functions.Function(one.name(), one.description() == null ? "" : one.description(), parameters));
        }
        return new Functions(all, request.toolChoice() == ToolChoice.REQUIRED);
    }

    static List<Message> messages(Iterable<ChatMessage> messages) {
        var all = new ArrayList<Message>();
        for (ChatMessage message : messages) all.add(message(message));
        return all;
    }

    static Message message(ChatMessage message) {
        return switch (message) {
            case SystemMessage system -> new Message(Role.SYSTEM, system.text());
            case UserMessage user -> new Message(Role.USER, text(user.contents()));
            case AiMessage own -> new Message(Role.ASSISTANT, own.text() == null ? "" : own.text(), calls(own));
            case ToolExecutionResultMessage result -> new Message(Role.TOOL, result.text());
            default -> throw new UnsupportedFeatureException("messages of type " + message.type() + " are not supported");
        };
    }

    private static String text(List<Content> contents) {
        var text = new StringBuilder();
        for (Content one : contents) {
            if (!(one instanceof TextContent part)) throw new UnsupportedFeatureException("content of type " + one.type() + " is not supported");
            text.append(text.isEmpty() ? "" : "\n").append(part.text());
        }
        return text.toString();
    }

    private static List<Functions.Call> calls(AiMessage message) {
        return message.toolExecutionRequests().stream().map(call -> new Functions.Call(call.name(), call.arguments())).toList();
    }

    /// @param parts hears the text that is no call
    ChatResponse run(Consumer<String> parts) {
        var held = new StringBuilder();
        boolean[] shown = {functions.isEmpty()};
        Answer answer = tern.chat(messages, functions, how, part -> {
            if (shown[0]) {
                parts.accept(part);
                return;
            }
            held.append(part);
            if (functions.mayBeCall(held)) return;
            shown[0] = true;
            parts.accept(held.toString());
        });
        Optional<Functions.Call> call = shown[0] ? Optional.empty() : functions.call(answer.text());
        if (call.isEmpty() && !shown[0] && !answer.text().isEmpty()) parts.accept(answer.text());
        AiMessage message = call.map(one -> AiMessage.from(ToolExecutionRequest.builder()
                .id("call_" + UUID.randomUUID()).name(one.name()).arguments(one.arguments()).build()))
                .orElseGet(() -> AiMessage.from(answer.text()));
        FinishReason reason = call.isPresent() ? FinishReason.TOOL_EXECUTION : answer.complete() ? FinishReason.STOP : FinishReason.LENGTH;
        return ChatResponse.builder().id("chat_" + UUID.randomUUID()).aiMessage(message).modelName(tern.name()).finishReason(reason)
                .tokenUsage(new TokenUsage(answer.prompt(), answer.tokens())).build();
    }
}
