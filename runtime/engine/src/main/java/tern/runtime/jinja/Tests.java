package tern.runtime.jinja;

import java.util.Optional;
import tern.runtime.jinja.Value.Bool;
import tern.runtime.jinja.Value.Int;
import tern.runtime.jinja.Value.Items;
import tern.runtime.jinja.Value.None;
import tern.runtime.jinja.Value.Real;
import tern.runtime.jinja.Value.Table;
import tern.runtime.jinja.Value.Undefined;

/// Jinja's tests. Source: its documentation, "List of Builtin Tests".
final class Tests {

    private Tests() {}

    static boolean holds(String name, Evaluator e, Value of, Arguments given) {
        Meter meter = e.meter;
        return switch (name) {
            case "defined" -> !(of instanceof Undefined);
            case "undefined" -> of instanceof Undefined;
            case "none" -> of == None.NONE;
            case "string" -> of instanceof Text;
            case "boolean" -> of instanceof Bool;
            case "true" -> of instanceof Bool(var yes) && yes;
            case "false" -> of instanceof Bool(var yes) && !yes;
            case "integer" -> of instanceof Int;
            case "float" -> of instanceof Real;
            case "number" -> Operators.number(of).isPresent();
            case "mapping" -> of instanceof Table;
            case "sequence" -> of instanceof Text || of instanceof Items || of instanceof Table || of instanceof Undefined;
            case "iterable" -> of instanceof Text || of instanceof Items || of instanceof Table || of instanceof Undefined;
            case "callable" -> of instanceof Value.Function;
            case "odd" -> number(of) % 2 != 0;
            case "even" -> number(of) % 2 == 0;
            case "divisibleby" -> Operators.binary("%", of, given.bind(name, "num").get("num"), meter).equals(Int.of(0));
            case "eq", "equalto", "==" -> Operators.compare("==", of, other(name, given), meter);
            case "ne", "!=" -> Operators.compare("!=", of, other(name, given), meter);
            case "lt", "lessthan", "<" -> Operators.compare("<", of, other(name, given), meter);
            case "le", "<=" -> Operators.compare("<=", of, other(name, given), meter);
            case "gt", "greaterthan", ">" -> Operators.compare(">", of, other(name, given), meter);
            case "ge", ">=" -> Operators.compare(">=", of, other(name, given), meter);
            case "in" -> Operators.compare("in", of, other(name, given), meter);
            case "sameas" -> isSame(of, other(name, given), meter);
            case "lower" -> isCase(of, "islower", e);
            case "upper" -> isCase(of, "isupper", e);
            default -> throw new JinjaException("there is no test '%s'".formatted(name));
        };
    }

    private static Value other(String name, Arguments given) {
        return given.bind(name, "other").get("other");
    }

    private static int number(Value of) {
        Optional<Integer> last = Operators.whole(of).map(n -> n.testBit(0) ? 1 : 0);
        return last.orElseThrow(() -> new JinjaException("found %s, expected int".formatted(of.kind())));
    }

    private static boolean isSame(Value of, Value other, Meter meter) {
        return of.getClass() == other.getClass() && Operators.equal(of, other, meter);
    }

    private static boolean isCase(Value of, String method, Evaluator e) {
        return e.call(e.attribute(Printing.text(of, e.meter), method), Arguments.NONE).isTrue();
    }
}
