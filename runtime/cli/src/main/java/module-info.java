import org.jspecify.annotations.NullMarked;

/// The `tern` command, where all modules meet.
@NullMarked
module tern.runtime.cli {
    requires static transitive org.jspecify;
    requires info.picocli;
    requires java.management;
    requires me.tongfei.progressbar;
    requires org.jline.reader;
    requires org.jline.terminal;
    requires tern.autotune;
    requires tern.runtime;
    requires tern.scheduler;

    uses tern.ir.device.Device.Provider;
    uses tern.ir.device.Exporter;

    opens tern.runtime.cli to
            info.picocli;
}
