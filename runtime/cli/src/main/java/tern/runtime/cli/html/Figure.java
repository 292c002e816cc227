package tern.runtime.cli.html;

/// A number that counts, shown large.
///
/// @param value with its unit
public record Figure(String name, String value) {}
