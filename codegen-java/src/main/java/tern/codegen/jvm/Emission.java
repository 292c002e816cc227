package tern.codegen.jvm;

import tern.ir.device.CompileException;

/// One method being written: its code, its locals, and who knows how to write what.
final class Emission {

    final String kernel;
    final Machine machine;
    final Code code;
    final Frame frame;
    final ConstantPool pool;

    final Signs signs = new Signs(this);
    final Addresses addresses = new Addresses(this);
    final Scalars scalars = new Scalars(this);
    final Vectors vectors = new Vectors(this);
    final Integers integers = new Integers(this);
    final Masks masks = new Masks(this);
    final Conversions conversions = new Conversions(this);
    final HalfFloats halfFloats = new HalfFloats(this);
    final Permutes permutes = new Permutes(this);
    final Folds folds = new Folds(this);
    final Guards guards = new Guards(this);

    Emission(String kernel, Machine machine, Code code, Frame frame, ConstantPool pool) {
        this.kernel = kernel;
        this.machine = machine;
        this.code = code;
        this.frame = frame;
        this.pool = pool;
    }

    CompileException refuse(String reason) {
        return new CompileException(kernel, reason);
    }
}
