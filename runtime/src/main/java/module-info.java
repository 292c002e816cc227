import org.jspecify.annotations.NullMarked;

/// Models on top of compiled kernels, and the command line.
@NullMarked
module tern.runtime {
    requires static transitive org.jspecify;
    requires transitive tern.ir;
    requires jtokkit;
    requires transitive tools.jackson.databind;

    // For package tern.runtime.cli alone.
    requires info.picocli;
    requires java.management;
    requires me.tongfei.progressbar;
    requires org.jline.reader;
    requires org.jline.terminal;
    requires tern.autotune;
    requires tern.scheduler;

    exports tern.runtime;
    exports tern.runtime.chat;
    exports tern.runtime.convert;
    exports tern.runtime.doctor;
    exports tern.runtime.evaluate;
    exports tern.runtime.generate;
    exports tern.runtime.gguf;
    exports tern.runtime.grammar;
    exports tern.runtime.json;
    exports tern.runtime.model;
    exports tern.runtime.safetensors;
    exports tern.runtime.sample;
    exports tern.runtime.tokenizer;

    uses tern.ir.device.Device.Provider;
    uses tern.ir.device.Exporter;

    opens tern.runtime.cli to
            info.picocli;
}
