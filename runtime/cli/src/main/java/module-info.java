import org.jspecify.annotations.NullMarked;

/// The `tern` command, where all modules meet.
@NullMarked
module tern.runtime.cli {
    requires static transitive org.jspecify;
    requires info.picocli;
    requires java.management;
    requires java.net.http;
    requires me.tongfei.progressbar;
    requires org.jline.reader;
    requires org.jline.terminal;
    requires tern.autotune;
    requires tern.runtime;
    requires tern.runtime.server;
    requires tern.scheduler;

    uses tern.ir.device.CodePricer;
    uses tern.ir.device.Device.Provider;
    uses tern.ir.device.Exporter;

    // Picocli sets the fields of commands and options.
    opens tern.runtime.cli to
            info.picocli;
    opens tern.runtime.cli.bench to
            info.picocli;
    opens tern.runtime.cli.chat to
            info.picocli;
    opens tern.runtime.cli.evaluate to
            info.picocli;
    opens tern.runtime.cli.gpu to
            info.picocli;
    opens tern.runtime.cli.kernel to
            info.picocli;
    opens tern.runtime.cli.model to
            info.picocli;
    opens tern.runtime.cli.option to
            info.picocli;
    opens tern.runtime.cli.records to
            info.picocli;
    opens tern.runtime.cli.run to
            info.picocli;
    opens tern.runtime.cli.serve to
            info.picocli;
    opens tern.runtime.cli.tune to
            info.picocli;
}
