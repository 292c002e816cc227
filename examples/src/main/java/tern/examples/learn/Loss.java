package tern.examples.learn;

/// What a model is taught by: how wrong the final states of the rows with a target are.
interface Loss {

    /// @param states  after the final norm, `[targets, hidden]`
    /// @param targets of these rows
    /// @param share   of the gradients that are left for [#back]
    /// @return summed, in nats
    double of(float[] states, int[] targets, float share);

    /// Adds to the gradients of the states and of the parameters that were given last to [#of].
    void back(float[] states, int[] targets, float[] dStates, float[] gradient);
}
