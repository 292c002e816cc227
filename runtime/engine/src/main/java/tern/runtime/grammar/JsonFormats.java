package tern.runtime.grammar;

import java.util.Map;

/// Formats of strings as patterns, as far as they are more than a hint.
///
/// Source: JSON Schema 2020-12 validation, 7.3; RFC 3339 with days that every year has and offsets that some place has; RFC 4122; RFC 2673, 3.2.
final class JsonFormats {

    private static final String DATE = "\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))",
            TIME = "(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?(?:Z|[+-](?:0\\d|1[0-3]):[0-5]\\d)",
            BYTE = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";

    /// By the name of the format. Others say nothing of the text here.
    static final Map<String, String> PATTERNS = Map.of(
            "date", "^" + DATE + "$",
            "time", "^" + TIME + "$",
            "date-time", "^" + DATE + "T" + TIME + "$",
            "uuid", "^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
            "ipv4", "^" + BYTE + "(?:\\." + BYTE + "){3}$");

    private JsonFormats() {}
}
