package tern.runtime.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// What a template works with. Nothing of it can be changed but the attributes of a namespace.
public sealed interface Value
        permits Text, Value.Int, Value.Real, Value.Bool, Value.None, Value.Undefined, Value.Items, Value.Table, Value.Space, Value.Function {

    /// Of any size, as in Python; a template cannot make one of more than some thousand bits.
    record Int(BigInteger n) implements Value {
        /// One of 64 bits.
        public static Int of(long n) {
            return new Int(BigInteger.valueOf(n));
        }
    }

    /// A floating-point number.
    record Real(double x) implements Value {}

    /// `true` or `false`; in sums 1 or 0.
    record Bool(boolean isTrue) implements Value {}

    /// The only one of its kind.
    enum None implements Value {
        /// `none`
        NONE
    }

    /// What is not there: prints as nothing, is false, has no members.
    ///
    /// @param name of what was looked for
    record Undefined(String name) implements Value {}

    /// A list, or a tuple.
    record Items(List<Value> all, boolean isTuple) implements Value {
        /// A list.
        public static Items list(List<? extends Value> all) {
            return new Items(List.copyOf(all), false);
        }

        static Items tuple(Value... all) {
            return new Items(List.of(all), true);
        }
    }

    /// A dictionary in the order of its making; keys are texts.
    record Table(Map<String, Value> all) implements Value {}

    /// What `namespace` makes: its attributes can be set from inside a loop.
    record Space(Map<String, Value> all) implements Value {}

    /// A macro, a method or a function.
    record Function(String name, Body body) implements Value {}

    /// What a function does.
    interface Body {
        /// The value of a call.
        Value call(Arguments arguments);
    }

    /// A JSON value whose texts a user wrote; keys of objects are a user's too.
    static Value of(JsonNode json) {
        return switch (json.getNodeType()) {
            case STRING -> Text.input(json.stringValue());
            case BOOLEAN -> new Bool(json.booleanValue());
            case NUMBER -> json.isIntegralNumber() ? new Int(json.bigIntegerValue()) : real(json.decimalValue());
            case ARRAY -> {
                var all = new ArrayList<Value>();
                for (JsonNode one : json) all.add(of(one));
                yield Items.list(all);
            }
            case OBJECT -> {
                var all = new LinkedHashMap<String, Value>();
                json.forEachEntry((name, one) -> all.put(name, of(one)));
                yield new Table(all);
            }
            case NULL, MISSING, BINARY, POJO -> None.NONE;
        };
    }

    private static Real real(BigDecimal number) {
        return new Real(number.doubleValue());
    }

    /// Whether a condition that is this holds: not for nothing, zero and what is empty.
    default boolean isTrue() {
        return switch (this) {
            case Text text -> text.length() > 0;
            case Int(var n) -> n.signum() != 0;
            case Real(var x) -> x != 0;
            case Bool(var yes) -> yes;
            case None _, Undefined _ -> false;
            case Items(var all, _) -> !all.isEmpty();
            case Table(var all) -> !all.isEmpty();
            case Space _, Function _ -> true;
        };
    }

    /// As Python calls it.
    default String kind() {
        return switch (this) {
            case Text _ -> "str";
            case Int _ -> "int";
            case Real _ -> "float";
            case Bool _ -> "bool";
            case None _ -> "None";
            case Undefined(var name) -> "undefined " + name;
            case Items(_, var tuple) -> tuple ? "tuple" : "list";
            case Table _ -> "dict";
            case Space _ -> "namespace";
            case Function _ -> "function";
        };
    }
}
