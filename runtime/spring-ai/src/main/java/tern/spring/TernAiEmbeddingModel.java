package tern.spring;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.embedding.EmbeddingResponseMetadata;
import tern.api.Tern;

/// A model of Tern that makes vectors of length 1.
public final class TernAiEmbeddingModel implements EmbeddingModel {

    private final Tern tern;

    /// @param tern stays the caller's to close
    public TernAiEmbeddingModel(Tern tern) {
        this.tern = tern;
    }

    @Override
    public EmbeddingResponse call(EmbeddingRequest request) {
        List<String> texts = request.getInstructions();
        var all = new ArrayList<Embedding>();
        for (float[] vector : tern.embed(texts)) all.add(new Embedding(vector, all.size()));
        int tokens = texts.stream().mapToInt(text -> tern.tokens(text).length).sum();
        return new EmbeddingResponse(all, new EmbeddingResponseMetadata(tern.name(), new DefaultUsage(tokens, 0)));
    }

    @Override
    public float[] embed(Document document) {
        return tern.embed(Objects.requireNonNullElse(getEmbeddingContent(document), ""));
    }

    @Override
    public int dimensions() {
        return tern.dimensions();
    }
}
