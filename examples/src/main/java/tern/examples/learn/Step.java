package tern.examples.learn;

import tern.examples.learn.Layout.Stack;
import tern.examples.learn.Layout.Tensor;
import tern.examples.learn.Products.Strided;
import tern.ir.Exponential;
import tern.runtime.model.Block.Activation;

/// A step of a pass, and its mirror on the way back. Values begin as zeros, gradients as well.
interface Step {

    void forward(Batch batch);

    /// Adds to the gradients of its inputs and of its parameters.
    ///
    /// @param gradient in the places of the parameters (in and out)
    void back(Batch batch, float[] gradient);

    /// @param at first column of `to` that is written
    record Copy(Value from, Value to, int at) implements Step {
        @Override
        public void forward(Batch batch) {
            for (int row = 0; row < batch.rows(); row++) System.arraycopy(from.x, row * from.width, to.x, row * to.width + at, from.width);
        }

        @Override
        public void back(Batch batch, float[] gradient) {
            for (int row = 0; row < batch.rows(); row++)
                for (int i = 0; i < from.width; i++) from.dx[row * from.width + i] += to.dx[row * to.width + at + i];
        }
    }

    /// RMS norm of each row, or of each head in it.
    ///
    /// @param scales one for each norm (in and out)
    /// @param rounds true if a product follows
    record Norm(Weights weights, float epsilon, Value from, Value to, Tensor part, float[] scales, boolean rounds) implements Step {
        @Override
        public void forward(Batch batch) {
            RmsNorm.forward(from.x, weights.values(), part.at(), epsilon, to.x, scales, norms(batch), part.k());
            if (rounds) for (int row = 0; row < batch.rows(); row++) weights.rounding().activations(to.x, row * to.width, to.width);
        }

        @Override
        public void back(Batch batch, float[] gradient) {
            RmsNorm.backward(from.x, weights.values(), part.at(), scales, to.dx, from.dx, gradient, norms(batch), part.k());
        }

        private int norms(Batch batch) {
            return batch.rows() * from.width / part.k();
        }
    }

    /// Adds products with weights to a value.
    record Product(Weights weights, Value from, Value to, Stack stack) implements Step {
        @Override
        public void forward(Batch batch) {
            Products.add(Strided.rows(from.x, 0, stack.k()), weights.transposed(), stack.at(), to.x, 0, batch.rows(), stack.k(), stack.m());
        }

        @Override
        public void back(Batch batch, float[] gradient) {
            int n = batch.rows();
            Products.add(Strided.rows(to.dx, 0, stack.m()), weights.values(), stack.at(), from.dx, 0, n, stack.m(), stack.k());
            Products.add(Strided.columns(to.dx, 0, stack.m()), from.x, 0, gradient, stack.at(), stack.m(), n, stack.k());
        }
    }

    /// Turns queries and keys, in place, and attends.
    ///
    /// @param probabilities (in and out)
    record Attend(Attention attention, Value qkv, Value to, float[] probabilities) implements Step {
        @Override
        public void forward(Batch batch) {
            attention.rotate(qkv.x, batch.starts(), false);
            attention.forward(qkv.x, batch.starts(), probabilities, to.x);
        }

        @Override
        public void back(Batch batch, float[] gradient) {
            attention.backward(qkv.x, batch.starts(), probabilities, to.dx, qkv.dx);
            attention.rotate(qkv.dx, batch.starts(), true);
        }
    }

    /// The gate's activation times up.
    ///
    /// @param gateUp side by side
    record Gate(Activation activation, Value gateUp, Value to) implements Step {
        @Override
        public void forward(Batch batch) {
            int ffn = to.width;
            for (int i = 0; i < batch.rows() * ffn; i++) {
                int at = i / ffn * 2 * ffn + i % ffn;
                to.x[i] = value(gateUp.x[at]) * gateUp.x[at + ffn];
            }
        }

        @Override
        public void back(Batch batch, float[] gradient) {
            int ffn = to.width;
            for (int i = 0; i < batch.rows() * ffn; i++) {
                int at = i / ffn * 2 * ffn + i % ffn;
                float gate = gateUp.x[at];
                gateUp.dx[at] += slope(gate) * gateUp.x[at + ffn] * to.dx[i];
                gateUp.dx[at + ffn] += value(gate) * to.dx[i];
            }
        }

        private float value(float gate) {
            return switch (activation) {
                case SQUARED_RELU -> Math.max(gate, 0) * Math.max(gate, 0);
                case SILU -> gate * sigmoid(gate);
                case GELU -> throw new IllegalArgumentException("GELU is not learned");
            };
        }

        private float slope(float gate) {
            return switch (activation) {
                case SQUARED_RELU -> 2 * Math.max(gate, 0);
                case SILU -> sigmoid(gate) * (1 + gate * (1 - sigmoid(gate)));
                case GELU -> throw new IllegalArgumentException("GELU is not learned");
            };
        }

        private static float sigmoid(float x) {
            return 1 / (1 + Exponential.exp(-x));
        }
    }
}
