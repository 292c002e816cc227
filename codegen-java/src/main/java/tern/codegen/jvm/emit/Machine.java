package tern.codegen.jvm.emit;

import tern.ir.Element;
import tern.ir.loop.Type;

/// The vector registers that code is emitted for. Any width runs on any machine; a foreign one is only slower.
///
/// @param bits 128, 256 or 512
public record Machine(int bits) {

    public Machine {
        if (bits != 128 && bits != 256 && bits != 512)
            throw new IllegalArgumentException("no species for vectors of " + bits + " bits");
    }

    /// Lanes of `element` that a register holds.
    int lanes(Element element) {
        return bits / element.bits();
    }

    /// One of the equal registers that hold a vector of this type.
    Shape register(Type type) {
        return Shape.of(type, Math.min(type.lanes(), lanes(type.element())));
    }
}
