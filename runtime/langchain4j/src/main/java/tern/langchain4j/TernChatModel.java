package tern.langchain4j;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.util.List;
import java.util.Set;
import tern.api.Generate;
import tern.api.Tern;

/// A model of Tern that answers; JSON schemas and demanded calls are kept to.
public final class TernChatModel implements ChatModel {

    private final Tern tern;
    private final Generate usual;
    private final List<ChatModelListener> listeners;

    /// @param tern  stays the caller's to close
    /// @param usual what requests do not say
    public TernChatModel(Tern tern, Generate usual) {
        this(tern, usual, List.of());
    }

    /// @param listeners hear of every request, answer and failure
    public TernChatModel(Tern tern, Generate usual, List<ChatModelListener> listeners) {
        this.tern = tern;
        this.usual = usual;
        this.listeners = List.copyOf(listeners);
    }

    @Override
    public ChatRequestParameters defaultRequestParameters() {
        return Asking.parameters(tern, usual);
    }

    @Override
    public List<ChatModelListener> listeners() {
        return listeners;
    }

    @Override
    public ChatResponse doChat(ChatRequest request) {
        return Asking.of(tern, request, usual).run(_ -> {});
    }

    @Override
    public Set<Capability> supportedCapabilities() {
        return Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
    }
}
