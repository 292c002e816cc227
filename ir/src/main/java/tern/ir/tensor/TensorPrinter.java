package tern.ir.tensor;

import static java.util.stream.Collectors.joining;

import java.util.List;
import java.util.Locale;
import tern.ir.loop.Expr;
import tern.ir.loop.LoopPrinter;
import tern.ir.tensor.Formula.Operation;

/// The text of a [TensorProgram], its constants in their places.
final class TensorPrinter {

    private TensorPrinter() {}

    static String print(TensorProgram program) {
        var out = new StringBuilder(program.name()).append('(');
        out.append(program.tensors().stream().map(tensor -> parameter(tensor, program.tensors())).collect(joining(", "))).append(") {\n");
        for (var region : program.regions()) {
            out.append("  for ").append(indices(region.indices())).append(" {\n");
            for (Statement statement : region.body()) out.append("    ").append(statement(statement)).append('\n');
            out.append("  }\n");
        }
        return out.append("}\n").toString();
    }

    private static String parameter(Tensor tensor, List<Tensor> all) {
        String text = tensor.name() + ": " + tensor.element() + list(tensor.extents());
        Tensor.Place place = tensor.place();
        if (place == null) return text;
        Tensor whole = all.get(place.parameter());
        if (!whole.equals(tensor)) text += " of " + whole.name();
        if (place.offset() != 0) text += " at " + place.offset();
        return place.apart() == 0 ? text : text + " apart " + place.apart();
    }

    private static String list(List<Expr> exprs) {
        return exprs.isEmpty() ? "" : exprs.stream().map(LoopPrinter::print).collect(joining(", ", "[", "]"));
    }

    private static String indices(List<Index> indices) {
        return indices.stream().map(TensorPrinter::index).collect(joining(", "));
    }

    private static String index(Index index) {
        String to = LoopPrinter.print(index.to());
        return index.from().equals(Expr.i32(0)) ? index.var() + " < " + to
                : index.var() + " in " + LoopPrinter.print(index.from()) + " .. " + to;
    }

    private static String statement(Statement statement) {
        return switch (statement) {
            case Statement.Let(var variable, Expr value) -> "let " + variable + " = " + LoopPrinter.print(value);
            case Statement.Define(var indices, var targets, var values) -> (indices.isEmpty() ? "" : "for " + indices(indices) + ": ")
                    + targets.stream().map(TensorPrinter::formula).collect(joining(", ")) + " = "
                    + values.stream().map(TensorPrinter::formula).collect(joining(", "));
        };
    }

    static String formula(Formula formula) {
        return switch (formula) {
            case Formula.Real(float value) -> Float.toString(value);
            case Formula.Element(Tensor tensor, var at) -> tensor.name() + list(at);
            case Formula.Reduction(var order, Index index, Formula term) ->
                order.name().toLowerCase(Locale.ROOT) + "(" + index(index) + ": " + formula(term) + ")";
            case Formula.Apply apply -> {
                Operation operation = apply.operation();
                List<String> parts = apply.of().stream().map(TensorPrinter::formula).toList();
                yield switch (operation) {
                    case ADD -> "(" + String.join(" + ", parts) + ")";
                    case SUBTRACT -> "(" + String.join(" - ", parts) + ")";
                    case MULTIPLY -> "(" + String.join(" * ", parts) + ")";
                    case DIVIDE -> "(" + String.join(" / ", parts) + ")";
                    case NEGATE -> "-(" + parts.getFirst() + ")";
                    case WHERE_LESS, WHERE_EQUAL -> "where(" + parts.get(0) + (operation == Operation.WHERE_LESS ? " < " : " == ")
                            + String.join(", ", parts.subList(1, 4)) + ")";
                    case MIN, MAX, ABS, SQRT, ROUND, EXP, FMA ->
                        operation.name().toLowerCase(Locale.ROOT) + "(" + String.join(", ", parts) + ")";
                };
            }
        };
    }
}
