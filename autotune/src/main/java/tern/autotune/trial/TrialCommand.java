package tern.autotune.trial;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tern.autotune.record.Environment;

/// How to start a process for trials.
///
/// @param provider of the device: `cpu`, `cuda`, `cuda:1`
/// @param threads  cores it uses; 0 = all
/// @param flags    of the JVM, after those of this one: another vector width, say
/// @param imitates what the flags make of this machine, for its name in records; empty if nothing
public record TrialCommand(String provider, int threads, List<String> flags, String imitates) {

    /// This machine as it is.
    public TrialCommand(String provider, int threads) {
        this(provider, threads, List.of(), "");
    }

    public TrialCommand {
        flags = List.copyOf(flags);
    }

    /// What is measured under an imitation is never taken for a measurement of this machine, nor of the one that is imitated.
    Environment named(Environment here) {
        if (imitates.isEmpty()) return here;
        return new Environment("%s imitated on %s".formatted(imitates, here.processor()), here.jdk(), here.generation(), here.threads());
    }

    /// The same java, flags and modules (or class path) as this process.
    List<String> line() {
        var all = new ArrayList<>(flags);
        all.add("-XX:ErrorFile=" + Path.of(System.getProperty("java.io.tmpdir"), "tern-trial-%p.log"));
        return JavaCommand.of(TrialProcess.class, all, List.of(provider, String.valueOf(threads)));
    }
}
