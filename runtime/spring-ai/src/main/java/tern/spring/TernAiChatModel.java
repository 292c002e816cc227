package tern.spring;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.metadata.ChatResponseMetadata;
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import tern.api.Answer;
import tern.api.Generate;
import tern.api.Tern;
import tern.runtime.chat.Message;
import tern.runtime.chat.Message.Role;
import tern.runtime.sample.Sampling;

/// A model of Tern that answers. Tools and media are refused.
public final class TernAiChatModel implements ChatModel {

    private final Tern tern;
    private final Generate usual;

    /// @param tern  stays the caller's to close
    /// @param usual what prompts do not say
    public TernAiChatModel(Tern tern, Generate usual) {
        this.tern = tern;
        this.usual = usual;
    }

    @Override
    public ChatResponse call(Prompt prompt) {
        Answer answer = answer(prompt, _ -> {});
        return response(answer.text(), answer);
    }

    /// Parts as they come, computed on a virtual thread for each subscriber; the last response is empty and tells of tokens and reason.
    @Override
    public Flux<ChatResponse> stream(Prompt prompt) {
        return Flux.create(sink -> Thread.startVirtualThread(() -> stream(prompt, sink)));
    }

    private void stream(Prompt prompt, FluxSink<ChatResponse> sink) {
        try {
            Answer answer = answer(prompt, part -> {
                if (sink.isCancelled()) throw new Cancelled();
                sink.next(new ChatResponse(List.of(new Generation(new AssistantMessage(part)))));
            });
            sink.next(response("", answer));
            sink.complete();
        } catch (Cancelled e) {
            // nobody listens any more
        } catch (RuntimeException e) {
            sink.error(e);
        }
    }

    private static final class Cancelled extends RuntimeException {}

    private Answer answer(Prompt prompt, Consumer<String> parts) {
        var messages = new ArrayList<Message>();
        for (var message : prompt.getInstructions()) {
            String text = message.getText();
            messages.add(new Message(role(message), text == null ? "" : text));
        }
        return tern.chat(messages, how(prompt.getOptions()), parts);
    }

    private static Role role(org.springframework.ai.chat.messages.Message message) {
        return switch (message.getMessageType()) {
            case SYSTEM -> Role.SYSTEM;
            case USER -> Role.USER;
            case ASSISTANT -> Role.ASSISTANT;
            case TOOL -> throw new UnsupportedOperationException("results of tools are not supported");
        };
    }

    private Generate how(@Nullable ChatOptions options) {
        if (options == null) return usual;
        if (options instanceof ToolCallingChatOptions tools && !tools.getToolCallbacks().isEmpty())
            throw new UnsupportedOperationException("tools are not supported in process; the server has them");
        if (options.getFrequencyPenalty() != null || options.getPresencePenalty() != null)
            throw new UnsupportedOperationException("frequency and presence penalties are not supported");
        Sampling s = usual.sampling();
        var sampling = new Sampling(
                options.getTemperature() == null ? s.temperature() : options.getTemperature().floatValue(),
                options.getTopK() == null ? s.topK() : options.getTopK(),
                options.getTopP() == null ? s.topP() : options.getTopP().floatValue(),
                s.minP(), s.penalty(), s.seed());
        return new Generate(
                options.getMaxTokens() == null ? usual.most() : options.getMaxTokens(), sampling,
                options.getStopSequences() == null ? usual.stops() : options.getStopSequences(), usual.grammar());
    }

    private ChatResponse response(String text, Answer answer) {
        var reason = ChatGenerationMetadata.builder().finishReason(answer.complete() ? "STOP" : "LENGTH").build();
        var metadata = ChatResponseMetadata.builder().model(tern.name()).usage(new DefaultUsage(answer.prompt(), answer.tokens())).build();
        return new ChatResponse(List.of(new Generation(new AssistantMessage(text), reason)), metadata);
    }

    @Override
    public ChatOptions getOptions() {
        Sampling s = usual.sampling();
        return ChatOptions.builder().model(tern.name()).maxTokens(usual.most()).temperature((double) s.temperature()).topK(s.topK())
                .topP((double) s.topP()).build();
    }
}
