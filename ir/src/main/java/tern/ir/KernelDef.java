package tern.ir;

import java.util.List;
import java.util.Optional;

/// What a kernel computes, without a word on how: parameters, and one formula for an element of the result.
///
/// Dimensions: `m` weight rows (outputs), `k` inputs, `n` tokens. m and k are constants of a compiled kernel, n is a
/// run-time number.
///
///     kernel bitlinear(x: i8[n, k], w: weight[m, k], sx: f32[n], sw: f32[m]) -> y: f32[n, m]
///       { y[i, j] = sum(k: x[i, k] * w[j, k]) * sw[j] * sx[i] }
///
/// @param source  name of the text it stands in
/// @param line    of the formula in that text, 1-based
/// @param result  f32 or i32, of dimensions n, m
public record KernelDef(String name, String source, int line, List<Param> params, Param result, Formula formula) {

    public KernelDef {
        params = List.copyOf(params);
    }

    /// A parameter: activations (i8 `[n, k]`), packed weights (`[m, k]`), or a tensor of floats over any of n and m.
    ///
    /// @param dims names of the dimensions, outermost first
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
        F32("f32");

        private final String text;

        Kind(String text) {
            this.text = text;
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
        return params.stream().filter(p -> p.name().equals(name)).findFirst();
    }

    /// The weight parameters, in order.
    public List<Param> weights() {
        return params.stream().filter(p -> p.kind() == Kind.WEIGHT).toList();
    }

    /// The activations, `[n, k]`.
    public Param activations() {
        return params.stream().filter(p -> p.kind() == Kind.I8).findFirst().orElseThrow();
    }
}
