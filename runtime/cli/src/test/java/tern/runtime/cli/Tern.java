package tern.runtime.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/// One run of the command, with what it said.
public record Tern(int status, String out, String err) {

    public static Tern run(Object... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        String[] texts = new String[args.length];
        for (int i = 0; i < args.length; i++) texts[i] = args[i].toString();
        int status = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), texts);
        return new Tern(status, out.toString().replace("\r\n", "\n"), err.toString().replace("\r\n", "\n"));
    }
}
