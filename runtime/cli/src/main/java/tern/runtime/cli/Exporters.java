package tern.runtime.cli;

import java.util.ServiceLoader;
import java.util.TreeMap;
import tern.ir.device.Exporter;

/// Forms that kernels can be exported in, found by [ServiceLoader].
final class Exporters {

    private Exporters() {}

    /// @throws IllegalArgumentException if no back end makes that form; the message lists those that there are
    static Exporter of(String form) {
        var found = new TreeMap<String, Exporter>();
        for (Exporter one : ServiceLoader.load(Exporter.class)) found.put(one.form(), one);
        Exporter exporter = found.get(form);
        if (exporter == null)
            throw new IllegalArgumentException("--as %s: no back end makes that; there are %s".formatted(form, String.join(", ", found.keySet())));
        return exporter;
    }
}
