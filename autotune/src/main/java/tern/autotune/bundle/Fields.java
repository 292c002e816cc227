package tern.autotune.bundle;

import static java.util.Locale.ROOT;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// The fields of one JSON object, each of the kind that is asked for.
///
/// @param place for messages: `winners[3]`
record Fields(String place, JsonNode node) {

    BundleException wrong(String field, String problem) {
        return new BundleException("%s, %s: %s".formatted(place, field, problem));
    }

    boolean has(String field) {
        return node.has(field);
    }

    String text(String field) {
        return node.path(field).stringValueOpt().orElseThrow(() -> wrong(field, "expected a text"));
    }

    boolean flag(String field) {
        return node.path(field).booleanValueOpt().orElseThrow(() -> wrong(field, "expected true or false"));
    }

    int number(String field, int least, int most) {
        int value = node.path(field).intValueOpt().orElseThrow(() -> wrong(field, "expected a whole number"));
        if (value < least || value > most) throw wrong(field, String.format(ROOT, "%d is not from %d to %d", value, least, most));
        return value;
    }

    double seconds(String field) {
        double value = node.path(field).isNumber() ? node.path(field).asDouble() : -1;
        if (!(value >= 0) || Double.isInfinite(value)) throw wrong(field, "expected seconds");
        return value;
    }

    /// Not in the future: such a record would never be replaced by a later one. Clocks may differ by a day.
    Instant instant(String field) {
        try {
            Instant moment = Instant.parse(text(field));
            if (moment.isBefore(Instant.EPOCH)) throw wrong(field, "before 1970");
            if (moment.isAfter(Instant.now().plus(Duration.ofDays(1)))) throw wrong(field, "in the future");
            return moment;
        } catch (DateTimeException e) {
            throw wrong(field, "expected a moment");
        }
    }

    Fields object(String field) {
        JsonNode value = node.path(field);
        if (!value.isObject()) throw wrong(field, "expected an object");
        return new Fields(place + "." + field, value);
    }

    List<Fields> list(String field) {
        JsonNode values = node.path(field);
        if (!values.isArray()) throw wrong(field, "expected a list");
        var list = new ArrayList<Fields>();
        for (JsonNode value : values) list.add(new Fields(String.format(ROOT, "%s[%d]", field, list.size()), value));
        return list;
    }
}
