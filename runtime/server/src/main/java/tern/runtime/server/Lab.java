package tern.runtime.server;

import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import tern.runtime.server.Laboratory.Outcome;
import tern.runtime.server.Laboratory.Part;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// `/lab/check` and `/lab/speed`: the [Laboratory] for the page, one text at a time.
final class Lab {

    private static final int MOST_CHARACTERS = 32 << 10;

    private final Laboratory laboratory;
    private final Semaphore free = new Semaphore(1);

    Lab(Laboratory laboratory) {
        this.laboratory = laboratory;
    }

    Handler of(Part part) {
        return (request, response) -> run(part, request, response);
    }

    private void run(Part part, ServerRequest request, ServerResponse response) {
        Fields f = Http.body(request);
        String text = f.needText("text");
        if (text.length() > MOST_CHARACTERS) throw f.wrong("text", "has " + text.length() + " characters, at most " + MOST_CHARACTERS + " are read");
        if (!free.tryAcquire()) throw new ApiError(429, "rate_limit_exceeded", null, "the laboratory is busy with another text");
        try {
            Outcome outcome = laboratory.run(part, text);
            JsonNode report = part == Part.SPEED && outcome.sound()
                    ? JsonMapper.shared().readTree(outcome.report()) : JsonNodeFactory.instance.stringNode(outcome.report());
            ObjectNode root = JsonNodeFactory.instance.objectNode().put("sound", outcome.sound());
            root.set("report", report);
            Http.json(response, root.put("picture", outcome.picture()));
        } catch (IOException e) {
            throw new ApiError(500, "server_error", null, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApiError(503, "server_error", null, "the server stops");
        } finally {
            free.release();
        }
    }
}
