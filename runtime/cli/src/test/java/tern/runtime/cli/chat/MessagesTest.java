package tern.runtime.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.DumbTerminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.runtime.cli.chat.Lines.Input;

class MessagesTest {

    @TempDir
    Path folder;

    private static List<String> messages(String text) throws IOException {
        return messages(new PipedLines(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8))));
    }

    private static List<String> messages(Lines lines) throws IOException {
        var messages = new Messages(lines);
        var all = new ArrayList<String>();
        while (true)
            switch (messages.next()) {
            case Input.Line(var text) -> all.add(text);
            case Input.Void _ -> all.add("^C");
            case Input.End _ -> {
                return all;
            }
            }
    }

    @Test
    void aLineIsAMessage() throws IOException {
        assertThat(messages("one\n\n two \u00e9\u4e2d\ud83d\ude00")).containsExactly("one", "", " two \u00e9\u4e2d\ud83d\ude00");
        assertThat(messages("")).isEmpty();
    }

    @Test
    void aBackslashAtTheEndJoins() throws IOException {
        assertThat(messages("a\\\nb\\\n\\\nc\nd")).containsExactly("a\nb\n\nc", "d");
        assertThat(messages("a\\")).containsExactly("a");
    }

    @Test
    void quotesHoldLinesTogether() throws IOException {
        assertThat(messages("\"\"\"\n  a\n\n/b\\\n\"\"\"\nc")).containsExactly("  a\n\n/b\\", "c");
        assertThat(messages("\"\"\"a\nb\"\"\" \nc")).containsExactly("a\nb", "c");
        assertThat(messages("\"\"\"a b\"\"\"\nc")).containsExactly("a b", "c");
        assertThat(messages("\"\"\"a\nb")).as("cut off").containsExactly("a\nb");
        assertThat(messages("\"\"\"\n\"\"\"\nc")).containsExactly("", "c");
    }

    @Test
    void ctrlCVoidsAMessage() throws IOException {
        Deque<Input> typed = new ArrayDeque<>(List.of(
                new Input.Line("a\\"), new Input.Void(), new Input.Line("\"\"\"x"), new Input.Void(), new Input.Line("b"), new Input.End()));
        assertThat(messages(new Lines() {
            @Override
            public Input read(String prompt) {
                return typed.remove();
            }

            @Override
            public void onInterrupt(Runnable stop) {}

            @Override
            public void close() {}
        })).containsExactly("^C", "^C", "b");
    }

    @Test
    void aTerminalReadsLinesAndKeepsThem() throws IOException {
        Path history = folder.resolve("history");
        byte[] typed = "first!\nsecond\n".getBytes(StandardCharsets.UTF_8);
        try (var terminal = new DumbTerminal(new ByteArrayInputStream(typed), new ByteArrayOutputStream());
                Lines lines = TerminalLines.of(terminal, history)) {
            boolean[] stopped = new boolean[1];
            lines.onInterrupt(() -> stopped[0] = true);
            assertThat(lines.read("> ")).isEqualTo(new Input.Line("first!"));
            terminal.raise(Terminal.Signal.INT); // while nothing is read
            assertThat(stopped[0]).isTrue();
            assertThat(lines.read("> ")).isEqualTo(new Input.Line("second"));
            assertThat(lines.read("> ")).isEqualTo(new Input.End());
        }
        assertThat(Arrays.asList(java.nio.file.Files.readString(history).split("\n"))).anyMatch(line -> line.endsWith("first!"));
    }
}
