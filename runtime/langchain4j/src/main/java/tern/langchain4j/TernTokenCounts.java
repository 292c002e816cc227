package tern.langchain4j;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.model.TokenCountEstimator;
import java.util.List;
import tern.api.Tern;

/// Counts tokens as the model does: no estimates.
public final class TernTokenCounts implements TokenCountEstimator {

    private final Tern tern;

    public TernTokenCounts(Tern tern) {
        this.tern = tern;
    }

    @Override
    public int estimateTokenCountInText(String text) {
        return tern.tokens(text).length;
    }

    @Override
    public int estimateTokenCountInMessage(ChatMessage message) {
        return estimateTokenCountInMessages(List.of(message));
    }

    /// Of the whole prompt: what the template writes around the messages is part of it.
    @Override
    public int estimateTokenCountInMessages(Iterable<ChatMessage> messages) {
        return tern.prompt(Asking.messages(messages)).length;
    }
}
