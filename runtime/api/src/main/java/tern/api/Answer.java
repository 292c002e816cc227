package tern.api;

/// A text that was generated.
///
/// @param prompt   tokens of the prompt
/// @param tokens   that were generated
/// @param complete whether it is at its end, not cut off by a limit
public record Answer(String text, int prompt, int tokens, boolean complete) {}
