package tern.autotune.verify;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tern.ir.Exponential;
import tern.ir.KernelDef;
import tern.ir.KernelDef.Formula;
import tern.ir.KernelDef.Kind;
import tern.ir.KernelDef.Param;

/// What a kernel's definition means, in plain Java: loops over digits, and the formula node by node. It knows nothing of packings,
/// schedules and loops.
final class Oracle {

    private final KernelDef kernel;
    private final int m, k, n, size, groups;
    /// `[group, n, m]` by weight parameter; one group where the kernel knows none.
    private final Map<String, int[]> sums = new HashMap<>();
    /// Float and i32 parameters, the latter as they are.
    private final Map<String, float[]> floats;
    private final Map<String, int[]> ints;

    Oracle(
            KernelDef kernel, int m, int k, int n, byte[] x, List<HostileWeights> weights, Map<String, float[]> floats, Map<String, int[]> ints) {
        this.kernel = kernel;
        this.m = m;
        this.k = k;
        this.n = n;
        size = kernel.group() == 0 ? k : kernel.group();
        groups = Math.ceilDiv(k, size);
        this.floats = floats;
        this.ints = ints;
        for (int w = 0; w < weights.size(); w++)
            sums.put(kernel.weights().get(w).name(), multiply(x, weights.get(w)));
    }

    private int[] multiply(byte[] x, HostileWeights weights) {
        int[] sums = new int[groups * n * m];
        for (int j = 0; j < m; j++) {
            byte[] row = weights.row(j);
            for (int token = 0; token < n; token++)
                for (int i = 0; i < k; i++) sums[(i / size * n + token) * m + j] += x[token * k + i] * row[i];
        }
        return sums;
    }

    /// The bits of the result at `[token, row]`, i32 or f32.
    int bits(Formula formula, int token, int row) {
        if (kernel.result().kind() == Kind.I32) return integer(formula, token, row);
        return Float.floatToRawIntBits(real(formula, token, row));
    }

    int sum(String weights, int token, int row) {
        return sumsOf(weights)[token * m + row];
    }

    private int[] sumsOf(String weights) {
        int[] found = sums.get(weights);
        if (found == null) throw new IllegalArgumentException("no weights are named " + weights);
        return found;
    }

    /// Sums are integers until a float takes part.
    private boolean isFloat(Formula formula) {
        return switch (formula) {
            case Formula.Dot _ -> false;
            case Formula.Groups _ -> true;
            case Formula.Number _ -> true;
            case Formula.At at -> kernel.param(at.param()).kind().isFloat();
            case Formula.Apply apply -> apply.function() == KernelDef.Function.SILU || apply.arguments().stream().anyMatch(this::isFloat);
        };
    }

    private int index(Formula.At at, int token, int row, int group) {
        Param param = kernel.param(at.param());
        int index = 0;
        for (String dim : param.dims())
            index = index * KernelDef.size(dim, n, m, k) + switch (dim) {
                case "n" -> token;
                case "m" -> row;
                default -> group * size / KernelDef.groupOf(dim);
            };
        return index;
    }

    private float real(Formula.At at, int token, int row, int group) {
        return java.util.Objects.requireNonNull(floats.get(at.param()))[index(at, token, row, group)];
    }

    private float chain(Formula.Groups formula, int token, int row) {
        float chain = 0;
        for (int group = 0; group < groups; group++) {
            float scale = real(formula.scales().getFirst(), token, row, group);
            for (Formula.At at : formula.scales().subList(1, formula.scales().size())) scale *= real(at, token, row, group);
            chain = Math.fma((float) sumsOf(formula.dot().weights())[(group * n + token) * m + row], scale, chain);
        }
        return chain;
    }

    private int integer(Formula formula, int token, int row) {
        return switch (formula) {
            case Formula.Dot dot -> sum(dot.weights(), token, row);
            case Formula.At at -> java.util.Objects.requireNonNull(ints.get(at.param()))[index(at, token, row, 0)];
            case Formula.Groups groups -> throw new IllegalArgumentException(groups + " is no integer");
            case Formula.Number number -> throw new IllegalArgumentException(number + " is no integer");
            case Formula.Apply(var function, var arguments) -> {
                int a = integer(arguments.getFirst(), token, row), b = integer(arguments.getLast(), token, row);
                yield switch (function) {
                    case ADD -> a + b;
                    case SUBTRACT -> a - b;
                    case MULTIPLY -> a * b;
                    case MIN -> Math.min(a, b);
                    case MAX -> Math.max(a, b);
                    case RELU -> Math.max(a, 0);
                    case SQUARE -> a * a;
                    case SILU -> throw new IllegalArgumentException("silu of an integer");
                };
            }
        };
    }

    private float real(Formula formula, int token, int row) {
        if (!isFloat(formula)) return integer(formula, token, row);
        return switch (formula) {
            case Formula.Dot dot -> sum(dot.weights(), token, row);
            case Formula.Number(float value) -> value;
            case Formula.Groups groups -> chain(groups, token, row);
            case Formula.At at -> real(at, token, row, 0);
            case Formula.Apply(var function, var arguments) -> {
                float a = real(arguments.getFirst(), token, row), b = real(arguments.getLast(), token, row);
                yield switch (function) {
                    case ADD -> a + b;
                    case SUBTRACT -> a - b;
                    case MULTIPLY -> a * b;
                    case MIN -> Math.min(a, b);
                    case MAX -> Math.max(a, b);
                    case RELU -> Math.max(a, 0);
                    case SQUARE -> a * a;
                    case SILU -> a / (1 + Exponential.exp(-a));
                };
            }
        };
    }
}
