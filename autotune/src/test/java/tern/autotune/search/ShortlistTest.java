package tern.autotune.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tern.autotune.record.Recipe;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.target.Isa;
import tern.ir.target.Target;
import tern.ir.target.Targets;
import tern.ir.text.Tir;

/// The instructions of machine code are a part of what is searched.
class ShortlistTest {

    private static Shortlist of(Target.Cpu machine) {
        var use = new Use("use", Tir.library().kernel("bitlinear"), 640, 2560, 32, 1);
        return Shortlist.of(use, List.of(Tir.library().packing("quads8")), machine, true);
    }

    private static Set<Isa> alone(List<TuningCandidate> candidates) {
        return candidates.stream().map(one -> one.schedule().isa()).filter(Objects::nonNull).collect(Collectors.toSet());
    }

    @Test
    void narrowerVectorsThanTheProcessorsTakePart() {
        Shortlist list = of(Targets.AVX512.withIsa(Isa.AVX512_VNNI).withMachineCode());
        for (Shortlist.Field field : List.of(list.step(), list.batch())) {
            assertThat(alone(field.candidates())).containsExactly(Isa.AVX2);
            assertThat(field.candidates()).anyMatch(one -> one.schedule().isa() == null);
            assertThat(field.costModel()).isNotEmpty().allMatch(one -> one.schedule().isa() == null);
        }
    }

    /// So what is kept of a trial, and bundles that carry it, name the instructions.
    @Test
    void recordsNameThem() {
        Shortlist.Field step = of(Targets.AVX512.withMachineCode()).step();
        TuningCandidate narrow = step.candidates().stream().filter(one -> one.schedule().isa() != null).findFirst().orElseThrow();
        assertThat(narrow.record().schedule()).contains("    isa avx2;\n");
        assertThat(narrow.label()).endsWith(" avx2");
        assertThat(Recipe.of(step.problem(), narrow.record()).schedule()).isEqualTo(narrow.schedule());
    }

    @Test
    void bytecodeAndProcessorsOfOneWidthHaveNoChoice() {
        for (Target.Cpu machine : List.of(Targets.AVX512, Targets.AVX2_VNNI, Targets.NEON128.withMachineCode())) {
            Shortlist list = of(machine);
            assertThat(alone(list.step().candidates())).isEmpty();
            assertThat(alone(list.batch().candidates())).isEmpty();
        }
    }
}
