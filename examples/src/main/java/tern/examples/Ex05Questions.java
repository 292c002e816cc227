package tern.examples;

import dev.langchain4j.data.document.Document;
import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.document.splitter.DocumentSplitters;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.rag.content.ContentMetadata;
import dev.langchain4j.rag.content.retriever.EmbeddingStoreContentRetriever;
import dev.langchain4j.rag.query.Query;
import dev.langchain4j.store.embedding.inmemory.InMemoryEmbeddingStore;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tern.api.Generate;
import tern.api.Options;
import tern.api.Tern;
import tern.langchain4j.TernChatModel;
import tern.langchain4j.TernEmbeddingModel;
import tern.runtime.gguf.TensorType;
import tern.runtime.model.Preset;
import tern.runtime.synth.Synthesizer;

/// Questions about documents, with LangChain4j and without a network: passages become vectors, those next to the question's are found, and a
/// model answers from them. Both models run in this process.
///
/// Without models of yours they are random: vectors then tell how alike texts are written, not what they mean, and the answer is noise.
/// `docs/models.md` says which models were trained.
public final class Ex05Questions {

    private static final String QUESTION = "How are keys and values kept?";

    /// Characters of a passage, and how many are shown to the model.
    private static final int PASSAGE = 300, SHOWN = 3;

    private static final Generate SHORT = Generate.GREEDY.withMost(64);

    private Ex05Questions() {}

    /// @param args folder of Markdown files, question, model for vectors, model for answers; each may be left out from the end on
    public static void main(String[] args) throws IOException {
        Path folder = Files.createTempDirectory("tern-example");
        try {
            Path docs = Path.of(args.length > 0 ? args[0] : "docs");
            Path vectors = args.length > 2 ? Path.of(args[2]) : random("tiny-embedding", folder);
            Path answers = args.length > 3 ? Path.of(args[3]) : random("tiny", folder);
            run(System.out, docs, args.length > 1 ? args[1] : QUESTION, vectors, answers, folder);
        } finally {
            try (var files = Files.list(folder)) {
                for (Path file : files.toList()) Files.delete(file);
            }
            Files.delete(folder);
        }
    }

    /// Writes a model that has learned nothing.
    static Path random(String preset, Path folder) throws IOException {
        Path file = folder.resolve(preset + ".gguf");
        Synthesizer.write(Preset.find(preset).orElseThrow().config(), 1, TensorType.I2_S, TensorType.F16, file, (done, total) -> {});
        return file;
    }

    /// @param folder for packed weights
    static void run(PrintStream out, Path docs, String question, Path vectors, Path answers, Path folder) throws IOException {
        Options options = Options.USUAL.withFolder(folder);
        List<TextSegment> passages = passages(docs);
        out.printf("%d passages of %s%n%n%s%n", passages.size(), docs.getFileName(), question);
        try (Tern embedder = Tern.open(vectors, options)) {
            var model = new TernEmbeddingModel(embedder);
            var store = new InMemoryEmbeddingStore<TextSegment>();
            store.addAll(model.embedAll(passages).content(), passages);
            var retriever = EmbeddingStoreContentRetriever.builder().embeddingStore(store).embeddingModel(model).maxResults(SHOWN).build();
            List<Content> found = retriever.retrieve(Query.from(question));
            for (Content one : found)
                out.printf("%n%.3f  %s: %s%n", (Double) one.metadata().get(ContentMetadata.SCORE), one.textSegment().metadata().getString("file"),
                        one.textSegment().text().replace('\n', ' '));
            try (Tern writer = Tern.open(answers, options)) {
                out.printf("%n%s%n", answer(writer, question, found));
            }
        }
    }

    private static List<TextSegment> passages(Path docs) throws IOException {
        var all = new ArrayList<Document>();
        try (Stream<Path> files = Files.list(docs)) {
            for (Path file : files.filter(one -> one.toString().endsWith(".md")).sorted().toList())
                all.add(Document.from(Files.readString(file), Metadata.from("file", String.valueOf(file.getFileName()))));
        }
        return DocumentSplitters.recursive(PASSAGE, 0).splitAll(all);
    }

    /// From as many passages as the model's context holds.
    private static String answer(Tern writer, String question, List<Content> found) {
        ChatModel model = new TernChatModel(writer, SHORT);
        var told = new StringBuilder("Answer from these passages.");
        for (Content one : found) {
            String more = "\n\n" + one.textSegment().text();
            if (writer.tokens(told + more + question).length + 2 * SHORT.most() > writer.context()) break;
            told.append(more);
        }
        return model.chat(SystemMessage.from(told.toString()), UserMessage.from(question)).aiMessage().text();
    }
}
