package tern.runtime.cli.model;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tern.ir.store.Kind;
import tern.ir.store.Store;
import tern.runtime.Folders;
import tern.runtime.cli.console.Texts;
import tern.runtime.cli.records.Facts;
import tern.runtime.cli.report.Grid;
import tern.runtime.model.PackedFile;
import tern.runtime.model.PackedFile.Fate;

/// `tern cache`: what packed weights take, and whose they are; what else is kept.
@Command(name = "cache", description = "Lists what is kept for the next start, packed weights above all, and tidies it up.")
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

    @Option(names = "--prune",
            description = "remove files whose model is gone or changed, those left half written, damaged ones that --check finds, and what other versions of Tern kept")
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

    /// Small files of a kind.
    ///
    /// @param outdated of those, what no process of this version reads
    private record Group(String content, List<Store.Kept> files, List<Store.Kept> outdated) {
        static long bytes(List<Store.Kept> files) {
            return files.stream().mapToLong(Store.Kept::bytes).sum();
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
        List<Group> groups = groups(folder);
        print(folder, entries);
        print(groups);
        if (prune) remove(entries.stream().filter(entry -> !entry.reason.isEmpty()).toList(), groups);
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
        boolean old = isOld(packed.used());
        return switch (fate) {
            case GONE -> "its model is gone";
            case CHANGED -> "its model is another now";
            case OUTDATED -> "of another version of Tern";
            case THERE, UNKNOWN -> old ? "not used" : "";
        };
    }

    private boolean isOld(Instant used) {
        return unused != null && used.isBefore(Instant.now().minus(Duration.ofDays(unused)));
    }

    private List<Group> groups(Path folder) throws IOException {
        var groups = new ArrayList<Group>();
        for (Kind kind : Kind.values()) {
            List<Store.Kept> files = Store.in(kind.folder(folder)).stream().filter(one -> one.kind().equals(Optional.of(kind))).toList();
            if (!files.isEmpty()) groups.add(new Group(kind.content(), files, files.stream().filter(one -> !one.isCurrent() || isOld(one.used())).toList()));
        }
        return groups;
    }

    /// What processes left that ended before they had written it.
    private static List<Entry> halfWritten(Path folder) throws IOException {
        var left = new ArrayList<Entry>();
        if (!Files.isDirectory(folder)) return left;
        try (var files = Files.newDirectoryStream(folder, "*.tmp")) {
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

    private void print(List<Group> groups) {
        if (groups.isEmpty()) return;
        Grid table = new Grid("kept", "files", "bytes", "may go");
        for (Group group : groups)
            table.row(group.content, String.valueOf(group.files.size()), "%,d".formatted(Group.bytes(group.files)), String.valueOf(group.outdated.size()));
        spec.commandLine().getOut().print("\n" + table);
    }

    private void remove(List<Entry> entries, List<Group> groups) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        out.println();
        for (Entry entry : entries) {
            if (!dryRun) Files.deleteIfExists(entry.file);
            out.printf("%s %s: %s%n", dryRun ? "would remove" : "removed", entry.name(), entry.reason);
        }
        List<Store.Kept> kept = groups.stream().flatMap(group -> group.outdated.stream()).toList();
        if (!dryRun) for (Store.Kept one : kept) Files.deleteIfExists(one.file());
        for (Group group : groups)
            if (!group.outdated.isEmpty()) out.printf("%s %d %s%n", dryRun ? "would remove" : "removed", group.outdated.size(), group.content);
        long bytes = entries.stream().mapToLong(Entry::bytes).sum() + Group.bytes(kept);
        out.printf("%s %s, %,d bytes%n", dryRun ? "would free" : "freed", Texts.count(entries.size() + kept.size(), "file"), bytes);
    }
}
