package tern.runtime.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.security.SecureRandom;
import java.util.HexFormat;
import tools.jackson.databind.JsonNode;

/// Bodies and names.
final class Http {

    private static final SecureRandom RANDOM = new SecureRandom();

    private Http() {}

    /// The JSON object that a request holds. Its type is demanded: a page of another site can send a form, but not JSON, without being allowed to.
    ///
    /// @throws ApiError if it is something else
    static Fields body(ServerRequest request) {
        String type = request.headers().contentType().map(found -> found.text()).orElse("");
        if (!type.startsWith("application/json"))
            throw new ApiError(415, "invalid_request_error", null, "the body must be application/json");
        return Fields.read(request.content().as(byte[].class));
    }

    static void json(ServerResponse response, JsonNode body) {
        response.header(HeaderNames.CONTENT_TYPE, "application/json");
        response.send(body.toString().getBytes(UTF_8));
    }

    /// A name that nothing else has.
    static String id(String prefix) {
        byte[] random = new byte[12];
        RANDOM.nextBytes(random);
        return prefix + HexFormat.of().formatHex(random);
    }

    /// Seconds since 1970.
    static long now() {
        return System.currentTimeMillis() / 1000;
    }

    static int[] joined(int first, int[] others) {
        int[] all = new int[others.length + 1];
        all[0] = first;
        System.arraycopy(others, 0, all, 1, others.length);
        return all;
    }
}
