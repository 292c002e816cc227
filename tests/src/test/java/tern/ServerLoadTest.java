package tern;

import static java.util.Locale.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.runtime.serve.Batcher;
import tern.runtime.server.ServerSettings.Limits;
import tern.runtime.server.TernServer;

/// Many at once, and much for a long time: `-Dtern.soak=SECONDS`, half an hour in the campaign, two rounds in a build.
class ServerLoadTest {

    private static final int STREAMS = 300, PARALLEL = 16;
    private static final long MINUTE = 60_000_000_000L;

    /// What a run may hold on to: connections that a client keeps, caches that fill.
    private static final long DESCRIPTORS = 16, HEAP = 16 << 20;

    @TempDir
    private static Path folder;

    private static TinyServer tiny;
    private static TernServer server;
    private static HttpClient client;

    @BeforeAll
    static void start() throws IOException {
        tiny = TinyServer.of(folder, new Batcher.Settings(PARALLEL, PARALLEL + 4, STREAMS, 64));
        server = tiny.listen(Optional.empty(), Limits.USUAL);
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
        tiny.close();
    }

    private static HttpRequest post(String path, String body) {
        return HttpRequest.newBuilder(URI.create(server.address("127.0.0.1") + path)).header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)).build();
    }

    private static String chat(int seed, int tokens, String more) {
        return """
                {"messages": [{"role": "system", "content": "You are asked by many."}, {"role": "user", "content": "question %d"}],
                 "max_tokens": %d, "seed": %d, "logit_bias": {"319": -100}%s}""".formatted(seed, tokens, seed, more);
    }

    @Test
    void threeHundredStreamsAreAllAnswered() throws InterruptedException {
        var open = new ArrayList<CompletableFuture<HttpResponse<String>>>();
        for (int i = 0; i < STREAMS; i++)
            open.add(client.sendAsync(post("/v1/chat/completions", chat(i, 4, ", \"stream\": true")), BodyHandlers.ofString()));
        for (CompletableFuture<HttpResponse<String>> one : open) {
            assertThat(one.join().statusCode()).as(one.join().body()).isEqualTo(200);
            assertThat(one.join().body()).contains("\"finish_reason\":\"length\"").endsWith("data: [DONE]\n\n");
        }
        assertThat(tiny.batcher().counts().refused()).isZero();
        untilNothingIsLeft();
    }

    /// An answer may be read a moment before its request counts as done.
    private static void untilNothingIsLeft() throws InterruptedException {
        while (tiny.batcher().counts().running() + tiny.batcher().counts().waiting() > 0) Thread.sleep(5);
    }

    @Test
    void nothingGrowsUnderAMixedLoad() throws Exception {
        long begin = System.nanoTime(), end = begin + 1_000_000_000L * Long.getLong("tern.soak", 0);
        round(0);
        round(1);
        long descriptors = descriptors(), heap = heap();
        int rounds = 2;
        for (int minutes = 0; rounds == 2 || System.nanoTime() < end; rounds++) {
            round(rounds);
            if (System.nanoTime() - begin < MINUTE * minutes) continue;
            System.out.printf(ROOT, "minute %d: %d rounds, heap %d KB, resident %d KB, %d descriptors%n", minutes++, rounds, heap() >> 10, resident(),
                    descriptors());
        }
        round(rounds);
        assertThat(descriptors()).as("descriptors after %d rounds", rounds).isLessThanOrEqualTo(descriptors + DESCRIPTORS);
        assertThat(heap()).as("bytes of heap after %d rounds", rounds).isLessThanOrEqualTo(heap + HEAP);
    }

    /// Streams, whole answers, forms, answers that are left, wrong requests, pages and numbers, all at once; until nothing is left to do.
    private static void round(int number) throws Exception {
        var tasks = new ArrayList<Callable<Integer>>();
        for (int i = 0; i < 4; i++) {
            int seed = 100 * number + i;
            tasks.add(() -> status(post("/v1/chat/completions", chat(seed, 8, ", \"stream\": true"))));
            tasks.add(() -> status(post("/v1/chat/completions", chat(seed, 6, ", \"n\": 2"))));
            tasks.add(() -> status(post("/v1/chat/completions", chat(seed, 60, ", \"response_format\": {\"type\": \"json_schema\", \"json_schema\": "
                    + "{\"schema\": {\"enum\": [\"yes\", \"no\"]}}}"))));
            tasks.add(() -> leave(post("/v1/chat/completions", chat(seed, 400, ", \"stream\": true"))));
            tasks.add(() -> abandon(post("/v1/chat/completions", chat(seed, 400, ""))));
            tasks.add(() -> status(post("/v1/responses", "{\"input\": \"question\", \"max_output_tokens\": 8, \"seed\": %d}".formatted(seed))));
            tasks.add(() -> status(post("/v1/messages", "{\"messages\": [{\"role\": \"user\", \"content\": \"question\"}], \"max_tokens\": 8}")));
            tasks.add(() -> 600 - status(post("/v1/chat/completions", "{\"messages\": 7}"))); // 400
            tasks.add(() -> status(HttpRequest.newBuilder(URI.create(server.address("127.0.0.1") + "/metrics")).build()));
        }
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var done : threads.invokeAll(tasks)) assertThat(done.get()).isEqualTo(200);
        }
        untilNothingIsLeft();
    }

    private static int status(HttpRequest request) throws IOException, InterruptedException {
        return client.send(request, BodyHandlers.ofString()).statusCode();
    }

    /// Reads a little of a stream, and goes away.
    private static int leave(HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<InputStream> response = client.send(request, BodyHandlers.ofInputStream());
        try (InputStream body = response.body()) {
            assertThat(body.readNBytes(10)).hasSize(10);
        }
        return response.statusCode();
    }

    /// Asks, and goes away.
    private static int abandon(HttpRequest request) {
        client.sendAsync(request, BodyHandlers.ofString()).cancel(true);
        return 200;
    }

    /// Memory of the process, KB; 0 where the system does not tell.
    private static long resident() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.isReadable(status)) return 0;
        try (Stream<String> lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("VmRSS:")).mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).findFirst().orElse(0);
        }
    }

    /// Open files and sockets; 0 where the system does not tell.
    private static long descriptors() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix ? unix.getOpenFileDescriptorCount() : 0;
    }

    private static long heap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
