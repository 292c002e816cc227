package tern.runtime.server;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What a client is told when its request is not answered. The text of the request is not part of it.
final class ApiError extends RuntimeException {

    final int status;
    final String type;
    final @Nullable String field;

    ApiError(int status, String type, @Nullable String field, String message) {
        super(message);
        this.status = status;
        this.type = type;
        this.field = field;
    }

    /// The request is wrong.
    static ApiError wrong(@Nullable String field, String message) {
        return new ApiError(400, "invalid_request_error", field, message);
    }

    /// In OpenAI's form.
    ObjectNode openAi() {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.putObject("error").put("message", getMessage()).put("type", type).put("param", field).putNull("code");
        return root;
    }

    /// In Anthropic's form, and its words.
    ObjectNode anthropic() {
        ObjectNode root = JsonNodeFactory.instance.objectNode().put("type", "error");
        String word = status == 429 ? "rate_limit_error" : status >= 500 ? "api_error" : type;
        root.putObject("error").put("type", word).put("message", getMessage());
        return root;
    }
}
