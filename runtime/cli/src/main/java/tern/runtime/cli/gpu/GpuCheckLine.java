package tern.runtime.cli.gpu;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import tern.ir.device.CompileException;
import tern.runtime.cli.console.Failure;
import tern.runtime.cli.report.Fields;
import tools.jackson.databind.JsonNode;

/// One thing that a check of a card found.
///
/// @param part    of the check
/// @param subject what was looked at
/// @param detail  in words, one line
/// @param numbers by name, with units in the names
public record GpuCheckLine(GpuCheckStep part, String subject, Status status, String detail, Map<String, Double> numbers) {

    public enum Status {
        /// As it has to be.
        RIGHT,
        /// A number, not a judgement.
        MEASURED,
        /// Another result than the reference's.
        WRONG,
        /// The back end has no code for it, and says so.
        REFUSED,
        /// It should have worked, and did not.
        FAILED
    }

    public GpuCheckLine {
        numbers = new LinkedHashMap<>(numbers);
    }

    public static GpuCheckLine of(GpuCheckStep part, String subject, Status status, String detail) {
        return new GpuCheckLine(part, subject, status, detail, Map.of());
    }

    static GpuCheckLine failed(GpuCheckStep part, String subject, Throwable why) {
        boolean refused = why instanceof CompileException && why.getCause() == null; // else a driver refused what we made
        return of(part, subject, refused ? Status.REFUSED : Status.FAILED, Failure.of(why).message());
    }

    /// The same with one more number; what is none, such as 0 / 0, is said in words.
    public GpuCheckLine with(String name, double number) {
        if (!Double.isFinite(number))
            return new GpuCheckLine(part, subject, status, "%s is %s; %s".formatted(name, number, detail), numbers);
        var more = new LinkedHashMap<>(numbers);
        more.put(name, number);
        return new GpuCheckLine(part, subject, status, detail, more);
    }

    boolean isBad() {
        return status == Status.WRONG || status == Status.FAILED;
    }

    double number(String name) {
        return numbers.getOrDefault(name, Double.NaN);
    }

    String label() {
        return status.name().toLowerCase(Locale.ROOT);
    }

    public Fields fields() {
        return new Fields().put("part", part.label()).put("subject", subject).put("status", label()).put("detail", detail).put("numbers", numbers);
    }

    /// What [#fields()] were written as.
    public static GpuCheckLine parse(JsonNode node) {
        var numbers = new LinkedHashMap<String, Double>();
        node.get("numbers").properties().forEach(entry -> numbers.put(entry.getKey(), entry.getValue().asDouble()));
        return new GpuCheckLine(
                GpuCheckStep.of(node.get("part").asString()),
                node.get("subject").asString(),
                Status.valueOf(node.get("status").asString().toUpperCase(Locale.ROOT)),
                node.get("detail").asString(),
                numbers);
    }

    /// For people: subject, numbers, words.
    public String text() {
        var text = new StringBuilder("%-9s %s".formatted(label(), subject));
        numbers.forEach((name, number) -> text.append("  ").append(digits(number)).append(' ').append(name));
        if (!detail.isEmpty()) text.append("  ").append(detail);
        return text.toString();
    }

    static String digits(double number) {
        if (number == Math.rint(number) && Math.abs(number) < 1e9) return String.format(Locale.ROOT, "%,.0f", number);
        return String.format(Locale.ROOT, Math.abs(number) >= 1000 ? "%,.0f" : Math.abs(number) >= 10 ? "%.1f" : "%.3g", number);
    }
}
