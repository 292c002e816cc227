package tern.scheduler.operation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Var;
import tern.ir.tensor.Index;
import tern.scheduler.program.Names;

/// Loops around a body.
final class Nests {

    private Nests() {}

    /// An index whose ends have other expressions for variables.
    static Index put(Index index, Map<Var, Expr> values) {
        return new Index(index.var(), Steps.put(index.from(), values), Steps.put(index.to(), values));
    }

    static Map<Var, Expr> with(Map<Var, Expr> values, Var var, Expr value) {
        var all = new HashMap<>(values);
        all.put(var, value);
        return all;
    }

    /// @param indices outermost first
    /// @param values  for variables of indices further out
    /// @param body    statements, given expressions for all indices
    static Loop around(Names names, List<Index> indices, Map<Var, Expr> values, Function<Map<Var, Expr>, Loop> body) {
        if (indices.isEmpty()) return body.apply(values);
        Index index = put(indices.getFirst(), values);
        List<Index> inner = indices.subList(1, indices.size());
        return Loop.block(Strips.single(names, index, at -> around(names, inner, with(values, index.var(), at), body)));
    }

    /// As above, with several values of some indices at a time.
    ///
    /// @param tile how many, for each index
    /// @param body statements, given expressions for all indices once for each combination of a tile
    static Loop tiled(Names names, List<Index> indices, List<Integer> tile, List<Map<Var, Expr>> values, Function<List<Map<Var, Expr>>, Loop> body) {
        if (indices.isEmpty()) return body.apply(values);
        Index index = put(indices.getFirst(), values.getFirst());
        List<Index> inner = indices.subList(1, indices.size());
        List<Integer> rest = tile.subList(1, tile.size());
        Function<Integer, Function<Expr, Loop>> strip = width -> at -> {
            List<Map<Var, Expr>> points = new ArrayList<>();
            for (var value : values)
                for (int i = 0; i < width; i++) points.add(with(value, index.var(), Expr.add(at, Expr.i32(i))));
            return tiled(names, inner, rest, points, body);
        };
        int width = tile.getFirst();
        return Loop.block(Strips.of(names, index, width, strip.apply(width),
                from -> Loop.block(Strips.single(names, new Index(index.var(), from, index.to()), strip.apply(1)))));
    }
}
