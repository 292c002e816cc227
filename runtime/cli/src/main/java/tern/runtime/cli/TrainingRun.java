package tern.runtime.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tern.runtime.cli.run.SumsDemo;

/// What users do first, done while the JVM takes notes for its archive of classes: help, a model that nobody has run yet, the same again, and a
/// server that answers once.
public final class TrainingRun {

    private static final PrintWriter NOWHERE = new PrintWriter(Writer.nullWriter());
    private static final Pattern ADDRESS = Pattern.compile(" at http://127\\.0\\.0\\.1:(\\d+)");
    private static final String BODY = "{\"prompt\": \"47+85=\", \"max_tokens\": 2, \"stream\": true}";

    private static final int PATIENCE_MILLIS = 20_000;

    private TrainingRun() {}

    /// Prints nothing; leaves no file.
    public static void main(String[] args) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("tern");
        try {
            String model = SumsDemo.unpacked(folder).toString();
            List<String> run = List.of("run", "--json", "--model", model, "--prompt", "47+85=", "--cache", folder.toString());
            for (List<String> words : List.of(List.of("--help"), run, run)) Main.run(NOWHERE, NOWHERE, words.toArray(String[]::new));
            serve("serve", "--port", "0", "--model", model, "--cache", folder.toString());
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(file);
            }
        }
    }

    private static void serve(String... words) throws IOException, InterruptedException {
        try (var pipe = new PipedWriter(); var said = new BufferedReader(new PipedReader(pipe))) {
            Thread server = Thread.ofPlatform().start(() -> {
                try (var err = new PrintWriter(pipe)) {
                    Main.run(NOWHERE, err, words);
                }
            });
            Optional<MatchResult> found = said.lines().flatMap(line -> ADDRESS.matcher(line).results()).findFirst();
            if (found.isPresent()) ask(Integer.parseInt(found.get().group(1)));
            server.interrupt();
            server.join();
        }
    }

    private static void ask(int port) throws IOException {
        String request = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ";
        try (var socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), port)) {
            socket.getOutputStream().write((request + BODY.length() + "\r\n\r\n" + BODY).getBytes(StandardCharsets.UTF_8));
            socket.setSoTimeout(PATIENCE_MILLIS);
            // To the last event: the server leaves the connection open for longer than a build should take.
            var answer = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            boolean _ = answer.lines().anyMatch("data: [DONE]"::equals);
        }
    }
}
