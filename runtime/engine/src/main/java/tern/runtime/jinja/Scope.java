package tern.runtime.jinja;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Names and their values; what is not here is looked up outside.
final class Scope {

    private final @Nullable Scope outside;
    private final Map<String, Value> names = new HashMap<>();

    Scope(@Nullable Scope outside) {
        this.outside = outside;
    }

    void set(String name, Value value) {
        names.put(name, value);
    }

    Value get(String name) {
        for (Scope one = this; one != null; one = one.outside) {
            Value found = one.names.get(name);
            if (found != null) return found;
        }
        return new Value.Undefined(name);
    }
}
