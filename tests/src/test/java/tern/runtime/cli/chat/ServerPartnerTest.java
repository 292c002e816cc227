package tern.runtime.cli.chat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tern.runtime.chat.Message;
import tools.jackson.databind.json.JsonMapper;

/// Ctrl-C while a server answers, which never ends by itself here.
class ServerPartnerTest {

    private final CountDownLatch asked = new CountDownLatch(1), end = new CountDownLatch(1);
    private HttpServer server;
    private boolean begins;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            if (begins) {
                exchange.getResponseHeaders().add("Content-Type", "text/event-stream");
                exchange.sendResponseHeaders(200, 0);
                exchange.getResponseBody().write("data: {\"choices\": [{\"delta\": {\"content\": \"well\"}}]}\n\n".getBytes(UTF_8));
                exchange.getResponseBody().flush();
            }
            asked.countDown();
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        end.countDown();
        server.stop(0);
    }

    private ServerPartner partner(ServerClient client) {
        return new ServerPartner(client, JsonMapper.shared().createObjectNode());
    }

    private ServerClient client() {
        return new ServerClient("http://127.0.0.1:" + server.getAddress().getPort(), Optional.empty());
    }

    @Test
    void whatCameUntilThenIsKept() throws IOException {
        begins = true;
        try (ServerClient client = client()) {
            ServerPartner partner = partner(client);
            assertThat(partner.answer("hello", _ -> partner.interrupt(), _ -> {})).isEqualTo("interrupted");
            assertThat(partner.messages()).containsExactly(new Message(Message.Role.USER, "hello"), new Message(Message.Role.ASSISTANT, "well"));
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
        }
    }

    @Test
    void aMessageThatIsNotAnsweredYetIsTakenBack() throws Exception {
        try (ServerClient client = client()) {
            ServerPartner partner = partner(client);
            Thread user = Thread.startVirtualThread(() -> {
                try {
                    asked.await();
                    partner.interrupt();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            assertThat(partner.answer("hello", _ -> {}, _ -> {})).isEqualTo("interrupted");
            assertThat(partner.messages()).isEmpty();
            user.join();
        }
    }
}
