package tern.ir.tensor;

import tern.ir.loop.Expr;
import tern.ir.loop.Var;

/// A named index and what it runs over: `from` to below `to`, scalar i32.
public record Index(Var var, Expr from, Expr to) {}
