package tern.langchain4j;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.util.Set;
import tern.api.Generate;
import tern.api.Tern;

/// A model of Tern that answers; JSON schemas and demanded calls are kept to.
public final class TernChatModel implements ChatModel {

    private final Tern tern;
    private final Generate usual;

    /// @param tern  stays the caller's to close
    /// @param usual what requests do not say
    public TernChatModel(Tern tern, Generate usual) {
        this.tern = tern;
        this.usual = usual;
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
