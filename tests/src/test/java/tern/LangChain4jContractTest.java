package tern;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractChatModelListenerIT;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelListenerIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.common.AbstractEmbeddingModelIT;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.api.Generate;
import tern.api.Options;
import tern.api.Tern;
import tern.langchain4j.TernChatModel;
import tern.langchain4j.TernEmbeddingModel;
import tern.langchain4j.TernStreamingChatModel;
import tern.runtime.gguf.TensorType;
import tern.runtime.model.Preset;
import tern.runtime.sample.Sampling;
import tern.runtime.synth.Synthesizer;

/// LangChain4j's own contract tests, those that a model without knowledge can pass: `AbstractChatModelIT` and the tests of services ask for the
/// capital of Germany. What these say of parameters, tools and forms is in [FrameworksTest].
class LangChain4jContractTest {

    @TempDir
    private static Path folder;

    private static Tern chat, small, vectors;

    @BeforeAll
    static void open() throws IOException {
        Path texts = synthesised("tiny");
        chat = Tern.open(texts, options(512));
        small = Tern.open(texts, options(8));
        vectors = Tern.open(synthesised("tiny-embedding"), options(256));
    }

    private static Path synthesised(String preset) throws IOException {
        Path file = folder.resolve(preset + ".gguf");
        Synthesizer.write(Preset.find(preset).orElseThrow().config(), 3, TensorType.I2_S, TensorType.F16, file, (done, total) -> {});
        return file;
    }

    private static Options options(int context) {
        return Options.USUAL.withThreads(1).withContext(context).withFolder(folder);
    }

    @AfterAll
    static void close() {
        vectors.close();
        small.close();
        chat.close();
    }

    /// As the contract has it.
    private static Generate usual(Double temperature, Double topP, Integer most) {
        return Generate.GREEDY.withSampling(new Sampling(temperature.floatValue(), 0, topP.floatValue(), 1)).withMost(most);
    }

    @Nested
    class Listeners extends AbstractChatModelListenerIT {

        @Override
        protected ChatModel createModel(ChatModelListener listener) {
            return new TernChatModel(chat, usual(temperature(), topP(), maxTokens()), List.of(listener));
        }

        @Override
        protected String modelName() {
            return chat.name();
        }

        @Override
        protected ChatModel createFailingModel(ChatModelListener listener) {
            return new TernChatModel(small, Generate.GREEDY, List.of(listener));
        }

        @Override
        protected Class<? extends Exception> expectedExceptionClass() {
            return IllegalArgumentException.class;
        }
    }

    @Nested
    class StreamingListeners extends AbstractStreamingChatModelListenerIT {

        @Override
        protected StreamingChatModel createModel(ChatModelListener listener) {
            return new TernStreamingChatModel(chat, usual(temperature(), topP(), maxTokens()), List.of(listener));
        }

        @Override
        protected String modelName() {
            return chat.name();
        }

        @Override
        protected StreamingChatModel createFailingModel(ChatModelListener listener) {
            return new TernStreamingChatModel(small, Generate.GREEDY, List.of(listener));
        }

        @Override
        protected Class<? extends Exception> expectedExceptionClass() {
            return IllegalArgumentException.class;
        }
    }

    @Nested
    class Vectors extends AbstractEmbeddingModelIT {

        @Override
        protected List<EmbeddingModel> models() {
            return List.of(new TernEmbeddingModel(vectors));
        }

        @Override
        protected EmbeddingModel modelWith(EmbeddingModelListener listener) {
            return new TernEmbeddingModel(vectors).addListener(listener);
        }

        @Override
        protected boolean supportsInputTypeParameter() {
            return false;
        }

        @Override
        protected boolean supportsDimensionsParameter() {
            return false;
        }

        @Override
        protected boolean supportsImageInput() {
            return false;
        }
    }

    /// As `AbstractStreamingChatModelIT` has it of handlers that throw.
    @Test
    void whatAHandlerThrowsIsAnError() {
        var heard = new CompletableFuture<Throwable>();
        var thrown = new IllegalStateException("a fault of the program that asks");
        new TernStreamingChatModel(chat, Generate.GREEDY.withMost(3)).chat("hello", new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String part) {}

            @Override
            public void onCompleteResponse(ChatResponse response) {
                throw thrown;
            }

            @Override
            public void onError(Throwable error) {
                heard.complete(error);
                throw new IllegalStateException("another one");
            }
        });
        assertThat(heard.join()).isSameAs(thrown);
    }
}
