package tern.codegen.jvm;

import tern.ir.device.CompileException;

/// One method being written: its code, its locals, and who knows how to write what.
final class Emission {

    final String kernel;
    final Machine machine;
    final Code code;
    final Frame frame;
    final ConstantPool pool;

    final Signs signs;
    final Addresses addresses;
    final Scalars scalars;
    final Vectors vectors;
    final Integers integers;
    final Masks masks;
    final Conversions conversions;
    final HalfFloats halfFloats;
    final Permutes permutes;
    final Folds folds;
    final Guards guards;

    Emission(String kernel, Machine machine, Code code, Frame frame, ConstantPool pool) {
        this.kernel = kernel;
        this.machine = machine;
        this.code = code;
        this.frame = frame;
        this.pool = pool;
        signs = new Signs(this);
        addresses = new Addresses(this);
        scalars = new Scalars(this);
        vectors = new Vectors(this);
        integers = new Integers(this);
        masks = new Masks(this);
        conversions = new Conversions(this);
        halfFloats = new HalfFloats(this);
        permutes = new Permutes(this);
        folds = new Folds(this);
        guards = new Guards(this);
    }

    CompileException refuse(String reason) {
        return new CompileException(kernel, reason);
    }
}
