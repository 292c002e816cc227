package tern.ir.text;

import static java.util.stream.Collectors.joining;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.antlr.v4.runtime.tree.ParseTree;
import org.jspecify.annotations.Nullable;
import tern.ir.Schedule;
import tern.ir.target.Isa;
import tern.ir.Schedule.Strategy;
import tern.ir.text.grammar.TernParser.NameContext;
import tern.ir.text.grammar.TernParser.ScheduleContext;
import tern.ir.text.grammar.TernParser.SettingContext;

/// From the syntax of a schedule to the schedule. Numbers that are left out are 1.
final class ScheduleReader {

    /// How schedules of one way are read.
    ///
    /// @param numbers that can be chosen, and words without a number
    /// @param fixed   numbers that are always the same: they need not be written, and texts of before have them
    /// @param maker   of the schedule
    private record Form(Set<String> numbers, Map<String, Integer> fixed, Maker maker) {}

    private interface Maker {
        Schedule make(String kernel, String packing, Given of);
    }

    /// The number of a setting: 1 if it is left out, 0 for a word without a number.
    private interface Given {
        int of(String words);
    }

    private static final Set<String> STAGED = Set.of("row tiles", "tokens", "warps", "stages");

    private static final Map<String, Integer> FOUR_LANES = Map.of("k lanes", 4, "split", 1);

    private static Form vector(Strategy strategy) {
        return new Form(Set.of("lanes", "row tiles", "tokens", "k tiles", "cache block", "rolled", "prefetch", "isa"), Map.of(),
                (kernel, packing, n) -> new Schedule.Vector(
                        kernel, packing, strategy, n.of("lanes"), n.of("row tiles"), n.of("tokens"), n.of("k tiles"), n.of("cache block"), n.of("rolled") == 0,
                        n.of("prefetch") == 1 ? 0 : n.of("prefetch")));
    }

    private static final Map<String, Form> CPU = Map.of(
            "decode", vector(Strategy.DECODE),
            "tabulate", vector(Strategy.TABULATE),
            "bytes", vector(Strategy.BYTES),
            "fours", vector(Strategy.FOURS),
            "matrix", new Form(Set.of("tokens", "k tiles"), Map.of("lanes", 16, "row tiles", 1, "cache block", 1),
                    (kernel, packing, n) -> new Schedule.Matrix(kernel, packing, n.of("tokens"), n.of("k tiles"))));

    private static final Map<String, Form> GPU = Map.of(
            "lanes", new Form(Set.of(), Map.of("k lanes", 1, "row tiles", 1, "tokens", 1, "warps", 1, "split", 1, "unroll", 1),
                    (kernel, packing, _) -> new Schedule.Lanes(kernel, packing)),
            "dp4a", new Form(Set.of("k lanes", "row tiles", "tokens", "warps", "split", "unroll"), Map.of(),
                    (kernel, packing, n) -> new Schedule.Dp4a(kernel, packing, n.of("k lanes"), n.of("row tiles"), n.of("tokens"),
                            n.of("warps"), n.of("split"), n.of("unroll"))),
            "mma", new Form(Set.of("row tiles", "tokens", "warps", "split", "unroll"), Map.of("k lanes", 4),
                    (kernel, packing, n) -> new Schedule.Mma(
                            kernel, packing, n.of("row tiles"), n.of("tokens"), n.of("warps"), n.of("split"), n.of("unroll"))),
            "tiles", new Form(STAGED, FOUR_LANES, (kernel, packing, n) -> new Schedule.Tiles(
                    kernel, packing, n.of("row tiles"), n.of("tokens"), n.of("warps"), n.of("stages"))),
            "warpgroups", new Form(STAGED, FOUR_LANES, (kernel, packing, n) -> new Schedule.Warpgroups(
                    kernel, packing, n.of("row tiles"), n.of("tokens"), n.of("warps"), n.of("stages"))));

    private final Diagnostics problems;
    /// By the words before the value.
    private final Map<String, SettingContext> settings = new LinkedHashMap<>();

    private ScheduleReader(Diagnostics problems) {
        this.problems = problems;
    }

    /// @return null if it is none, which is then reported
    static Tir.@Nullable Planned read(ScheduleContext context, Tir scope, Diagnostics problems) {
        return new ScheduleReader(problems).read(context, scope);
    }

    private Tir.@Nullable Planned read(ScheduleContext context, Tir scope) {
        for (SettingContext setting : context.setting())
            if (settings.put(words(setting), setting) != null) problems.add(setting, "a second '%s'", setting.getStart().getText());
        NameContext packing = name("packing");
        if (packing == null) problems.add(context.name(), "the schedule names no packing");
        else if (scope.findPacking(packing.getText()).isEmpty())
            problems.add(packing, "no packing is named %s", packing.getText());
        if (scope.findKernel(context.name().getText()).isEmpty())
            problems.add(context.name(), "no kernel is named %s", context.name().getText());
        Schedule schedule = schedule(context, packing);
        String target = context.target().getText();
        return schedule == null ? null : new Tir.Planned(target.replace("\"", ""), schedule);
    }

    private static String words(SettingContext setting) {
        int count = setting.getChildCount() - (setting.INT() == null && setting.name() == null ? 0 : 1);
        return setting.children.stream().limit(count).map(ParseTree::getText).collect(joining(" "));
    }

    private @Nullable Schedule schedule(ScheduleContext context, @Nullable NameContext packing) {
        NameContext unit = name("unit"), strategy = name("strategy");
        NameContext way = unit != null ? unit : strategy;
        if (way == null) {
            problems.add(context.name(), "the schedule names no strategy");
            return null;
        }
        Form form = unit != null
                ? form(unit, "unit", GPU, Schedule.Gpu.WAYS)
                : form(way, "strategy", CPU, Schedule.Cpu.WAYS);
        if (form == null) return null;
        rename("panel", "cache block");
        if (form.numbers.contains("stages")) rename("unroll", "stages");
        boolean isRead = true;
        for (var setting : settings.entrySet()) isRead &= isKnown(setting.getKey(), setting.getValue(), way, form);
        if (packing == null || !isRead) return null;
        try {
            Schedule read = form.maker.make(context.name().getText(), packing.getText(), this::number);
            NameContext isa = name("isa");
            return isa != null && read instanceof Schedule.Vector vector ? vector.withIsa(Isa.of(isa.getText().replace('_', '-'))) : read;
        } catch (IllegalArgumentException e) {
            problems.add(context.name(), "%s", String.valueOf(e.getMessage()));
            return null;
        }
    }

    private @Nullable Form form(NameContext name, String kind, Map<String, Form> forms, List<String> ways) {
        Form form = forms.get(name.getText().equals("groups") ? "warpgroups" : name.getText()); // its name until December 2026
        if (form == null) problems.add(name, "unknown %s '%s'; there are %s", kind, name.getText(), String.join(", ", ways));
        return form;
    }

    /// A word of before.
    private void rename(String before, String now) {
        SettingContext setting = settings.get(before);
        if (setting != null && settings.putIfAbsent(now, setting) == null) settings.remove(before);
    }

    private boolean isKnown(String words, SettingContext setting, NameContext way, Form form) {
        boolean isName = words.equals("packing") || way.equals(setting.name());
        Integer fixed = form.fixed.get(words);
        if (isName || form.numbers.contains(words) || fixed != null && fixed == number(words)) return true;
        if (fixed != null) problems.add(setting, "%s always has %s %d", way.getText(), words, fixed);
        else problems.add(setting, "%s has no '%s'", way.getText(), words);
        return false;
    }

    private @Nullable NameContext name(String setting) {
        SettingContext found = settings.get(setting);
        return found == null ? null : found.name();
    }

    private int number(String words) {
        SettingContext found = settings.get(words);
        if (found == null) return 1;
        return found.INT() == null ? 0 : Numbers.positive(found.INT().getSymbol(), problems);
    }
}
