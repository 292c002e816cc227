package tern.codegen.jvm.emit;

import tern.ir.device.CompileException;

/// One method being written: its code, its locals, and who knows how to write what.
public final class Emission {

    final String kernel;
    public final Methods methods;
    final Machine machine;
    public final Code code;
    public final Frame frame;
    public final Remarks remarks;
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

    Emission(String kernel, Methods methods, Code code, Frame frame, Remarks remarks) {
        this.kernel = kernel;
        this.methods = methods;
        this.machine = methods.machine();
        this.code = code;
        this.frame = frame;
        this.remarks = remarks;
        this.pool = methods.pool();
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
