package tern.ir.device;

import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import tern.ir.Interval;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.Schedule;

/// Chooses packings and kernels for a whole model: the runtime's only door to a scheduler.
public interface KernelLibrary {

    /// Plans all products of a model at once.
    ///
    /// @throws CompileException if some use cannot be served by any packing on this device
    Plan plan(List<Use> uses);

    /// A product that the model needs, in as many layers as it likes.
    ///
    /// @param name      of the use, unique: `attn_qkv`
    /// @param m         rows of each weight parameter
    /// @param k         inputs
    /// @param maxTokens largest n of a launch
    /// @param count     how many such matrices one token visits
    /// @param weights   that a packing must hold
    /// @param partial   which packings do that hold some combinations of these only, for all that is known of the very weights
    record Use(String name, KernelDef kernel, int m, int k, int maxTokens, int count, Interval weights, Predicate<Packing> partial) {

        /// Of any weights of a range.
        public Use(String name, KernelDef kernel, int m, int k, int maxTokens, int count, Interval weights) {
            this(name, kernel, m, k, maxTokens, count, weights, _ -> false);
        }

        /// Of ternary weights.
        public Use(String name, KernelDef kernel, int m, int k, int maxTokens, int count) {
            this(name, kernel, m, k, maxTokens, count, Interval.of(-1, 1));
        }

        /// The same of which more is known.
        public Use with(Predicate<Packing> partial) {
            return new Use(name, kernel, m, k, maxTokens, count, weights, partial);
        }

        public boolean isHeldBy(Packing packing) {
            return packing.holdsAll(weights) || partial.test(packing);
        }
    }

    /// @param choices by the name of the use
    record Plan(Map<String, Choice> choices) {
        public Plan {
            choices = Map.copyOf(choices);
        }

        public Choice choice(String use) {
            Choice choice = choices.get(use);
            if (choice == null) throw new IllegalArgumentException("the plan has no use named " + use);
            return choice;
        }
    }

    /// What was chosen for a use.
    ///
    /// @param packing of all its weight parameters
    /// @param step    for launches with n = 1
    /// @param batch   for launches with any n up to the use's maximum
    record Choice(Use use, Packing packing, Stage step, Stage batch) {}

    /// Two kernels that follow each other.
    ///
    /// @param schedule      what they were lowered from
    /// @param prepare       arguments: activations i8 `[n, k]`, prepared (out)
    /// @param multiply      arguments: the definition's parameters in order, with the prepared activations in the place of the
    ///                      activations; then the result
    /// @param preparedBytes size of the prepared activations for the largest n
    record Stage(Schedule schedule, Kernel prepare, Kernel multiply, long preparedBytes) {}
}
