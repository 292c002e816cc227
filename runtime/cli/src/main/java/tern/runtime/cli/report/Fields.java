package tern.runtime.cli.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;
import tern.ir.device.Samples;
import tools.jackson.databind.json.JsonMapper;

/// A record for programs: named values, written as one JSON object. Times are seconds, sizes bytes, rates a second.
public final class Fields {

    private final Map<String, @Nullable Object> values = new LinkedHashMap<>();

    /// @param value a text, a number, a truth value, other fields, [Samples] (their statistics), a list or a map of such, or null;
    ///              an empty `Optional` is left out
    public Fields put(String name, @Nullable Object value) {
        if (value instanceof Optional<?> optional) optional.ifPresent(present -> put(name, present));
        else values.put(name, plain(value));
        return this;
    }

    /// Fields of these, in a list.
    public <T> Fields putAll(String name, Iterable<T> rows, Function<T, Fields> fields) {
        var list = new ArrayList<Object>();
        for (T row : rows) list.add(fields.apply(row).values);
        values.put(name, list);
        return this;
    }

    /// The other's fields as well.
    public Fields with(Fields others) {
        values.putAll(others.values);
        return this;
    }

    private static @Nullable Object plain(@Nullable Object value) {
        return switch (value) {
            case Fields fields -> fields.values;
            case Samples samples -> statistics(samples).values;
            case Map<?, ?> map -> {
                var fields = new Fields();
                map.forEach((name, one) -> fields.put(String.valueOf(name), one));
                yield fields.values;
            }
            case Iterable<?> list -> {
                var items = new ArrayList<@Nullable Object>();
                for (Object one : list) items.add(plain(one));
                yield items;
            }
            case null, default -> value;
        };
    }

    private static Fields statistics(Samples s) {
        return new Fields().put("median", s.median()).put("min", s.min()).put("max", s.max())
                .put("spread", s.spread()).put("count", s.count()).put("samples", DoubleStream.of(s.toArray()).boxed().toList());
    }

    /// One line of JSON.
    public String json() {
        return JsonMapper.shared().writeValueAsString(values);
    }

    /// JSON in lines, for those who read it themselves.
    public String lines() {
        return JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(values);
    }
}
