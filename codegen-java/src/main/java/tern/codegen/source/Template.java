package tern.codegen.source;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Texts in resources, in which {name} stands for a value.
public final class Template {

    private static final Pattern PLACE = Pattern.compile("(?m)^(?<before>[ /*]*)\\{(?<lines>[a-zA-Z]\\w*)}\n|(?<!\\$)\\{(?<word>[a-zA-Z]\\w*)}");

    private Template() {}

    /// The text of a resource next to a class. Where {name} is all of a line but for what is before it, each line of the value is such a line.
    public static String of(Class<?> beside, String name, Map<String, String> values) {
        String text;
        try (InputStream in = Objects.requireNonNull(beside.getResourceAsStream(name), name)) {
            text = new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return PLACE.matcher(text).replaceAll(found -> {
            if (found.group("word") != null) return Matcher.quoteReplacement(value(values, found.group("word")));
            String value = value(values, found.group("lines")).stripTrailing(), before = found.group("before");
            return value.isEmpty() ? "" : Matcher.quoteReplacement(value.replaceAll("(?m)^(?=.)", before) + "\n");
        });
    }

    private static String value(Map<String, String> values, String name) {
        return Objects.requireNonNull(values.get(name), name);
    }
}
