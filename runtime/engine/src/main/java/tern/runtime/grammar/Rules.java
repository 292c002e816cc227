package tern.runtime.grammar;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// A grammar: expressions by name. A text has the form of [#ROOT].
///
/// @param byName each rule that some expression names is here
/// @param blame  says where a rule stands that cannot be followed
record Rules(Map<String, Expression> byName, Blame blame) {

    static final String ROOT = "root";

    /// Makes the error for a rule, with its place in the text that it was read from.
    @FunctionalInterface
    interface Blame {
        RuntimeException on(String rule, String problem);
    }

    Rules {
        byName = Collections.unmodifiableMap(new LinkedHashMap<>(byName));
        if (!byName.containsKey(ROOT)) throw new IllegalArgumentException("no rule is named " + ROOT);
    }
}
