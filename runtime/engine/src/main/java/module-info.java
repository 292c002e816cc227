import org.jspecify.annotations.NullMarked;

/// Models on top of compiled kernels: what a program embeds.
@NullMarked
module tern.runtime {
    requires static transitive org.jspecify;
    requires transitive tern.ir;
    requires jtokkit;
    requires transitive tools.jackson.databind;

    exports tern.runtime;
    exports tern.runtime.chat;
    exports tern.runtime.convert;
    exports tern.runtime.doctor;
    exports tern.runtime.embed;
    exports tern.runtime.evaluate;
    exports tern.runtime.generate;
    exports tern.runtime.gguf;
    exports tern.runtime.grammar;
    exports tern.runtime.json;
    exports tern.runtime.model;
    exports tern.runtime.safetensors;
    exports tern.runtime.sample;
    exports tern.runtime.serve;
    exports tern.runtime.synth;
    exports tern.runtime.tokenizer;
}
