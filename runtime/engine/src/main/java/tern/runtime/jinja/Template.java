package tern.runtime.jinja;

import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// A chat template, ready to run. Any number of threads may run it at the same time.
public final class Template {

    private final List<Statement> statements;
    private final Supplier<LocalDateTime> clock;

    private Template(List<Statement> statements, Supplier<LocalDateTime> clock) {
        this.statements = statements;
        this.clock = clock;
    }

    /// @param clock for `strftime_now`
    /// @throws JinjaException if it is no template, or one that needs what is not offered: other templates, recursive loops
    public static Template parse(String source, Supplier<LocalDateTime> clock) {
        if (source.length() > Meter.LONGEST) throw new JinjaException("it is longer than " + Meter.LONGEST);
        return new Template(Parser.parse(source), clock);
    }

    /// What it writes.
    ///
    /// @param names and their values
    /// @throws JinjaException if it refuses them (`raise_exception`), does what has no meaning, or uses up what it may
    public Text render(Map<String, Value> names) {
        var globals = new Scope(null);
        Globals.define(globals, clock.get());
        var scope = new Scope(globals);
        names.forEach(scope::set);
        return new Renderer().render(statements, scope);
    }
}
