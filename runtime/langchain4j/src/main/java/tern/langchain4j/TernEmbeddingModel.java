package tern.langchain4j;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.output.TokenUsage;
import java.util.List;
import tern.api.Tern;

/// A model of Tern that makes vectors of length 1.
public final class TernEmbeddingModel implements EmbeddingModel {

    private final Tern tern;

    /// @param tern stays the caller's to close
    public TernEmbeddingModel(Tern tern) {
        this.tern = tern;
    }

    @Override
    public Response<List<Embedding>> embedAll(List<TextSegment> segments) {
        List<String> texts = segments.stream().map(TextSegment::text).toList();
        int tokens = texts.stream().mapToInt(text -> tern.tokens(text).length).sum();
        return Response.from(tern.embed(texts).stream().map(Embedding::from).toList(), new TokenUsage(tokens));
    }

    @Override
    public int dimension() {
        return tern.dimensions();
    }

    @Override
    public String modelName() {
        return tern.name();
    }
}
