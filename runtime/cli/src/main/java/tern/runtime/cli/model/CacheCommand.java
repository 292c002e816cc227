package tern.runtime.cli.model;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tern.runtime.cli.console.Texts;
import tern.runtime.cli.option.Folders;
import tern.runtime.cli.records.Facts;
import tern.runtime.cli.report.Grid;
import tern.runtime.model.PackedFile;
import tern.runtime.model.PackedFile.Fate;

/// `tern cache`: what packed weights take, and whose they are.
@Command(name = "cache", description = "Lists the packed weights that are kept, and tidies them up.")
public final class CacheCommand implements Callable<Integer> {

    /// Characters of a file's name that are shown, and age of a file that is being written, at most.
    private static final int SHORT = 10;

    private static final Duration WRITING = Duration.ofDays(1);

    @Spec
    private CommandSpec spec;

    @Option(names = "--cache", paramLabel = "DIR", description = "folder of packed weights (default: the user's cache folder)")
    private @Nullable Path cache;

    @Option(names = "--check", description = "read every file, and compare it with its checksum")
    private boolean check;

    @Option(names = "--prune", description = "remove files whose model is gone or changed, those left half written, and damaged ones that --check finds")
    private boolean prune;

    @Option(names = "--unused", paramLabel = "DAYS", description = "with --prune: and those that no model was run from for so long (default: none)")
    private @Nullable Integer unused;

    @Option(names = "--dry-run", description = "with --prune: only say what would be removed")
    private boolean dryRun;

    /// A file, and why it may go; empty if it may not.
    private record Entry(Path file, long bytes, Instant used, String model, String content, String reason) {
        String name() {
            String name = Texts.printable(String.valueOf(file.getFileName()));
            return name.substring(0, Math.min(SHORT, name.length()));
        }
    }

    @Override
    public Integer call() throws IOException {
        if (!prune && (unused != null || dryRun)) throw new IllegalArgumentException("--unused and --dry-run go with --prune");
        if (unused != null && unused < 0) throw new IllegalArgumentException("--unused must not be negative: " + unused);
        Path folder = Folders.cache(cache);
        var entries = new ArrayList<Entry>();
        for (PackedFile packed : PackedFile.in(folder)) entries.add(entry(packed));
        entries.addAll(halfWritten(folder));
        print(folder, entries);
        if (prune) remove(entries.stream().filter(entry -> !entry.reason.isEmpty()).toList());
        return entries.stream().anyMatch(entry -> entry.content.equals("damaged")) ? 1 : 0;
    }

    private Entry entry(PackedFile packed) throws IOException {
        Fate fate = packed.fate();
        String content = check ? packed.isWhole().map(whole -> whole ? "whole" : "damaged").orElse("no checksum") : "";
        String model = packed.origin().map(origin -> Texts.printable(origin.model().toString())).orElse("");
        return new Entry(packed.file(), packed.bytes(), packed.used(), (model + " " + suffix(fate)).strip(), content, reason(packed, fate, content));
    }

    private static String suffix(Fate fate) {
        return switch (fate) {
            case THERE -> "";
            case CHANGED -> "(another now)";
            case GONE -> "(gone)";
            case OUTDATED -> "(of another version of Tern)";
            case UNKNOWN -> "(unknown)";
        };
    }

    private String reason(PackedFile packed, Fate fate, String content) {
        if (content.equals("damaged")) return "damaged";
        boolean old = unused != null && packed.used().isBefore(Instant.now().minus(Duration.ofDays(unused)));
        return switch (fate) {
            case GONE -> "its model is gone";
            case CHANGED -> "its model is another now";
            case OUTDATED -> "of another version of Tern";
            case THERE, UNKNOWN -> old ? "not used" : "";
        };
    }

    /// What processes left that ended before they had written it.
    private static List<Entry> halfWritten(Path folder) throws IOException {
        var left = new ArrayList<Entry>();
        if (!Files.isDirectory(folder)) return left;
        try (var files = Files.newDirectoryStream(folder, "*.packed.*.tmp")) {
            for (Path file : files) {
                Instant written = Files.getLastModifiedTime(file).toInstant();
                // Another machine's processes may write here, too.
                if (written.isAfter(Instant.now().minus(WRITING))) continue;
                left.add(new Entry(file, Files.size(file), written, "(half written)", "", "half written"));
            }
        }
        return left;
    }

    private void print(Path folder, List<Entry> entries) {
        PrintWriter out = spec.commandLine().getOut();
        long bytes = entries.stream().mapToLong(Entry::bytes).sum();
        out.printf("%s: %s, %,d bytes%n", folder, Texts.count(entries.size(), "file") + " of packed weights", bytes);
        if (entries.isEmpty()) return;
        Grid table = check ? new Grid("packed", "bytes", "last used (UTC)", "content", "model") : new Grid("packed", "bytes", "last used (UTC)", "model");
        for (Entry entry : entries) {
            String name = entry.name(), size = "%,d".formatted(entry.bytes), used = Facts.minute(entry.used);
            if (check) table.row(name, size, used, entry.content, entry.model);
            else table.row(name, size, used, entry.model);
        }
        out.print("\n" + table);
    }

    private void remove(List<Entry> entries) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        out.println();
        for (Entry entry : entries) {
            if (!dryRun) Files.deleteIfExists(entry.file);
            out.printf("%s %s: %s%n", dryRun ? "would remove" : "removed", entry.name(), entry.reason);
        }
        out.printf("%s %s, %,d bytes%n", dryRun ? "would free" : "freed", Texts.count(entries.size(), "file"), entries.stream().mapToLong(Entry::bytes).sum());
    }
}
