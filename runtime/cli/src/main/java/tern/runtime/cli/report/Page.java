package tern.runtime.cli.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import tern.ir.store.WholeFile;
import tern.runtime.cli.report.Report.Part;

/// Writes a report as a page of HTML.
public final class Page {

    private static final String STYLE = """
            :root { color-scheme: light; }
            * { box-sizing: border-box; }
            body { margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 66rem; background: #fff; color: #1b1f24;
                font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
            h1 { margin: 0; font-size: 1.7rem; font-weight: 650; letter-spacing: -0.01em; }
            h2 { margin: 2.6rem 0 0.4rem; font-size: 1.15rem; font-weight: 650; }
            p { margin: 0.4rem 0 0.8rem; max-width: 48rem; color: #3d444d; }
            .lead { color: #59636e; margin-bottom: 1.4rem; max-width: none; overflow-wrap: anywhere; }
            .figures { display: flex; flex-wrap: wrap; gap: 0.8rem; margin: 1.2rem 0; }
            .figures div { flex: 1 1 9rem; padding: 0.7rem 0.9rem; border: 1px solid #d9dee3; border-radius: 6px; }
            .figures dt { font-size: 0.8rem; color: #59636e; }
            .figures dd { margin: 0; font-size: 1.3rem; font-weight: 600; font-variant-numeric: tabular-nums; }
            .wide { overflow-x: auto; margin: 0.6rem 0 1rem; }
            table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.9rem; }
            th { text-align: left; font-weight: 600; color: #59636e; border-bottom: 1.5px solid #b7bfc8; vertical-align: bottom; }
            th, td { padding: 0.32rem 1.3rem 0.32rem 0; }
            td { white-space: nowrap; }
            td.long { white-space: normal; min-width: 18rem; overflow-wrap: anywhere; }
            td { border-bottom: 1px solid #e8ebee; vertical-align: top; }
            .n { text-align: right; }
            .bar { display: inline-block; width: 6rem; height: 0.65rem; margin-right: 0.3rem; background: #eceff2; border-radius: 2px; }
            .bar span { display: block; height: 100%; background: #0072b2; border-radius: 2px; }
            figure { margin: 0.8rem 0 1.4rem; }
            figcaption { font-weight: 600; margin-bottom: 0.2rem; }
            svg { display: block; width: 100%; height: auto; font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
            .key { display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; font-size: 0.85rem; padding: 0; margin: 0.3rem 0 0; list-style: none; }
            .key svg { display: inline-block; width: 18px; height: 14px; vertical-align: -2px; margin-right: 0.25rem; }
            details { margin: 0.5rem 0; }
            summary { cursor: pointer; color: #0b5394; }
            """;

    private Page() {}

    private static String body(Report report) {
        var body = new StringBuilder(element("h1", report.title()) + element("p class=\"lead\"", report.lead()));
        for (Report.Part part : report.parts())
            body.append(switch (part) {
                case Part.Line _ -> "";
                case Part.Heading(String text) -> element("h2", text);
                case Part.Note(String text) -> element("p", text);
                case Part.Sentences(String text) -> element("p", text);
                case Part.Figures(List<Figure> figures) -> "<dl class=\"figures\">\n%s</dl>\n".formatted(figures.stream()
                        .map(f -> "<div><dt>%s</dt><dd>%s</dd></div>\n".formatted(Markup.escape(f.name()), Markup.escape(f.value())))
                        .collect(Collectors.joining()));
                case Part.Table(Grid grid) -> grid.html();
                case Part.PageTable(String summary, Grid grid) -> summary.isEmpty() ? grid.html()
                        : "<details><summary>%s</summary>\n%s</details>\n".formatted(Markup.escape(summary), grid.html());
                case Part.Picture(Plot plot) -> plot.html();
            });
        return body.toString();
    }

    private static String element(String tag, String text) {
        return "<%s>%s</%s>\n".formatted(tag, Markup.escape(text), tag.replaceFirst(" .*", ""));
    }

    static String html(Report report) {
        return """
                <!DOCTYPE html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>%s</title>
                <style>
                %s</style>
                </head>
                <body>
                %s</body>
                </html>
                """.formatted(Markup.escape(report.title()), STYLE, body(report));
    }

    /// Writes a report's page as a whole, in place of an older one.
    ///
    /// @throws IllegalArgumentException if the folder does not exist, or a folder has that name
    public static void write(Report report, Path file) throws IOException {
        checkPlace(file);
        WholeFile.write(file, report.html().getBytes(UTF_8));
    }

    /// What would keep a page from being written, asked before an hour of measurements.
    ///
    /// @throws IllegalArgumentException if the folder does not exist, or a folder has that name
    public static void checkPlace(Path file) {
        if (!Files.isDirectory(folder(file))) throw new IllegalArgumentException(file + ": no such folder");
        if (Files.isDirectory(file)) throw new IllegalArgumentException(file + ": is a folder");
    }

    private static Path folder(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        return folder == null ? file.toAbsolutePath() : folder;
    }
}
