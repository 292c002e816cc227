package tern.runtime.cli.option;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tern.ir.device.Device;
import tern.ir.reference.ReferenceDevice;
import tern.ir.target.Target;
import tern.ir.target.Targets;
import tern.runtime.cli.console.Failure;

/// Back ends by name, found by [ServiceLoader].
public final class Devices {

    public static final String CPU = "cpu";

    /// Remarks of which the user knows.
    private static final Set<String> SAID = ConcurrentHashMap.newKeySet();

    private Devices() {}

    /// The first device of a back end; the others are closed again.
    ///
    /// @param provider `cpu`, `cpu:machine`, `cuda`, `reference`
    /// @param threads  cores to use; 0 = all
    public static Optional<Device> find(String provider, int threads) {
        if (provider.startsWith(CPU)) return isThere(CPU) ? Optional.of(open(provider, threads)) : Optional.empty();
        var found = new ArrayList<Device>();
        for (Device.Provider one : ServiceLoader.load(Device.Provider.class))
            if (one.name().equals(provider)) {
                found.addAll(one.open(threads));
            }
        if (found.isEmpty()) return Optional.empty();
        List<Device> others = found.subList(1, found.size());
        others.forEach(Device::close);
        return Optional.of(found.getFirst());
    }

    /// Whether there is a device of a back end; nothing is opened.
    public static boolean isThere(String provider) {
        for (Device.Provider one : ServiceLoader.load(Device.Provider.class))
            if (one.name().equals(provider)) return !one.devices().isEmpty();
        return false;
    }

    /// What a user named: `cpu`, `cuda:1`, `simulator:a100`; without the second part, the first device of that kind.
    ///
    /// @throws IllegalArgumentException if there is no back end of that name, or no such device of it
    /// @throws Failure.Unavailable      if it has no device here
    public static Device open(String name, int threads) {
        Named named = named(name);
        named.provider.remark(named.device).ifPresent(Devices::say);
        return named.provider.open(named.device, threads, Devices::say);
    }

    private record Named(Device.Provider provider, String device) {}

    private static Named named(String name) {
        int colon = name.indexOf(':');
        Device.Provider provider = provider(colon < 0 ? name : name.substring(0, colon));
        List<String> there = provider.devices();
        if (there.isEmpty()) throw new Failure.Unavailable(provider.absence());
        String wanted = colon < 0 ? there.getFirst() : name.substring(colon + 1);
        if (!provider.isDevice(wanted))
            throw new IllegalArgumentException("no device is named '%s'; there %s".formatted(
                    name, are(there.stream().map(one -> provider.name() + ":" + one).toList())));
        return new Named(provider, wanted);
    }

    /// Begins what opening devices needs, in parallel with other work: to link with the C library takes a tenth of a second.
    static void prepare(String names) {
        Thread.startVirtualThread(() -> {
            try {
                for (String name : names.split(",", -1)) {
                    Named named = named(name.strip());
                    Optional<String> _ = named.provider.remark(named.device);
                }
            } catch (RuntimeException e) {
                // Said when it is opened.
            }
        });
    }

    /// Says on standard error what is unusual about a device, once in a process.
    private static void say(String remark) {
        if (SAID.add(remark)) System.err.println("tern: " + remark);
    }

    /// Several of them, separated by commas; they are opened in that order.
    ///
    /// @throws IllegalArgumentException as [#open]
    /// @throws Failure.Unavailable      as [#open]
    static List<Device> openAll(String names, int threads) {
        var opened = new ArrayList<Device>();
        try {
            for (String name : names.split(",", -1)) opened.add(open(name.strip(), threads));
            return List.copyOf(opened);
        } catch (RuntimeException e) {
            opened.forEach(Device::close);
            throw e;
        }
    }

    private static Device.Provider provider(String kind) {
        var names = new TreeSet<String>();
        for (Device.Provider one : ServiceLoader.load(Device.Provider.class)) {
            if (one.name().equals(kind)) return one;
            names.add(one.name());
        }
        throw new IllegalArgumentException("no device is named '%s'; there %s".formatted(kind, are(List.copyOf(names))));
    }

    private static String are(List<String> names) {
        return (names.size() == 1 ? "is " : "are ") + String.join(", ", names);
    }

    /// The preset of that name, be it a CPU or a GPU; without a name the CPU at hand.
    ///
    /// @throws IllegalArgumentException if it is unknown
    public static Target machine(@Nullable String name) {
        return machine(name, CPU);
    }

    /// The same.
    ///
    /// @param cpu that is meant where there is no name: `cpu:machine`
    public static Target machine(@Nullable String name, String cpu) {
        return name != null && Targets.of(name) instanceof Target.Gpu gpu ? gpu : target(name, cpu);
    }

    /// A program that behaves like the card of that name.
    ///
    /// @throws Failure.Unavailable if this installation has none
    public static Device simulated(Target.Gpu target) {
        for (Device.Provider provider : ServiceLoader.load(Device.Provider.class))
            if (provider.name().equals("simulator") && provider.devices().contains(target.name())) return provider.open(target.name(), 1);
        throw new Failure.Unavailable("this installation cannot simulate " + target.name());
    }

    /// The preset of that name; without a name the CPU at hand, or if there is no back end for it, the reference.
    ///
    /// @throws IllegalArgumentException if it is no CPU, or unknown
    public static Target.Cpu target(@Nullable String name) {
        return target(name, CPU);
    }

    private static Target.Cpu target(@Nullable String name, String cpuName) {
        if (name != null) {
            if (Targets.of(name) instanceof Target.Cpu cpu) return cpu;
            throw new IllegalArgumentException("target %s: there are schedules for CPUs only, so far".formatted(name));
        }
        Optional<Device> device = find(cpuName, 0);
        if (device.isEmpty()) return ReferenceDevice.TARGET;
        try (Device cpu = device.get()) {
            if (cpu.target() instanceof Target.Cpu target) return target;
            throw new IllegalStateException("the CPU describes itself as " + cpu.target().name());
        }
    }
}
