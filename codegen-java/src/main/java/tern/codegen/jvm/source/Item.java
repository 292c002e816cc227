package tern.codegen.jvm.source;

import com.palantir.javapoet.ClassName;
import org.objectweb.asm.Type;

/// What lies on the operand stack: mostly a [Term], else what the next instruction makes one of.
sealed interface Item permits Term, Item.Comparison, Item.Fresh {

    /// The sign of `a - b`, to be branched on.
    ///
    /// @param nanIs the sign if one of them is NaN; 0 for longs
    record Comparison(Term a, Term b, int nanIs) implements Item {}

    /// An object whose constructor is still to be called.
    record Fresh(Type type) implements Item {
        ClassName name() {
            return Names.of(type);
        }
    }
}
