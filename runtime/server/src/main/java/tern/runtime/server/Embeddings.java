package tern.runtime.server;

import static java.util.Locale.ROOT;

import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CancellationException;
import tern.runtime.embed.Embedder;
import tern.runtime.embed.Vectors;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// `/v1/embeddings` of OpenAI.
final class Embeddings {

    /// As OpenAI has it.
    private static final int MOST = 2048;

    private final Served served;

    Embeddings(Served served) {
        this.served = served;
    }

    void create(ServerRequest request, ServerResponse response) {
        Fields f = Http.body(request);
        Embedder embedder = served.embedder().orElseThrow(() -> ApiError.wrong("model", served.name() + " makes texts, no embeddings"));
        List<String> texts = f.texts("input");
        if (texts.isEmpty() || texts.size() > MOST) throw f.wrong("input", String.format(ROOT, "found %d texts, expected 1 to %d", texts.size(), MOST));
        int dimensions = f.count("dimensions", embedder.dimensions(), 1, embedder.dimensions());
        String format = f.text("encoding_format").orElse("float");
        if (!format.equals("float") && !format.equals("base64")) throw f.wrong("encoding_format", "expected float or base64");
        List<int[]> tokens;
        try {
            tokens = texts.stream().map(embedder::tokens).toList();
        } catch (IllegalArgumentException e) {
            throw f.wrong("input", String.valueOf(e.getMessage()));
        }
        ObjectNode root = JsonNodeFactory.instance.objectNode().put("object", "list");
        ArrayNode data = root.putArray("data");
        List<float[]> vectors = Connection.current().whileThere(gone -> embedder.embedTokens(tokens, _ -> {
            if (gone.getAsBoolean()) throw new CancellationException();
        }));
        for (float[] vector : vectors) {
            ObjectNode one = data.addObject().put("object", "embedding").put("index", data.size() - 1);
            float[] wanted = Vectors.first(vector, dimensions);
            if (format.equals("base64")) one.put("embedding", base64(wanted));
            else for (float value : wanted) one.withArray("embedding").add(value);
        }
        int read = tokens.stream().mapToInt(text -> text.length).sum();
        root.put("model", served.name()).putObject("usage").put("prompt_tokens", read).put("total_tokens", read);
        Http.json(response, root);
    }

    /// Little-endian f32.
    private static String base64(float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * vector.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : vector) bytes.putFloat(value);
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
