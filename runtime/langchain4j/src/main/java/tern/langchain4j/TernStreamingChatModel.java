package tern.langchain4j;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.List;
import java.util.Set;
import tern.api.Generate;
import tern.api.Tern;

/// A model of Tern that answers part by part, each request on a virtual thread of its own.
public final class TernStreamingChatModel implements StreamingChatModel {

    private final Tern tern;
    private final Generate usual;
    private final List<ChatModelListener> listeners;

    /// @param tern  stays the caller's to close
    /// @param usual what requests do not say
    public TernStreamingChatModel(Tern tern, Generate usual) {
        this(tern, usual, List.of());
    }

    /// @param listeners hear of every request, answer and failure
    public TernStreamingChatModel(Tern tern, Generate usual, List<ChatModelListener> listeners) {
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
    public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
        Asking asking = Asking.of(tern, request, usual);
        Thread.startVirtualThread(() -> answer(asking, handler));
    }

    private static void answer(Asking asking, StreamingChatResponseHandler handler) {
        try {
            ChatResponse response = asking.run(handler::onPartialResponse);
            var calls = response.aiMessage().toolExecutionRequests();
            for (int i = 0; i < calls.size(); i++) handler.onCompleteToolCall(new CompleteToolCall(i, calls.get(i)));
            handler.onCompleteResponse(response);
        } catch (RuntimeException e) {
            fail(handler, e);
        }
    }

    /// What the handler throws at that is nobody's: LangChain4j has it so.
    private static void fail(StreamingChatResponseHandler handler, RuntimeException problem) {
        try {
            handler.onError(problem);
        } catch (RuntimeException _) {
            // see above
        }
    }

    @Override
    public Set<Capability> supportedCapabilities() {
        return Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
    }
}
