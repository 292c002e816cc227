package tern.codegen.jvm.emit;

import org.objectweb.asm.ClassWriter;

/// Computes frames without loading classes: where two kinds of vector meet in a local, nobody reads it.
public final class FrameWriter extends ClassWriter {

    public FrameWriter() {
        super(COMPUTE_FRAMES | COMPUTE_MAXS);
    }

    @Override
    protected String getCommonSuperClass(String a, String b) {
        return "java/lang/Object";
    }
}
