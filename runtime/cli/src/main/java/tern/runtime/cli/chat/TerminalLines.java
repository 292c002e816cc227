package tern.runtime.cli.chat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/// Lines that someone types, with editing and a history that is kept.
public final class TerminalLines implements Lines {

    private static final int KEPT = 1000;

    private final Terminal terminal;
    private final LineReader reader;

    private TerminalLines(Terminal terminal, LineReader reader) {
        this.terminal = terminal;
        this.reader = reader;
    }

    /// @param history file of earlier lines; made if it is not there
    public static TerminalLines open(Path history) throws IOException {
        Path folder = history.toAbsolutePath().getParent();
        if (folder != null) Files.createDirectories(folder);
        return of(TerminalBuilder.builder().system(true).nativeSignals(true).build(), history);
    }

    /// @param terminal closed with this
    static TerminalLines of(Terminal terminal, Path history) {
        LineReader reader = LineReaderBuilder.builder()
                .terminal(terminal)
                .variable(LineReader.HISTORY_FILE, history)
                .variable(LineReader.HISTORY_SIZE, KEPT)
                .variable(LineReader.HISTORY_FILE_SIZE, KEPT)
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true) // an exclamation mark is one
                .build();
        return new TerminalLines(terminal, reader);
    }

    @Override
    public Input read(String prompt) {
        try {
            return new Input.Line(reader.readLine(prompt));
        } catch (UserInterruptException _) {
            return new Input.Void();
        } catch (EndOfFileException _) {
            return new Input.End();
        }
    }

    @Override
    public void onInterrupt(Runnable stop) {
        terminal.handle(Terminal.Signal.INT, _ -> stop.run());
    }

    @Override
    public void close() throws IOException {
        terminal.close();
    }
}
