package tern.runtime.jinja;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Of a call, by place and by name.
record Arguments(List<Value> placed, Map<String, Value> named) {

    static final Arguments NONE = new Arguments(List.of(), Map.of());

    /// Those of a function with parameters of these names.
    ///
    /// @throws JinjaException if there are more, or others
    Bound bind(String function, String... names) {
        if (placed.size() > names.length) throw new JinjaException("%s takes at most %d arguments".formatted(function, names.length));
        var all = new LinkedHashMap<String, Value>();
        for (int i = 0; i < placed.size(); i++) all.put(names[i], placed.get(i));
        for (Map.Entry<String, Value> one : named.entrySet()) {
            if (!Arrays.asList(names).contains(one.getKey()))
                throw new JinjaException("%s has no argument '%s'".formatted(function, one.getKey()));
            all.put(one.getKey(), one.getValue());
        }
        return new Bound(function, all);
    }

    /// Without the first ones.
    Arguments after(int count) {
        return new Arguments(placed.subList(Math.min(count, placed.size()), placed.size()), named);
    }

    /// Arguments by the names of their parameters.
    record Bound(String function, Map<String, Value> all) {

        Value get(String name) {
            Value found = all.get(name);
            if (found == null) throw new JinjaException("%s needs its argument '%s'".formatted(function, name));
            return found;
        }

        Value get(String name, Value absent) {
            Value found = all.get(name);
            return found == null ? absent : found;
        }

        Text text(String name) {
            if (get(name) instanceof Text text) return text;
            throw new JinjaException("%s: '%s' is %s, expected str".formatted(function, name, get(name).kind()));
        }

        /// Null if it is absent or None.
        @Nullable
        Text textOrNull(String name) {
            return get(name, Value.None.NONE) instanceof Value.None ? null : text(name);
        }

        int integer(String name, int absent) {
            return all.get(name) == null ? absent : Operators.integer(get(name));
        }

        boolean flag(String name, boolean absent) {
            return all.get(name) == null ? absent : get(name).isTrue();
        }
    }
}
