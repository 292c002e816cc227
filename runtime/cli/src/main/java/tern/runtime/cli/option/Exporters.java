package tern.runtime.cli.option;

import java.util.ServiceLoader;
import java.util.TreeMap;
import tern.ir.device.Exporter;

/// Forms that kernels can be exported in, found by [ServiceLoader].
public final class Exporters {

    private Exporters() {}

    /// @throws IllegalArgumentException if no back end makes that form; the message lists those that there are
    public static Exporter of(String form) {
        var found = new TreeMap<String, Exporter>();
        for (Exporter one : ServiceLoader.load(Exporter.class)) found.put(one.form(), one);
        Exporter exporter = found.get(form);
        if (exporter == null)
            throw new IllegalArgumentException("--as %s: no back end makes that; there are %s".formatted(form, String.join(", ", found.keySet())));
        return exporter;
    }
}
