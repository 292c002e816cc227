package tern.autotune.record;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tern.ir.device.CodeDigest;
import tern.ir.device.Device;
import tern.ir.loop.Program;
import tern.scheduler.Lowering;

/// Where something was measured: everything that may change the result, apart from problem and candidate. Two environments are
/// alike only if all parts are equal.
///
/// @param processor the device's fingerprint: model, vector width, cores, caches, memory; or card and driver
/// @param jdk       build of the JVM that compiled the kernel
/// @param generation of the lowering and the back end's emitter; another one when the code that they make may change
/// @param threads   cores in use
public record Environment(String processor, String jdk, String generation, int threads) {

    /// Class files of Tern's language and scheduler that have no part in what a schedule is lowered to: they rank, choose, or compute the
    /// reference. When they change, measurements stay true.
    public static final List<String> BESIDES = List.of(
            "tern/ir/reference/", "tern/ir/target/Target", "tern/ir/target/Core",
            "tern/scheduler/cost/", "tern/scheduler/Candidates", "tern/scheduler/Rated", "tern/scheduler/ScheduleSource",
            "tern/scheduler/ScheduledLibrary");

    public static Environment of(Device device, int threads) {
        return new Environment(
                device.fingerprint(),
                Runtime.version() + ", " + System.getProperty("java.vendor.version", System.getProperty("java.vm.name", "")),
                device.generation() + "-" + CodeDigest.of(BESIDES, Lowering.class, Program.class),
                threads);
    }

    /// 64 hexadecimal digits, the same for like machines with the same JVM and Tern.
    public String fingerprint() {
        return Identity.of("", this);
    }

    /// A part in which two environments differ.
    ///
    /// @param mine,other its value in either; empty where there is none
    public record Difference(String part, String mine, String other) {}

    /// Each part in which the other environment differs; those of a fingerprint of the form `name value; name value` one by one.
    public List<Difference> differences(Environment other) {
        var differences = new ArrayList<Difference>();
        Map<String, String> mine = parts(processor), others = parts(other.processor);
        Set<String> names = new LinkedHashSet<>(mine.keySet());
        names.addAll(others.keySet());
        for (String name : names) compare(name, mine.getOrDefault(name, ""), others.getOrDefault(name, ""), differences);
        compare("jdk", jdk, other.jdk, differences);
        compare("generation", generation, other.generation, differences);
        compare("threads", String.valueOf(threads), String.valueOf(other.threads), differences);
        return differences;
    }

    private static void compare(String part, String mine, String other, List<Difference> differences) {
        if (!mine.equals(other)) differences.add(new Difference(part, mine, other));
    }

    private static Map<String, String> parts(String processor) {
        Map<String, String> parts = new LinkedHashMap<>();
        for (String part : processor.split("; ", -1)) {
            int blank = part.indexOf(' ');
            parts.merge(blank < 0 ? "processor" : part.substring(0, blank), part.substring(blank + 1), (a, b) -> a + "; " + b);
        }
        return parts;
    }
}
