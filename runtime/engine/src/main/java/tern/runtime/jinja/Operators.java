package tern.runtime.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tern.runtime.jinja.Value.Bool;
import tern.runtime.jinja.Value.Int;
import tern.runtime.jinja.Value.Items;
import tern.runtime.jinja.Value.None;
import tern.runtime.jinja.Value.Real;
import tern.runtime.jinja.Value.Table;
import tern.runtime.jinja.Value.Undefined;

/// Python's operators on values.
final class Operators {

    private static final int MOST_BITS = 4096;

    private Operators() {}

    static Int checked(BigInteger n) {
        if (n.bitLength() > MOST_BITS) throw new JinjaException("a number has more than " + MOST_BITS + " bits");
        return new Int(n);
    }

    /// A number that counts or indexes.
    static int integer(Value value) {
        BigInteger n = whole(value).orElseThrow(() -> new JinjaException("found %s, expected int".formatted(value.kind())));
        return n.bitLength() < 32 ? n.intValue() : n.signum() < 0 ? Integer.MIN_VALUE + 1 : Integer.MAX_VALUE;
    }

    static Optional<BigInteger> whole(Value value) {
        return switch (value) {
            case Int(var n) -> Optional.of(n);
            case Bool(var yes) -> Optional.of(yes ? BigInteger.ONE : BigInteger.ZERO);
            case Text _, Real _, None _, Undefined _, Items _, Table _, Value.Space _, Value.Function _ -> Optional.empty();
        };
    }

    static Optional<Double> number(Value value) {
        return value instanceof Real(var x) ? Optional.of(x) : whole(value).map(BigInteger::doubleValue);
    }

    static Value signed(Value of, boolean isNegative) {
        Optional<BigInteger> whole = whole(of);
        if (whole.isPresent()) return new Int(isNegative ? whole.get().negate() : whole.get());
        if (of instanceof Real(var x)) return new Real(isNegative ? -x : x);
        throw new JinjaException("found %s after a sign, expected a number".formatted(of.kind()));
    }

    static Value binary(String sign, Value left, Value right, Meter meter) {
        if (sign.equals("~")) return new Text.Builder(meter).add(Printing.text(left, meter)).add(Printing.text(right, meter)).text();
        Optional<BigInteger> a = whole(left), b = whole(right);
        if (a.isPresent() && b.isPresent() && !sign.equals("/")) return whole(sign, a.get(), b.get());
        Optional<Double> x = number(left), y = number(right);
        if (x.isPresent() && y.isPresent()) return new Real(real(sign, x.get(), y.get()));
        if (sign.equals("+")) {
            if (left instanceof Text first && right instanceof Text second) return new Text.Builder(meter).add(first).add(second).text();
            if (left instanceof Items first && right instanceof Items second && first.isTuple() == second.isTuple()) return joined(first, second, meter);
        }
        if (sign.equals("*") && left instanceof Text text && b.isPresent()) return repeated(text, integer(right), meter);
        if (sign.equals("*") && right instanceof Text text && a.isPresent()) return repeated(text, integer(left), meter);
        if (sign.equals("*") && left instanceof Items items && b.isPresent()) return repeated(items, integer(right), meter);
        if (sign.equals("%") && left instanceof Text text)
            return Formats.percent(text, right instanceof Items(var all, var tuple) && tuple ? all : List.of(right), meter);
        throw new JinjaException("found %s %s %s".formatted(left.kind(), sign, right.kind()));
    }

    private static Items joined(Items first, Items second, Meter meter) {
        meter.spend(first.all().size() + second.all().size());
        var all = new ArrayList<>(first.all());
        all.addAll(second.all());
        return new Items(List.copyOf(all), first.isTuple());
    }

    private static Text repeated(Text text, int count, Meter meter) {
        var all = new Text.Builder(meter);
        for (int i = 0; i < count && text.length() > 0; i++) all.add(text);
        return all.text();
    }

    private static Items repeated(Items items, int count, Meter meter) {
        var all = new ArrayList<Value>();
        for (int i = 0; i < count && !items.all().isEmpty(); i++) {
            meter.spend(items.all().size());
            all.addAll(items.all());
        }
        return new Items(List.copyOf(all), items.isTuple());
    }

    private static Value whole(String sign, BigInteger a, BigInteger b) {
        return switch (sign) {
            case "+" -> checked(a.add(b));
            case "-" -> checked(a.subtract(b));
            case "*" -> checked(a.multiply(b));
            case "//" -> checked(floor(a, b)[0]);
            case "%" -> checked(floor(a, b)[1]);
            case "**" -> power(a, b);
            default -> throw new IllegalStateException(sign);
        };
    }

    private static Value power(BigInteger a, BigInteger b) {
        if (b.signum() < 0) return new Real(Math.pow(a.doubleValue(), b.doubleValue()));
        if (b.bitLength() > 12 || (long) a.bitLength() * b.intValue() > MOST_BITS) throw new JinjaException("a number has more than " + MOST_BITS + " bits");
        return checked(a.pow(b.intValue()));
    }

    /// Quotient rounded down, and what is left.
    private static BigInteger[] floor(BigInteger a, BigInteger b) {
        if (b.signum() == 0) throw new JinjaException("a division by zero");
        BigInteger[] both = a.divideAndRemainder(b);
        return both[1].signum() != 0 && both[1].signum() != b.signum()
                ? new BigInteger[] {both[0].subtract(BigInteger.ONE), both[1].add(b)}
                : both;
    }

    private static double real(String sign, double x, double y) {
        boolean divides = sign.equals("/") || sign.equals("//") || sign.equals("%");
        if (divides && y == 0) throw new JinjaException("a division by zero");
        return switch (sign) {
            case "+" -> x + y;
            case "-" -> x - y;
            case "*" -> x * y;
            case "/" -> x / y;
            case "//" -> Math.floor(x / y);
            case "%" -> x - Math.floor(x / y) * y;
            case "**" -> Math.pow(x, y);
            default -> throw new IllegalStateException(sign);
        };
    }

    // ---- comparison ----

    static boolean compare(String sign, Value left, Value right, Meter meter) {
        return switch (sign) {
            case "==" -> equal(left, right, meter);
            case "!=" -> !equal(left, right, meter);
            case "<" -> order(left, right, meter) < 0;
            case "<=" -> order(left, right, meter) <= 0;
            case ">" -> order(left, right, meter) > 0;
            case ">=" -> order(left, right, meter) >= 0;
            case "in" -> isIn(left, right, meter);
            case "not in" -> !isIn(left, right, meter);
            default -> throw new IllegalStateException(sign);
        };
    }

    /// Namespaces and functions are equal if they are the same one.
    @SuppressWarnings("ReferenceEquality")
    static boolean equal(Value left, Value right, Meter meter) {
        meter.enter();
        boolean equal = switch (left) {
            case Text text -> right instanceof Text other && text.length() == other.length() && text.matches(other, 0, meter);
            case Int _, Bool _, Real _ -> number(right).isPresent() && order(left, right, meter) == 0;
            case None _ -> right == None.NONE;
            case Undefined _ -> right instanceof Undefined;
            case Items(var all, var tuple) -> right instanceof Items(var others, var isTuple) && tuple == isTuple && all.size() == others.size()
                    && same(all, others, meter);
            case Table(var all) -> right instanceof Table(var others) && all.keySet().equals(others.keySet())
                    && same(List.copyOf(all.values()), all.keySet().stream().map(others::get).toList(), meter);
            case Value.Space _, Value.Function _ -> left == right;
        };
        meter.leave();
        return equal;
    }

    private static boolean same(List<Value> all, List<Value> others, Meter meter) {
        for (int i = 0; i < all.size(); i++) if (!equal(all.get(i), others.get(i), meter)) return false;
        return true;
    }

    /// @throws JinjaException if they have no order
    static int order(Value left, Value right, Meter meter) {
        meter.spend(1);
        Optional<BigInteger> a = whole(left), b = whole(right);
        if (a.isPresent() && b.isPresent()) return a.get().compareTo(b.get());
        Optional<Double> x = number(left), y = number(right);
        if (x.isPresent() && y.isPresent()) return exact(left, x.get()).compareTo(exact(right, y.get()));
        if (left instanceof Text text && right instanceof Text other) {
            int at = 0, end = Math.min(text.length(), other.length());
            while (at < end && text.point(at) == other.point(at)) at++;
            meter.spend(at);
            return at < end ? Integer.compare(text.point(at), other.point(at)) : Integer.compare(text.length(), other.length());
        }
        if (left instanceof Items(var all, _) && right instanceof Items(var others, _)) {
            for (int i = 0; i < Math.min(all.size(), others.size()); i++)
                if (!equal(all.get(i), others.get(i), meter)) return order(all.get(i), others.get(i), meter);
            return Integer.compare(all.size(), others.size());
        }
        throw new JinjaException("%s and %s have no order".formatted(left.kind(), right.kind()));
    }

    private static BigDecimal exact(Value value, double x) {
        if (Double.isNaN(x) || Double.isInfinite(x)) throw new JinjaException("a number is not finite");
        return whole(value).map(BigDecimal::new).orElseGet(() -> new BigDecimal(x));
    }

    private static boolean isIn(Value left, Value right, Meter meter) {
        return switch (right) {
            case Text text when left instanceof Text part -> text.find(part, 0, text.length(), meter) >= 0;
            case Items(var all, _) -> all.stream().anyMatch(one -> equal(left, one, meter));
            case Table(Map<String, Value> all) -> left instanceof Text key && all.containsKey(key.toString());
            case Undefined _ -> false;
            case Text _, Int _, Real _, Bool _, None _, Value.Space _, Value.Function _ ->
                throw new JinjaException("found %s in %s".formatted(left.kind(), right.kind()));
        };
    }

    // ---- parts ----

    /// What a loop goes over: of a text its characters, of a dictionary its keys.
    static List<Value> all(Value of, Meter meter) {
        List<Value> all = switch (of) {
            case Items(var items, _) -> items;
            case Table(var table) -> table.keySet().stream().<Value>map(Text::input).toList();
            case Text text -> {
                var points = new ArrayList<Value>();
                for (int i = 0; i < text.length(); i++) points.add(text.part(i, i + 1));
                yield points;
            }
            case Undefined _ -> List.of();
            case Int _, Real _, Bool _, None _, Value.Space _, Value.Function _ -> throw new JinjaException(of.kind() + " has no parts");
        };
        meter.spend(all.size());
        return all;
    }

    /// Places that a slice takes, as Python counts them.
    static int[] places(int length, Optional<Integer> begin, Optional<Integer> end, int step) {
        if (step == 0) throw new JinjaException("a slice has the step 0");
        int low = step > 0 ? 0 : -1, high = step > 0 ? length : length - 1;
        int first = begin.map(at -> bounded(at, length, low, high)).orElse(step > 0 ? low : high);
        int last = end.map(at -> bounded(at, length, low, high)).orElse(step > 0 ? high : low);
        long count = step > 0 ? Math.ceilDiv((long) last - first, step) : Math.ceilDiv((long) first - last, -(long) step);
        int[] places = new int[(int) Math.max(0, count)];
        for (int i = 0; i < places.length; i++) places[i] = first + i * step;
        return places;
    }

    private static int bounded(int at, int length, int low, int high) {
        return Math.clamp(at < 0 ? (long) at + length : at, low, high);
    }
}
