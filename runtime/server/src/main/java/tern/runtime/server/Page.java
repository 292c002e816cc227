package tern.runtime.server;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/// The page, out of the jars: it loads nothing from elsewhere, and its policy has the browser see to that.
final class Page {

    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
    private static final String SCRIPT = "text/javascript; charset=utf-8";

    /// @param resource on the class path
    private record Asset(String resource, String type) {}

    private static final Map<String, Asset> ASSETS = Map.of(
            "/", new Asset("/tern/runtime/server/page/index.html", "text/html; charset=utf-8"),
            "/page.css", new Asset("/tern/runtime/server/page/page.css", "text/css; charset=utf-8"),
            "/page.js", new Asset("/tern/runtime/server/page/page.js", SCRIPT),
            "/lab.js", new Asset("/tern/runtime/server/page/lab.js", SCRIPT),
            "/engine.js", new Asset("/tern/runtime/server/page/engine.js", SCRIPT),
            "/marked.js", new Asset("/META-INF/resources/webjars/marked/17.0.1/lib/marked.umd.js", SCRIPT),
            "/purify.js", new Asset("/META-INF/resources/webjars/dompurify/3.3.1/dist/purify.min.js", SCRIPT));

    private Page() {}

    static boolean has(String path) {
        return ASSETS.containsKey(path);
    }

    static Iterable<String> paths() {
        return ASSETS.keySet();
    }

    static void send(ServerRequest request, ServerResponse response) {
        Asset asset = ASSETS.get(request.path().path());
        if (asset == null) throw new ApiError(404, "not_found_error", null, "there is no such page");
        response.header(HeaderNames.CONTENT_TYPE, asset.type);
        response.header("Content-Security-Policy", POLICY);
        response.header("Referrer-Policy", "no-referrer");
        response.header("Cache-Control", "no-cache");
        try (InputStream in = Page.class.getResourceAsStream(asset.resource)) {
            if (in == null) throw new ApiError(404, "not_found_error", null, "this installation has no page");
            response.send(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
