package tern.runtime.jinja;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import tern.runtime.jinja.Arguments.Bound;
import tern.runtime.jinja.Value.Function;
import tern.runtime.jinja.Value.Int;
import tern.runtime.jinja.Value.Items;
import tern.runtime.jinja.Value.Space;
import tern.runtime.jinja.Value.Table;

/// Functions that every template sees: Jinja's, and those that transformers adds.
final class Globals {

    /// As Jinja's sandbox has it.
    private static final int LONGEST_RANGE = 100_000;

    /// C's letters for dates, in English; of `strftime`.
    private static final Map<Character, String> DATE = Map.ofEntries(
            Map.entry('Y', "yyyy"), Map.entry('y', "yy"), Map.entry('m', "MM"), Map.entry('d', "dd"), Map.entry('b', "MMM"), Map.entry('B', "MMMM"),
            Map.entry('a', "EEE"), Map.entry('A', "EEEE"), Map.entry('H', "HH"), Map.entry('I', "hh"), Map.entry('M', "mm"), Map.entry('S', "ss"),
            Map.entry('p', "a"), Map.entry('j', "DDD"), Map.entry('F', "yyyy-MM-dd"), Map.entry('T', "HH:mm:ss"), Map.entry('%', "'%'"));

    private Globals() {}

    static void define(Scope scope, LocalDateTime now) {
        add(scope, "range", Globals::range);
        add(scope, "dict", given -> new Table(new LinkedHashMap<>(given.named())));
        add(scope, "namespace", given -> {
            var all = new TreeMap<String, Value>();
            if (!given.placed().isEmpty() && given.placed().getFirst() instanceof Table(var first)) all.putAll(first);
            all.putAll(given.named());
            return new Space(all);
        });
        add(scope, "raise_exception", given -> {
            throw new JinjaException("the template refuses: " + given.bind("raise_exception", "message").get("message"));
        });
        add(scope, "strftime_now", given -> Text.of(date(given.bind("strftime_now", "format").text("format").toString(), now)));
    }

    private static void add(Scope scope, String name, Value.Body body) {
        scope.set(name, new Function(name, body));
    }

    private static Value range(Arguments given) {
        Bound b = given.bind("range", "start", "stop", "step");
        boolean isOne = given.placed().size() == 1;
        int first = isOne ? 0 : b.integer("start", 0), end = b.integer(isOne ? "start" : "stop", 0), step = b.integer("step", 1);
        if (step == 0) throw new JinjaException("range has the step 0");
        long count = Math.max(0, step > 0 ? Math.ceilDiv((long) end - first, step) : Math.ceilDiv((long) first - end, -(long) step));
        if (count > LONGEST_RANGE) throw new JinjaException("a range is longer than " + LONGEST_RANGE);
        var all = new ArrayList<Value>();
        for (int i = 0; i < count; i++) all.add(Int.of(first + (long) i * step));
        return Items.list(all);
    }

    static String date(String format, LocalDateTime now) {
        var text = new StringBuilder();
        int i = 0;
        while (i < format.length()) {
            char c = format.charAt(i++);
            if (c != '%' || i == format.length()) {
                text.append(c);
                continue;
            }
            boolean plain = format.charAt(i) == '-' && i + 1 < format.length(); // without leading zeros
            if (plain) i++;
            char field = format.charAt(i++);
            String pattern = DATE.get(field);
            if (pattern == null) throw new JinjaException("strftime_now does not know %" + field);
            String part = DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(now);
            text.append(plain ? part.replaceFirst("^0+(?=.)", "") : part);
        }
        return text.toString();
    }
}
