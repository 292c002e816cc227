package tern.ir.loop;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Expr.Compare.Relation;
import tern.ir.loop.LoopLexer.Kind;
import tern.ir.loop.LoopLexer.Token;

/// The expressions of [LoopParser], one method for each level of binding; see [LoopPrinter] for the levels.
final class ExprParser {

    private static final Pattern TYPE = Pattern.compile("(bool|[a-z]+[0-9]+)(?:x([0-9]{1,6}))?");

    private static final List<Operation> PRODUCTS = List.of(Operation.MULTIPLY, Operation.DIVIDE, Operation.REMAINDER);
    private static final List<Operation> SUMS = List.of(Operation.ADD, Operation.SUBTRACT);
    private static final List<Operation> SHIFTS =
            List.of(Operation.SHIFT_LEFT, Operation.SHIFT_RIGHT, Operation.SHIFT_RIGHT_LOGICAL);
    private static final List<Operation> BITS = List.of(Operation.AND, Operation.OR, Operation.XOR);

    private final LoopTokens tokens;
    private final Map<String, Var> variables;
    private final Map<String, Buf> buffers;

    ExprParser(LoopTokens tokens, Map<String, Var> variables, Map<String, Buf> buffers) {
        this.tokens = tokens;
        this.variables = variables;
        this.buffers = buffers;
    }

    /// `buffer[index +: width below limit]`.
    record Access(Buf buffer, Expr index, int width, @Nullable Expr limit) {}

    Expr expr() {
        int depth = tokens.depth();
        tokens.enterNested(tokens.peek());
        Expr a = bits();
        for (Relation relation : Relation.values())
            if (tokens.accept(ExprPrinter.sign(relation))) {
                a = new Expr.Compare(relation, a, bits());
                break;
            }
        tokens.depth(depth);
        return a;
    }

    private Expr bits() {
        Expr a = shift();
        Operation chain = null;
        for (Operation op = operator(BITS); op != null; op = operator(BITS)) {
            if (chain != null && op != chain) throw tokens.problem(tokens.peek(), "'&', '|' and '^' need parentheses among each other");
            chain = op;
            a = binary(op, tokens.take(), a, shift());
        }
        return a;
    }

    private Expr shift() {
        Expr a = sum();
        for (Operation op = operator(SHIFTS); op != null; op = operator(SHIFTS)) a = binary(op, tokens.take(), a, sum());
        return a;
    }

    private Expr sum() {
        Expr a = product();
        for (Operation op = operator(SUMS); op != null; op = operator(SUMS)) a = binary(op, tokens.take(), a, product());
        return a;
    }

    private Expr product() {
        Expr a = prefix();
        for (Operation op = operator(PRODUCTS); op != null; op = operator(PRODUCTS))
            a = binary(op, tokens.take(), a, prefix());
        return a;
    }

    private @Nullable Operation operator(List<Operation> operations) {
        for (Operation op : operations) {
            String sign = ExprPrinter.sign(op);
            if (sign != null && tokens.isNext(sign)) return op;
        }
        return null;
    }

    /// A chain leans to the left: each further operand is a level of the tree.
    private Expr binary(Operation op, Token at, Expr a, Expr b) {
        tokens.enter(at);
        return new Expr.Binary(op, a, b);
    }

    private Expr prefix() {
        Token sign = tokens.peek();
        boolean literal = tokens.peek(1).kind() == Kind.INTEGER || tokens.peek(1).kind() == Kind.REAL || tokens.peek(1).is("inf");
        if (sign.is("~") || sign.is("-") && !literal) {
            tokens.take();
            tokens.enter(sign);
            return new Expr.Unary(sign.is("~") ? Expr.Unary.Operation.NOT : Expr.Unary.Operation.NEGATE, prefix());
        }
        Expr a = primary();
        while (true) {
            Token word = tokens.peek();
            if (word.is("as")) a = new Expr.Convert(suffixType(), a);
            else if (word.is("bits")) a = new Expr.Bitcast(suffixType(), a);
            else if (word.is("splat")) a = new Expr.Broadcast(suffixType(), a);
            else return a;
            tokens.enter(word);
        }
    }

    private Type suffixType() {
        tokens.take();
        return type();
    }

    private Expr primary() {
        Token token = tokens.peek();
        if (token.is("(")) {
            tokens.take();
            Expr inner = expr();
            tokens.expect(")");
            return inner;
        }
        if (token.is("-") || token.kind() == Kind.INTEGER || token.kind() == Kind.REAL || token.is("nan") || token.is("inf"))
            return literal();
        tokens.expect(Kind.NAME, "a value");
        if (tokens.isNext("(")) return call(token);
        if (!tokens.isNext("[")) return new Expr.Ref(variable(token));
        Access access = access(token);
        Element element = tokens.accept(":") ? element() : access.buffer().element();
        return new Expr.Load(lanes(token, element, access.width()), access.buffer(), access.index(), access.limit());
    }

    private Expr literal() {
        Token first = tokens.peek();
        if (tokens.peek(first.is("-") ? 1 : 0).kind() == Kind.INTEGER) {
            long value = tokens.integer(Long.MIN_VALUE, Long.MAX_VALUE);
            return new Expr.Int(tokens.accept(":") ? type() : Type.I32, value);
        }
        boolean minus = tokens.accept("-");
        Token number = tokens.take();
        float value = number.is("inf") ? Float.POSITIVE_INFINITY : number.is("nan") ? Float.NaN : Float.parseFloat(number.text());
        return new Expr.Real(tokens.accept(":") ? type() : Type.F32, minus ? -value : value);
    }

    private Expr call(Token name) {
        tokens.expect("(");
        Expr value = switch (name.text()) {
            case "mulhi" -> new Expr.Binary(Operation.MULTIPLY_HIGH, expr(), last());
            case "min" -> new Expr.Binary(Operation.MIN, expr(), last());
            case "max" -> new Expr.Binary(Operation.MAX, expr(), last());
            case "abs" -> new Expr.Unary(Expr.Unary.Operation.ABS, expr());
            case "sqrt" -> new Expr.Unary(Expr.Unary.Operation.SQRT, expr());
            case "round" -> new Expr.Unary(Expr.Unary.Operation.ROUND, expr());
            case "fma" -> new Expr.Fma(expr(), last(), last());
            case "select" -> new Expr.Select(expr(), last(), last());
            case "dot" -> new Expr.Dot(expr(), last(), last());
            case "lookup" -> new Expr.Lookup(expr(), last());
            case "shuffle" -> {
                Expr a = expr();
                tokens.expect(",");
                List<Integer> pattern = pattern();
                lanes(name, a.type().element(), pattern.size());
                yield new Expr.Shuffle(a, pattern);
            }
            case "lane" -> new Expr.Lane(type());
            case "gather" -> gather(name);
            case "mma" -> new Expr.Mma(expr(), List.of(last(), last(), last(), last()), List.of(last(), last()));
            default -> new Expr.Reduce(reduction(name), expr());
        };
        tokens.expect(")");
        return value;
    }

    /// `gather(w, indices, 4)`.
    private Expr gather(Token name) {
        Buf buffer = buffer(tokens.expect(Kind.NAME, "a buffer"));
        Expr indices = last();
        tokens.expect(",");
        long run = tokens.integer(1, 1 << 16);
        long lanes = run * indices.type().lanes();
        return new Expr.Gather(lanes(name, buffer.element(), (int) Math.min(lanes, Integer.MAX_VALUE)), buffer, indices);
    }

    /// The next argument.
    private Expr last() {
        tokens.expect(",");
        return expr();
    }

    private Operation reduction(Token name) {
        for (Operation op : Operation.values())
            if (name.text().equals("reduce_" + LoopPrinter.word(op))) return op;
        throw tokens.problem(name, "no function '" + name.text() + "'");
    }

    /// `[0, 2, 4..7]`.
    private List<Integer> pattern() {
        var pattern = new ArrayList<Integer>();
        tokens.expect("[");
        do {
            Token at = tokens.peek();
            int first = (int) tokens.integer(Integer.MIN_VALUE, Integer.MAX_VALUE), last = first;
            if (tokens.accept("..")) last = (int) tokens.integer(Integer.MIN_VALUE, Integer.MAX_VALUE);
            if (last < first || (long) last - first >= 1 << 16) throw tokens.problem(at, "no run of lanes: " + first + ".." + last);
            int step = tokens.accept("step") ? (int) tokens.integer(1, Integer.MAX_VALUE) : 1;
            for (long lane = first; lane <= last; lane += step) pattern.add((int) lane);
        } while (tokens.accept(","));
        tokens.expect("]");
        return pattern;
    }

    /// What follows a buffer's name.
    Access access(Token name) {
        Buf buffer = buffer(name);
        tokens.expect("[");
        Expr index = expr();
        Token at = tokens.peek();
        int width = tokens.accept("+:") ? (int) tokens.integer(1, Integer.MAX_VALUE) : 1;
        Expr limit = tokens.accept("below") ? expr() : null;
        tokens.expect("]");
        if (width < 1) throw tokens.problem(at, "no elements");
        return new Access(buffer, index, width, limit);
    }

    Buf buffer(Token name) {
        Buf buffer = buffers.get(name.text());
        if (buffer == null) throw tokens.problem(name, "no buffer '" + name.text() + "'");
        return buffer;
    }

    Var variable(Token name) {
        Var var = variables.get(name.text());
        if (var == null) throw tokens.problem(name, "no variable '" + name.text() + "'");
        return var;
    }

    Element element() {
        Token token = tokens.expect(Kind.NAME, "an element type");
        try {
            return Element.of(token.text());
        } catch (IllegalArgumentException e) {
            throw tokens.problem(token, String.valueOf(e.getMessage()));
        }
    }

    Type type() {
        Token token = tokens.expect(Kind.NAME, "a type");
        Matcher parts = TYPE.matcher(token.text());
        if (!parts.matches()) throw tokens.problem(token, "no type '" + token.text() + "'");
        try {
            String lanes = parts.group(2);
            return lanes(token, Element.of(parts.group(1)), lanes == null ? 1 : Integer.parseInt(lanes));
        } catch (IllegalArgumentException e) {
            throw tokens.problem(token, String.valueOf(e.getMessage()));
        }
    }

    private Type lanes(Token at, Element element, int lanes) {
        if (Integer.bitCount(lanes) != 1) throw tokens.problem(at, "lanes must be a power of two: " + lanes);
        return new Type(element, lanes);
    }
}
