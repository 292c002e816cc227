package tern.runtime.server;

import java.io.IOException;

/// What the page may have done with a text of packings that is typed into it. Whoever provides it bounds time and memory.
public interface Laboratory {

    /// What is done.
    enum Part {
        /// Proofs, bits a weight, a picture.
        CHECK,
        /// Predicted and measured speed here.
        SPEED
    }

    /// What came of it.
    ///
    /// @param sound   whether it was done; false if the text is wrong, or too much for the bounds
    /// @param report  for people if it is a check or a failure, else a JSON object
    /// @param picture an SVG file; empty if there is none
    record Outcome(boolean sound, String report, String picture) {}

    /// @throws IOException if it could not even be tried
    Outcome run(Part part, String text) throws IOException, InterruptedException;
}
