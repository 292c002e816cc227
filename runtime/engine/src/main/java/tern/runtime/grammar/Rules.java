package tern.runtime.grammar;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// A grammar: expressions by name. A text has the form of [#ROOT].
///
/// @param byName each rule that some expression names is here
record Rules(Map<String, Expression> byName) {

    static final String ROOT = "root";

    Rules {
        byName = Collections.unmodifiableMap(new LinkedHashMap<>(byName));
        if (!byName.containsKey(ROOT)) throw new IllegalArgumentException("no rule is named " + ROOT);
    }
}
