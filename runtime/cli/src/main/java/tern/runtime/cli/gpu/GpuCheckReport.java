package tern.runtime.cli.gpu;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import tern.runtime.cli.gpu.GpuCheckLine.Status;
import tern.runtime.cli.records.Facts;
import tern.runtime.cli.report.Fields;

/// All that a check of a card found, as text, JSON, and Markdown for `MEASURED.md`.
///
/// @param command   that was given
/// @param simulated whether there was no card: times then mean nothing
record GpuCheckReport(String command, boolean simulated, Instant start, List<GpuCheckLine> lines) {

    GpuCheckReport {
        lines = List.copyOf(lines);
    }

    boolean isGood() {
        return !lines.isEmpty() && lines.stream().noneMatch(GpuCheckLine::isBad);
    }

    /// How many findings of each kind there are, and every bad one again: what one wants to see at the end of a long output.
    String summary() {
        Map<Status, Integer> counts = new TreeMap<>();
        for (GpuCheckLine line : lines) counts.merge(line.status(), 1, Integer::sum);
        var parts = new ArrayList<String>();
        counts.forEach((status, count) -> parts.add(count + " " + status.name().toLowerCase(Locale.ROOT)));
        var text = new StringBuilder();
        for (GpuCheckLine line : lines) if (line.isBad()) text.append(line.part().label()).append(": ").append(line.text()).append('\n');
        return text + String.join(", ", parts) + '\n';
    }

    String json() {
        return new Fields().put("command", command).put("simulated", simulated).put("start", start.toString()).put("good", isGood())
                .putAll("lines", lines, GpuCheckLine::fields).lines() + '\n';
    }

    /// A section for each part; its findings in a table whose columns are the numbers that they have.
    String markdown() {
        var text = new StringBuilder("## %s %s UTC\n\nBy `%s`.%s\n".formatted(simulated ? "Simulated" : "Measured", Facts.minute(start), command,
                simulated ? " No card took part: results were judged, times and shares mean nothing." : ""));
        for (GpuCheckStep part : GpuCheckStep.values()) {
            List<GpuCheckLine> ofPart = lines.stream().filter(line -> line.part() == part).toList();
            if (ofPart.isEmpty()) continue;
            text.append("\n### ").append(part.label()).append(": ").append(part.description()).append("\n\n");
            long right = ofPart.stream().filter(line -> line.status() == Status.RIGHT).count();
            if (right > 0) text.append(right).append(" right\n\n");
            List<GpuCheckLine> shown = ofPart.stream().filter(line -> line.status() != Status.RIGHT).toList();
            if (!shown.isEmpty()) table(shown, text);
        }
        return text.toString();
    }

    private static void table(List<GpuCheckLine> shown, StringBuilder text) {
        List<String> numbers = shown.stream().flatMap(line -> line.numbers().keySet().stream()).distinct().toList();
        text.append("| | | ").append(String.join(" | ", numbers)).append(numbers.isEmpty() ? "" : " | ").append("|\n|---|---|")
                .append("---|".repeat(numbers.size())).append("---|\n");
        for (GpuCheckLine line : shown) {
            text.append("| ").append(line.label()).append(" | ").append(cell(line.subject())).append(" | ");
            for (String number : numbers)
                text.append(line.numbers().containsKey(number) ? GpuCheckLine.digits(line.number(number)) : "").append(" | ");
            text.append(cell(line.detail())).append(" |\n");
        }
    }

    private static String cell(String text) {
        return text.replace("|", "\\|");
    }
}
