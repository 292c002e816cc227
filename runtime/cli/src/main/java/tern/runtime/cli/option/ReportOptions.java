package tern.runtime.cli.option;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tern.runtime.cli.report.Page;
import tern.runtime.cli.report.Report;

/// `--json` and `--report`, of commands whose report has pictures.
public final class ReportOptions {

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    public boolean json;

    @Option(names = "--report", paramLabel = "R.html", description = "Write a page with all tables and pictures as well. Default: none.")
    public @Nullable Path page;

    /// Said before an hour of measurements.
    ///
    /// @throws IllegalArgumentException if the page could not be written
    public void check() {
        if (page != null) Page.checkPlace(page);
    }

    /// Prints the report, and writes its page if one is asked for.
    public void write(Report report, PrintWriter out) throws IOException {
        print(report, json, out);
        if (page != null) Page.write(report, page);
    }

    /// @param json true: as JSON
    public static void print(Report report, boolean json, PrintWriter out) {
        out.print(json ? report.json() + System.lineSeparator() : report.text());
        out.flush(); // a writer's print, other than its println, leaves that to others
    }
}
