package tern.codegen.jvm.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.Breadth;
import tern.autotune.verify.ExactnessProof;
import tern.autotune.verify.RandomPackings;
import tern.autotune.verify.Verdict;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.target.Target;
import tern.ir.target.Targets;
import tern.ir.text.Tir;
import tern.scheduler.Candidates;
import tern.scheduler.Candidates.Ranked;
import tern.scheduler.problem.Problem;

/// Kernels as they leave: as class files, and as source that javac compiled. Both are proved with hostile data, so both give the bits of
/// plain Java, which the kernels inside of Tern are compared with as well.
class ExportedKernelsTest {

    /// Fewer in the children of [tern.OtherWidthsTest]; what javac makes does not depend on the JVM's vectors.
    private static final boolean LEAN = Boolean.getBoolean("tern.lean");
    private static final List<String> LIBRARY = LEAN ? List.of("tri5r32", "tl2") : List.of("i2_s", "tq1_0", "tri5r32", "tl2", "planes", "sherry5");
    private static final int RANDOM = LEAN ? 2 : Breadth.ALL ? 12 : 2;

    @TempDir
    static Path folder;

    private record Case(KernelDef kernel, int m, int k, int n, Packing packing, Schedule schedule, Target.Cpu target) {}

    @Test
    void areExactInBothForms() throws IOException {
        List<Case> cases = cases();
        Map<String, ExportedDevice> emitted = new LinkedHashMap<>(), compiled = new LinkedHashMap<>();
        for (Target.Cpu target : List.of(Targets.AVX512, Targets.AVX2, Targets.NEON128)) {
            emitted.put(target.name(), new ExportedDevice(folder, false, target));
            compiled.put(target.name(), new ExportedDevice(folder, true, target));
        }
        for (Case one : cases) // to collect the sources
            for (ExportedDevice device : List.of(device(emitted, one), device(compiled, one))) prove(one, device);
        for (ExportedDevice device : emitted.values()) device.compileAll();
        for (ExportedDevice device : compiled.values()) device.compileAll();
        int exact = 0;
        for (Case one : cases)
            for (ExportedDevice device : List.of(device(emitted, one), device(compiled, one)))
                switch (prove(one, device)) {
                case Verdict.Exact _ -> exact++;
                case Verdict.Refused refused -> assertThat(refused.reason()).as("%s", one).contains("bytes of bytecode");
                case Verdict.Wrong wrong -> throw new AssertionError("%s: %s%n%s".formatted(wrong.kernel(), wrong.problem(), one));
                }
        System.out.println(exact + " proofs of " + cases.size() + " exported kernels, in two forms");
        assertThat(exact).as("proofs").isGreaterThan(2 * cases.size() * 3 / 4).isGreaterThan(LEAN ? 15 : 25);
        for (ExportedDevice device : compiled.values()) assertThat(largestMethod(device.classes())).isBetween(100, 7999);
        emitted.values().forEach(ExportedDevice::close);
        compiled.values().forEach(ExportedDevice::close);
    }

    private static ExportedDevice device(Map<String, ExportedDevice> devices, Case one) {
        return devices.get(one.target.name());
    }

    private static Verdict prove(Case c, ExportedDevice device) {
        return ExactnessProof.prove(device, new Problem(c.kernel, c.m, c.k, c.n), c.packing, c.schedule, 7);
    }

    private static List<Case> cases() {
        var cases = new ArrayList<Case>();
        List<Target.Cpu> targets = List.of(Targets.AVX512, Targets.AVX2, Targets.NEON128);
        int number = 0;
        for (String name : LIBRARY)
            for (String kernel : kernels(name))
                add(cases, Tir.library().kernel(kernel), Tir.library().packing(name), targets.get(number++ % 3));
        for (int seed = 0; seed < RANDOM; seed++) {
            var random = new SplittableRandom(seed);
            Packing packing = seed % 2 == 0 ? RandomPackings.ofTrits(random) : RandomPackings.any(random);
            add(cases, Tir.library().kernel(seed % 4 == 0 ? "gate_up" : "bitlinear"), packing, targets.get(seed % 3));
        }
        return cases;
    }

    /// In a build one of both, in turn; where there are few packings both, so that each target has some.
    private static List<String> kernels(String packing) {
        List<String> both = List.of("bitlinear_add", packing.equals("tri5r32") ? "swiglu" : "gate_up");
        return Breadth.ALL || LEAN ? both : both.subList(LIBRARY.indexOf(packing) % 2, LIBRARY.indexOf(packing) % 2 + 1);
    }

    /// The best of each strategy, written out and rolled, for one token or for several, at sizes that fit no tile.
    private static void add(List<Case> cases, KernelDef kernel, Packing packing, Target.Cpu target) {
        int m = packing.rows() + 3, k = packing.columns() + 5, n = cases.size() % 2 == 0 ? 1 : 3;
        Candidates.Result candidates = Candidates.of(new Problem(kernel, m, k, n), List.of(packing), target);
        for (Schedule schedule : best(candidates)) cases.add(new Case(kernel, m, k, n, packing, schedule, target));
    }

    private static Set<Schedule> best(Candidates.Result candidates) {
        var chosen = new LinkedHashSet<Schedule>();
        for (String way : Schedule.Cpu.WAYS)
            for (boolean rolled : new boolean[] {false, true})
                candidates.ranked().stream().map(Ranked::schedule)
                        .filter(s -> s.way().equals(way) && (s instanceof Schedule.Vector v && v.rolled()) == rolled)
                        .findFirst()
                        .ifPresent(chosen::add);
        return chosen;
    }

    /// Bytes of the largest method that javac made: HotSpot compiles none of 8000.
    private static int largestMethod(Path classes) throws IOException {
        List<Path> files;
        try (Stream<Path> found = Files.list(classes.resolve("kernels"))) {
            files = found.toList();
        }
        int largest = 0;
        for (Path file : files)
            for (MethodModel method : ClassFile.of().parse(file).methods())
                largest = Math.max(largest, method.findAttribute(Attributes.code()).map(CodeAttribute::codeLength).orElse(0));
        return largest;
    }
}
