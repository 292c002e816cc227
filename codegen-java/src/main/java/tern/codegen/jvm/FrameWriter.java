package tern.codegen.jvm;

import org.objectweb.asm.ClassWriter;

/// Computes frames without loading classes: where two kinds of vector meet in a local, nobody reads it.
final class FrameWriter extends ClassWriter {

    FrameWriter() {
        super(COMPUTE_FRAMES | COMPUTE_MAXS);
    }

    @Override
    protected String getCommonSuperClass(String a, String b) {
        return "java/lang/Object";
    }
}
