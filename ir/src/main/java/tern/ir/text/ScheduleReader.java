package tern.ir.text;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tern.ir.Schedule;
import tern.ir.Schedule.Strategy;
import tern.ir.Schedule.Unit;
import tern.ir.text.grammar.TernParser.NameContext;
import tern.ir.text.grammar.TernParser.ScheduleContext;
import tern.ir.text.grammar.TernParser.SettingContext;

/// From the syntax of a schedule to the schedule. Numbers that are left out are 1.
final class ScheduleReader {

    private final Diagnostics problems;
    /// By the words before the value.
    private final Map<String, SettingContext> settings = new HashMap<>();

    private ScheduleReader(Diagnostics problems) {
        this.problems = problems;
    }

    /// @return null if it is none, which is then reported
    static Tir.@Nullable Planned read(ScheduleContext context, Tir scope, Diagnostics problems) {
        return new ScheduleReader(problems).read(context, scope);
    }

    private Tir.@Nullable Planned read(ScheduleContext context, Tir scope) {
        for (SettingContext setting : context.setting()) {
            String words = setting.INT() == null && setting.name() == null
                    ? setting.getText()
                    : setting.getText().substring(0, setting.getText().length() - setting.getStop().getText().length());
            if (settings.put(words, setting) != null) problems.add(setting, "a second '%s'", setting.getStart().getText());
        }
        NameContext packing = name("packing"), strategy = name("strategy");
        if (packing == null) problems.add(context.name(), "the schedule names no packing");
        else if (scope.findPacking(packing.getText()).isEmpty())
            problems.add(packing, "no packing is named %s", packing.getText());
        if (scope.findKernel(context.name().getText()).isEmpty())
            problems.add(context.name(), "no kernel is named %s", context.name().getText());
        Schedule schedule = name("unit") != null ? gpu(context, packing) : cpu(context, packing, strategy);
        String target = context.target().getText();
        return schedule == null ? null : new Tir.Planned(target.replace("\"", ""), schedule);
    }

    private @Nullable Schedule cpu(ScheduleContext context, @Nullable NameContext packing, @Nullable NameContext strategy) {
        Strategy how = strategy(context, strategy);
        if (packing == null || how == null) return null;
        for (String word : List.of("klanes", "warps", "split", "unroll")) {
            SettingContext setting = settings.get(word);
            if (setting != null) problems.add(setting, "only a schedule with a unit has this");
        }
        return new Schedule.Cpu(context.name().getText(), packing.getText(), how, number("lanes"), number("rowtiles"),
                number("tokens"), number("ktiles"), number("panel"), settings.containsKey("rolled"));
    }

    private @Nullable Schedule gpu(ScheduleContext context, @Nullable NameContext packing) {
        Unit unit = unit(name("unit"));
        for (String word : List.of("strategy", "lanes", "ktiles", "panel", "rolled")) {
            SettingContext setting = settings.get(word);
            if (setting != null) problems.add(setting, "a schedule with a unit has no '%s'", setting.getStart().getText());
        }
        if (packing == null || unit == null) return null;
        try {
            return new Schedule.Gpu(context.name().getText(), packing.getText(), unit, number("klanes"), number("rowtiles"),
                    number("tokens"), number("warps"), number("split"), number("unroll"));
        } catch (IllegalArgumentException e) {
            problems.add(context.name(), "%s", String.valueOf(e.getMessage()));
            return null;
        }
    }

    private @Nullable Unit unit(@Nullable NameContext name) {
        if (name == null) return null;
        for (Unit unit : Unit.values()) if (unit.name().toLowerCase(Locale.ROOT).equals(name.getText())) return unit;
        problems.add(name, "unknown unit '%s'; there are lanes, dp4a, mma, tiles and groups", name.getText());
        return null;
    }

    private @Nullable NameContext name(String setting) {
        SettingContext found = settings.get(setting);
        return found == null ? null : found.name();
    }

    private int number(String setting) {
        SettingContext found = settings.get(setting);
        return found == null ? 1 : Numbers.positive(found.INT().getSymbol(), problems);
    }

    private @Nullable Strategy strategy(ScheduleContext context, @Nullable NameContext name) {
        if (name == null) {
            problems.add(context.name(), "the schedule names no strategy");
            return null;
        }
        String text = name.getText();
        for (Strategy strategy : Strategy.values()) if (strategy.name().toLowerCase(Locale.ROOT).equals(text)) return strategy;
        problems.add(name, "unknown strategy '%s'; there are %s", text,
                String.join(", ", Arrays.stream(Strategy.values()).map(s -> s.name().toLowerCase(Locale.ROOT)).toList()));
        return null;
    }
}
