package tern.runtime.cli.chat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/// Lines of a file or a pipe, UTF-8; no prompt is shown. Ctrl-C ends the program, as it does in any pipe.
public final class PipedLines implements Lines {

    private final BufferedReader in;

    /// @param in stays open
    public PipedLines(InputStream in) {
        this.in = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    }

    @Override
    public Input read(String prompt) throws IOException {
        String line = in.readLine();
        return line == null ? new Input.End() : new Input.Line(line);
    }

    @Override
    public void onInterrupt(Runnable stop) {}

    @Override
    public void close() {}
}
