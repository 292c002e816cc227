package tern.ir;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// What a kernel computes, without a word on how: parameters, and one formula for an element of the result.
///
/// Dimensions: `m` weight rows (outputs), `k` inputs, `n` tokens. m and k are constants of a compiled kernel, n is a
/// run-time number.
///
///     kernel bitlinear(x: i8[n, k], w: weight[m, k], sx: f32[n], sw: f32[m]) -> y: f32[n, m]
///       { y[i, j] = sum(k: x[i, k] * w[j, k]) * sw[j] * sx[i] }
///
/// @param source  name of the text that declares it
/// @param line    of the formula in that text, 1-based
/// @param result  f32 or i32, of dimensions n, m
public record KernelDef(String name, String source, int line, List<Param> params, Param result, Formula formula) {

    public KernelDef {
        params = List.copyOf(params);
    }

    /// A parameter: activations (i8 `[n, k]`), packed weights (`[m, k]`), or a tensor of floats over any of n, m and the groups along k.
    ///
    /// @param dims names of the dimensions, outermost first; `k/64` counts the groups of 64 along k, the last of which may be smaller
    public record Param(String name, Kind kind, List<String> dims) {
        public Param {
            dims = List.copyOf(dims);
        }
    }

    public enum Kind {
        /// Packed weights; the packing is chosen by the schedule.
        WEIGHT("weight"),
        I8("i8"),
        I32("i32"),
        F16("f16"),
        BF16("bf16"),
        F32("f32");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        /// Whether it is widened to f32 where it takes part.
        public boolean isFloat() {
            return this == F16 || this == BF16 || this == F32;
        }

        /// Bytes of one element in memory, for what is no packed weight.
        public int bytes() {
            return switch (this) {
                case I8 -> 1;
                case F16, BF16 -> 2;
                case I32, F32 -> 4;
                case WEIGHT -> throw new IllegalArgumentException("weights are packed");
            };
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /// The value of one element of the result.
    public sealed interface Formula {
        /// An element of a parameter; `indices` names the result's indices (in the order of the parameter's dimensions).
        record At(String param, List<String> indices) implements Formula {
            public At {
                indices = List.copyOf(indices);
            }
        }

        /// `sum(k: x[i, k] * w[j, k])`, exact in i32.
        ///
        /// @param activations name of the i8 parameter
        /// @param weights     name of the weight parameter
        record Dot(String activations, String weights) implements Formula {}

        /// `sum(g: sum(k: x[i, k] * w[j, k]) * sw[g, j] * sx[i])`: of each group of neighbours along k the exact i32 sum d, and over the
        /// groups, ascending from acc = 0, the chain `acc = fma(f32(d), sw * sx, acc)`, where the product of the scales is found first, from
        /// left to right. This order is part of the definition.
        ///
        /// @param scales parameters of floats, at least one with a dimension of groups; groups of the sum are as long as divides all of them
        record Groups(Dot dot, List<At> scales) implements Formula {
            public Groups {
                scales = List.copyOf(scales);
            }
        }

        record Number(float value) implements Formula {}

        record Apply(Function function, List<Formula> arguments) implements Formula {
            public Apply {
                arguments = List.copyOf(arguments);
            }
        }
    }

    /// Element-wise functions. Sums are float once a float takes part; an i32 becomes f32 by rounding to nearest even.
    public enum Function {
        ADD,
        SUBTRACT,
        MULTIPLY,
        MIN,
        MAX,
        /// max(a, 0)
        RELU,
        /// a * a
        SQUARE,
        /// a / (1 + exp(-a))
        SILU
    }

    public Param param(String name) {
        return find(name).orElseThrow(() -> new IllegalArgumentException("kernel " + this.name + " has no parameter " + name));
    }

    public Optional<Param> find(String name) {
        for (Param param : params) if (param.name().equals(name)) return Optional.of(param); // no stream: oracles ask for each result
        return Optional.empty();
    }

    /// The weight parameters, in order.
    public List<Param> weights() {
        return params.stream().filter(p -> p.kind() == Kind.WEIGHT).toList();
    }

    /// The activations, `[n, k]`.
    public Param activations() {
        return params.stream().filter(p -> p.kind() == Kind.I8).findFirst().orElseThrow();
    }

    /// The same with weights that have a scale for each group along k: each product of a sum, weight scales `[m]` and activation scales `[n]`
    /// becomes a sum over groups.
    ///
    /// @param scales F16, BF16 or F32: of the weights
    /// @param group  weights that share a scale
    /// @throws IllegalArgumentException if the kernel is no such kernel
    public KernelDef byGroups(Kind scales, int group) {
        return byGroups(scales, group, 0);
    }

    /// The same with activations that have scales of groups, too.
    ///
    /// @param group       weights that share a scale, 0 for a row
    /// @param activations that share a scale, 0 for a token
    public KernelDef byGroups(Kind scales, int group, int activations) {
        var grouped = new LinkedHashMap<String, Param>();
        for (Param param : params) grouped.put(param.name, param);
        Formula formula = new Regrouping(this, scales, group, activations, grouped).of(this.formula);
        String name = this.name + (group == 0 ? "" : "_g" + group + scales) + (activations == 0 ? "" : "_a" + activations);
        return new KernelDef(name, source, line, List.copyOf(grouped.values()), result, formula);
    }

    /// @param params by name; those of scales get dimensions of groups
    private record Regrouping(KernelDef kernel, Kind scales, int group, int activations, Map<String, Param> params) {

        Formula of(Formula formula) {
            return switch (formula) {
                case Formula.Apply(Function function, var arguments) -> {
                    if (function == Function.MULTIPLY && arguments.get(0) instanceof Formula.Apply(Function inner, var both)
                            && inner == Function.MULTIPLY && both.get(0) instanceof Formula.Dot dot
                            && both.get(1) instanceof Formula.At weights && arguments.get(1) instanceof Formula.At tokens)
                        yield new Formula.Groups(dot, List.of(scale(weights, "m", scales, group), scale(tokens, "n", Kind.F32, activations)));
                    yield new Formula.Apply(function, arguments.stream().map(this::of).toList());
                }
                case Formula.Dot dot -> throw new IllegalArgumentException("kernel %s: a sum with %s stands alone".formatted(kernel.name, dot.weights));
                case Formula.At _, Formula.Groups _, Formula.Number _ -> formula;
            };
        }

        private Formula.At scale(Formula.At at, String dim, Kind kind, int size) {
            Param param = kernel.param(at.param());
            if (!param.dims.equals(List.of(dim)) || param.kind != Kind.F32)
                throw new IllegalArgumentException("kernel %s: %s is no scale over %s".formatted(kernel.name, param.name, dim));
            if (size == 0) return at;
            String groups = "k/" + size, own = at.indices().getFirst();
            boolean rows = dim.equals("m");
            params.put(param.name, new Param(param.name, kind, rows ? List.of(groups, dim) : List.of(dim, groups)));
            return new Formula.At(param.name, rows ? List.of("g", own) : List.of(own, "g"));
        }
    }

    /// Neighbours along k that are summed up in i32 before scales take part; 0 where that is all of k.
    public int group() {
        return group(formula);
    }

    private int group(Formula formula) {
        return switch (formula) {
            case Formula.At _, Formula.Dot _, Formula.Number _ -> 0;
            case Formula.Groups(_, var scales) -> scales.stream()
                    .flatMap(scale -> param(scale.param()).dims().stream())
                    .mapToInt(KernelDef::groupOf)
                    .reduce(0, KernelDef::divisor);
            case Formula.Apply(_, var arguments) -> arguments.stream().mapToInt(this::group).max().orElse(0);
        };
    }

    /// The different sums over groups of a weight parameter.
    public List<Formula.Groups> groups(String weights) {
        return groups(formula).filter(groups -> groups.dot().weights().equals(weights)).distinct().toList();
    }

    private static Stream<Formula.Groups> groups(Formula formula) {
        return switch (formula) {
            case Formula.At _, Formula.Dot _, Formula.Number _ -> Stream.empty();
            case Formula.Groups groups -> Stream.of(groups);
            case Formula.Apply(_, var arguments) -> arguments.stream().flatMap(KernelDef::groups);
        };
    }

    /// 64 for `k/64`, 0 for what counts no groups.
    public static int groupOf(String dim) {
        return dim.startsWith("k/") ? Integer.parseInt(dim.substring(2)) : 0;
    }

    /// How many there are of a dimension other than k.
    public static int size(String dim, int n, int m, int k) {
        return switch (dim) {
            case "n" -> n;
            case "m" -> m;
            default -> Math.ceilDiv(k, groupOf(dim));
        };
    }

    private static int divisor(int a, int b) {
        return b == 0 ? a : divisor(b, a % b);
    }
}
