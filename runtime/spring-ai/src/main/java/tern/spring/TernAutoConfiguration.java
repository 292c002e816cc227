package tern.spring;

import java.io.IOException;
import java.nio.file.Path;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import tern.api.Generate;
import tern.api.Options;
import tern.api.Tern;

/// Opens the model that `tern.model` names, and offers it as a chat model and, with `tern.embeddings=true`, as an embedding model.
/// `tern.device`, `tern.threads`, `tern.context` and `tern.parallel` are those of [Options].
@AutoConfiguration
@ConditionalOnProperty("tern.model")
public class TernAutoConfiguration {

    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    Tern tern(Environment environment) throws IOException {
        Options usual = Options.USUAL;
        Options options = usual.withDevice(environment.getProperty("tern.device", usual.device()))
                .withThreads(environment.getProperty("tern.threads", Integer.class, usual.threads()))
                .withContext(environment.getProperty("tern.context", Integer.class, usual.context()))
                .withParallel(environment.getProperty("tern.parallel", Integer.class, usual.parallel()))
                .withFolder(environment.getProperty("tern.cache", Path.class, usual.folder()));
        return Tern.open(Path.of(environment.getRequiredProperty("tern.model")), options);
    }

    /// Asked for by name: most models make texts, and another's vectors may be wanted in addition.
    @Bean
    @ConditionalOnProperty(name = "tern.embeddings", havingValue = "true")
    @ConditionalOnMissingBean(EmbeddingModel.class)
    TernAiEmbeddingModel ternEmbeddingModel(Tern tern) {
        return new TernAiEmbeddingModel(tern);
    }

    @Bean
    @ConditionalOnMissingBean(ChatModel.class)
    TernAiChatModel ternChatModel(Tern tern) {
        return new TernAiChatModel(tern, Generate.GREEDY);
    }
}
