package tern.runtime.cli.report;

/// A number that counts, shown large.
///
/// @param value with its unit
public record Figure(String name, String value) {}
